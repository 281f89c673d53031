// A technical term that explains itself in a sentence.
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
  /** The word as it appears in the surrounding sentence. */
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
