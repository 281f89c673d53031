// What became of each file that was handed over. The panel stays long enough to be read, and blocks nothing.
import { CircleAlert, X } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import { IconButton } from '../kit/icon-button.tsx';
import kit from '../kit/primitives.module.css';
import { useTranslate } from '../kit/translate.ts';
import styles from './drop-target.module.css';
import { FILE_ICONS } from './file-icons.ts';
import { clearResults, useResults, type FileResult, type RowCounts } from './file-results.ts';

/** Both timers wait while the pointer or the focus is on the panel. */
const GOOD_NEWS_MS = 10_000;
const OTHER_NEWS_MS = 40_000;

function isGoodNews({ state, said, counts }: FileResult): boolean {
  return state === 'added' && said.length === 0 && (counts === null || counts.rejectedCount === 0);
}

/** All of its rows were rejected. */
function isUseless({ counts }: FileResult): boolean {
  if (counts === null || counts.rejectedCount === 0) return false;
  return counts.kind === 'documents' ? counts.documents === 0 : counts.added + counts.known === 0;
}

/** The panel. To be rendered once, in the frame. */
export function DropResults(): ReactNode {
  const { t } = useTranslation();
  const { files, placed } = useResults();
  const [isHeld, setHeld] = useState(false);
  const leaves = !isHeld && files.length > 0 && files.every(({ state }) => state !== 'busy');
  useEffect(() => {
    if (!leaves) return undefined;
    const timer = setTimeout(clearResults, files.every(isGoodNews) ? GOOD_NEWS_MS : OTHER_NEWS_MS);
    return () => clearTimeout(timer);
  }, [leaves, files]);
  if (files.length === 0) return null;
  return (
    <section
      className={classNames(kit.stack2, kit.raised, styles.results)}
      aria-label={t('frame.results.title')}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <div className={classNames(kit.row, styles.resultsHead)}>
        <h2>{t('frame.results.title')}</h2>
        <IconButton icon={X} size="small" label={t('kit.close')} onPress={clearResults} />
      </div>
      <div role="status" className={styles.scroll}>
        <ul className={kit.stack2}>
          {files.map((file) => (
            <FileRow key={`${file.kind} ${file.name}`} file={file} />
          ))}
        </ul>
      </div>
      {placed !== null && (
        <p role="status" className={styles.placed}>
          {t(`frame.results.placed.${placed.domainId === null ? 'new' : 'known'}.${placed.kind}`, {
            domain: placed.domain,
          })}
        </p>
      )}
    </section>
  );
}

function FileRow({ file }: { readonly file: FileResult }): ReactNode {
  const { t } = useTranslation();
  const translate = useTranslate();
  const { name, kind, state, counts, said, error } = file;
  const Icon = state === 'failed' || isUseless(file) ? CircleAlert : FILE_ICONS[kind];
  return (
    <li className={classNames(styles.file, styles[state])}>
      <Icon size={16} strokeWidth={1.75} aria-hidden className={styles.icon} />
      <span className={classNames(kit.ellipsis, styles.name)} title={name}>
        {name}
      </span>
      <span className={styles.what}>
        {state === 'busy' && t('frame.results.busy')}
        {state === 'declined' && t('frame.drop.will.declined')}
        {state === 'missing' && t('frame.results.missing')}
        {state === 'folder' && t('frame.results.folderServed')}
        {state === 'failed' && error !== null && (
          <>
            <strong>{t(`errors.${error.code}.title`)}</strong> {t(`errors.${error.code}.todo`)}
          </>
        )}
        {state === 'added' &&
          counts === null &&
          kind !== 'undecided' &&
          kind !== 'declined' &&
          t(`frame.results.${kind}`)}
        {state === 'added' && counts !== null && <Counts counts={counts} />}
      </span>
      {error !== null && <p className={classNames(kit.note, styles.lines)}>{translate(error)}</p>}
      {said.map((what, index) => (
        <p key={index} className={classNames(kit.note, styles.lines)}>
          {translate(what)}
        </p>
      ))}
      {counts !== null && counts.rejected.length > 0 && (
        <details className={classNames(kit.note, styles.lines)}>
          <summary>{t('frame.results.why')}</summary>
          <ul>
            {counts.rejected.map(({ line, reason }) => (
              <li key={line}>{t('frame.results.line', { line, reason: translate(reason) })}</li>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}

function Counts({ counts }: { readonly counts: RowCounts }): ReactNode {
  const { t } = useTranslation();
  const kept =
    counts.kind === 'documents'
      ? [t('frame.results.documents', { count: counts.documents })]
      : [
          t('frame.results.added', { count: counts.added }),
          counts.known > 0 && t('frame.results.known', { count: counts.known }),
          counts.duplicateCount > 0 && t('frame.results.duplicates', { count: counts.duplicateCount }),
          counts.ownAnswers > 0 && t('frame.results.ownAnswers', { count: counts.ownAnswers }),
        ];
  const { rejectedCount } = counts;
  return [...kept, rejectedCount > 0 && t('frame.results.rejected', { count: rejectedCount })]
    .filter(Boolean)
    .join(' · ');
}
