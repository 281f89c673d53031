// A word of the field that explains itself in one sentence.
import type { ParseKeys } from 'i18next';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from 'react-aria-components';
import { WithTooltip } from './tooltip.tsx';
import styles from './tooltip.module.css';

type TermKey = Extract<ParseKeys, `terms.${string}`> extends `terms.${infer Name}` ? Name : never;

type TermProps = {
  /** The key under `terms`. */
  readonly name: TermKey;
  /** The word as it stands in the sentence around it. */
  readonly children: ReactNode;
};

export function Term({ name, children }: TermProps): ReactNode {
  const { t } = useTranslation();
  return (
    <WithTooltip text={t(`terms.${name}`)}>
      <Button slot={null} className={styles.term ?? ''}>
        {children}
      </Button>
    </WithTooltip>
  );
}
