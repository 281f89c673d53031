// A failure in three parts: what happened, what is safe, what to do.
import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ErrorData } from '../../electron/contract/errors.ts';
import { classNames } from './class-names.ts';
import { CopyButton } from './copy-button.tsx';
import styles from './error-panel.module.css';
import kit from './primitives.module.css';
import { useTranslate } from './translate.ts';

type ErrorPanelProps = {
  readonly error: ErrorData;
  /** False if a heading above already says it. */
  readonly isTitled?: boolean;
  /** Replaces the sentence that belongs to the code, where the caller knows better. */
  readonly safe?: string;
  readonly todo?: string;
  /** Buttons that help. */
  readonly children?: ReactNode;
};

export function ErrorPanel({ error, isTitled = true, safe, todo, children }: ErrorPanelProps): ReactNode {
  const { t } = useTranslation();
  const translate = useTranslate();
  const log = error.details?.log;
  return (
    <div role="alert" className={styles.panel}>
      <CircleAlert size={18} strokeWidth={1.75} aria-hidden className={styles.icon} />
      <div className={classNames(kit.stack2, styles.parts)}>
        {isTitled && <p className={kit.strong}>{t(`errors.${error.code}.title`)}</p>}
        <p className={classNames(kit.quoted, styles.message)}>{translate(error)}</p>
        <p className={kit.dim}>
          <span className={styles.name}>{t('kit.error.safe')}</span> {safe ?? t(`errors.${error.code}.safe`)}
        </p>
        <p className={kit.dim}>
          <span className={styles.name}>{t('kit.error.todo')}</span> {todo ?? t(`errors.${error.code}.todo`)}
        </p>
        {typeof log === 'string' && log !== '' && <pre className={classNames(kit.tiny, styles.log)}>{log}</pre>}
        <div className={classNames(kit.chips, styles.actions)}>
          {children}
          <CopyButton text={errorText(error)} label={t('kit.error.copy')} />
        </div>
      </div>
    </div>
  );
}

/** Everything that is known about the error, for a report. */
function errorText({ code, message, details }: ErrorData): string {
  return [`${code}: ${message}`, ...(details === undefined ? [] : [JSON.stringify(details, null, 2)])].join('\n');
}
