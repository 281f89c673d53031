// A command to copy into the user's own terminal.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import { CopyButton } from '../kit/copy-button.tsx';
import kit from '../kit/primitives.module.css';
import styles from './hand-over.module.css';

type CommandLineProps = {
  /** What the command does. */
  readonly label: string;
  readonly text: string;
};

export function CommandLine({ label, text }: CommandLineProps): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={classNames(kit.framed, styles.command)}>
      <span className={kit.dim}>{label}</span>
      <code className={kit.quoted}>{text}</code>
      <CopyButton text={text} label={t('export.copyCommand')} isCompact />
    </div>
  );
}
