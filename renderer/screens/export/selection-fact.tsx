// The choice of experts that a file holds: its name, and the hash by which figures and reports refer to it.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../kit/copy-button.tsx';
import styles from './export.module.css';

/** Enough digits to tell two choices apart. */
const SHORT = 12;

type SelectionFactProps = {
  readonly name: string;
  readonly hash: string;
};

export function SelectionFact({ name, hash }: SelectionFactProps): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <dt>{t('export.selection')}</dt>
      <dd className={styles.hash}>
        {name}
        <code title={hash}>{hash.slice(0, SHORT)}</code>
        <CopyButton text={hash} label={t('export.copySelectionHash')} isCompact />
      </dd>
    </>
  );
}
