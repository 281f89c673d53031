// An export in progress, or its file.
import { CircleCheck, FolderSearch } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Export } from '../../../electron/contract/api/exports.ts';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import { CancelJobButton } from '../../jobs/cancel-job-button.tsx';
import { useJobTexts } from '../../jobs/job-texts.ts';
import { Button } from '../../kit/button.tsx';
import { Bytes } from '../../kit/bytes.tsx';
import { classNames } from '../../kit/class-names.ts';
import { CopyButton } from '../../kit/copy-button.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import facts from '../../kit/facts.module.css';
import kit from '../../kit/primitives.module.css';
import { ProgressBar } from '../../kit/progress-bar.tsx';
import { Skeleton } from '../../kit/skeleton.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { bridge } from '../../state/bridge.ts';
import { useCall, useCallMutation } from '../../state/calls.ts';
import { isActive } from '../../state/kept-jobs.ts';
import { jobShare } from '../../state/jobs.ts';
import { go } from '../../state/navigation.ts';
import { reportFailure } from '../../state/report-failure.ts';
import { Downloads } from './downloads.tsx';
import { OpenIn } from '../../hand-over/open-in.tsx';
import { PublishFolder } from '../../hand-over/publish-folder.tsx';
import { ShareFile } from '../../hand-over/share-file.tsx';
import styles from './export.module.css';
import { RepairFact } from './fitted-fact.tsx';
import { SelectionFact } from './selection-fact.tsx';

type ExportProgressProps = { readonly job: JobView; readonly onBack: () => void };

export function ExportProgress({ job, onBack }: ExportProgressProps): ReactNode {
  const { t } = useTranslation();
  if (isActive(job)) return <Running job={job} />;
  // its file is about to be selected
  if (job.state === 'done') return <Skeleton height={120} />;
  const again = <Button onPress={onBack}>{t('export.back')}</Button>;
  if (job.error !== null) return <ErrorPanel error={job.error}>{again}</ErrorPanel>;
  return (
    <div className={classNames(kit.cluster, kit.firstFills, styles.progress)}>
      <p>{t('export.cancelled')}</p>
      {again}
    </div>
  );
}

function Running({ job }: { readonly job: JobView }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { step, rate, left } = useJobTexts(job);
  return (
    <div className={classNames(kit.cluster, kit.firstFills, styles.progress)}>
      <ProgressBar
        label={step ?? t(job.state === 'queued' ? 'export.waiting' : 'export.writing')}
        value={jobShare(job)}
        detail={[job.unit === 'bytes' ? `${format.bytes(job.done)} / ${format.bytes(job.total)}` : '', rate, left]
          .filter((part) => part !== '')
          .join(' · ')}
      />
      <CancelJobButton job={job} label={t('export.cancel')} />
    </div>
  );
}

export function WrittenFile({ file }: { readonly file: Export }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const reveal = useCallMutation('exports.reveal', { onError: reportFailure });
  const { modelId, repair } = file;
  const isRepaired = repair?.leftOut === null;
  const selections = useCall('selections.list', { modelId: null }).data;
  const selection = selections?.find(({ id, hash }) => hash === file.selectionHash || id === file.selectionId);
  return (
    <section className={classNames(kit.stack3, styles.written)} aria-label={t('export.done')}>
      <div className={styles.verified}>
        <CircleCheck size={18} aria-hidden />
        <div>
          <h2 className={styles.doneTitle}>{t('export.done')}</h2>{' '}
          {t(file.quantType !== null ? 'export.verifiedQuantised' : 'export.verified')}
          {isRepaired && ` ${t('export.repair.verified')}`}
        </div>
      </div>
      <p className={styles.place}>{file.displayPath}</p>
      <div className={kit.cluster}>
        {bridge().host === 'desktop' && (
          <Button icon={FolderSearch} onPress={() => reveal.mutate({ exportId: file.id })}>
            {t('export.reveal')}
          </Button>
        )}
        <Downloads file={file} />
        {modelId !== null && <Button onPress={() => go('files')}>{t('export.openLibrary')}</Button>}
      </div>
      <OpenIn exportId={file.id} />
      <ShareFile exportId={file.id} isFitted={isRepaired} />
      <PublishFolder exportId={file.id} />
      <h3 className={styles.factsTitle}>{t('export.facts')}</h3>
      <dl className={classNames(facts.grid, styles.facts)}>
        {selection !== undefined && <SelectionFact name={selection.name} hash={selection.hash} />}
        <RepairFact report={repair} />
        {file.bytes !== null && (
          <>
            <dt>{t('export.size')}</dt>
            <dd>
              <Bytes value={file.bytes} />
              <span className={kit.dim}>{format.percent(file.bytes / file.fullBytes)}</span>
            </dd>
          </>
        )}
        {file.seconds !== null && (
          <>
            <dt>{t('export.time')}</dt>
            <dd>{format.took(file.seconds * 1000)}</dd>
          </>
        )}
        {file.sha256 !== null && (
          <>
            <dt>SHA-256</dt>
            <dd className={styles.hash}>
              <code>{file.sha256}</code>
              <CopyButton text={file.sha256} label={t('export.copyHash')} isCompact />
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}
