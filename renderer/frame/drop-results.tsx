// What became of each file that was handed over. Stays until it is closed, and blocks nothing.
import { CircleAlert, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import { IconButton } from '../kit/icon-button.tsx';
import styles from './drop-target.module.css';
import { FILE_ICONS } from './file-icons.ts';
import { useResults, type DemoCounts, type FileResult } from './hand-over.ts';

/** Once, in the frame. */
export function DropResults(): ReactNode {
  const { t } = useTranslation();
  const files = useResults((results) => results.files);
  if (files.length === 0) return null;
  return (
    <section className={styles.results} aria-label={t('frame.results.title')}>
      <div className={styles.resultsHead}>
        <h2>{t('frame.results.title')}</h2>
        <IconButton icon={X} size="small" label={t('kit.close')} onPress={() => useResults.setState({ files: [] })} />
      </div>
      <ul className={classNames(styles.list, styles.scroll)} role="status">
        {files.map((file) => (
          <FileRow key={`${file.kind} ${file.name}`} file={file} />
        ))}
      </ul>
    </section>
  );
}

function FileRow({ file }: { readonly file: FileResult }): ReactNode {
  const { t } = useTranslation();
  const { name, kind, state, counts, error } = file;
  const Icon = state === 'failed' ? CircleAlert : FILE_ICONS[kind];
  return (
    <li className={classNames(styles.file, styles[state])}>
      <Icon size={16} strokeWidth={1.75} aria-hidden className={styles.icon} />
      <span className={styles.name} title={name}>
        {name}
      </span>
      <span className={styles.what}>
        {state === 'busy' && t('frame.results.busy')}
        {state === 'declined' && t('frame.drop.will.declined')}
        {state === 'failed' && error !== null && `${error.message} ${t(`errors.${error.code}.todo`)}`}
        {state === 'added' &&
          counts === null &&
          kind !== 'undecided' &&
          kind !== 'declined' &&
          t(`frame.results.${kind}`)}
        {state === 'added' && counts !== null && <Counts counts={counts} />}
      </span>
      {counts !== null && counts.rejected.length > 0 && (
        <details className={styles.lines}>
          <summary>{t('frame.results.why')}</summary>
          <ul>
            {counts.rejected.map(({ line, reason }) => (
              <li key={line}>{t('frame.results.line', { line, reason })}</li>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}

function Counts({ counts }: { readonly counts: DemoCounts }): ReactNode {
  const { t } = useTranslation();
  const { added, known, duplicateCount, rejectedCount } = counts;
  const parts = [
    t('frame.results.added', { count: added }),
    known > 0 && t('frame.results.known', { count: known }),
    duplicateCount > 0 && t('frame.results.duplicates', { count: duplicateCount }),
    rejectedCount > 0 && t('frame.results.rejected', { count: rejectedCount }),
  ];
  return parts.filter(Boolean).join(' · ');
}
