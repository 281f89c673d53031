// The best file for a memory size: offered, on its way, or found.
import { Crosshair, RotateCcw, Search } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { JobView } from '../../../../electron/contract/api/jobs.ts';
import type { Run } from '../../../../electron/contract/api/runs.ts';
import type { SelectionRequest } from '../../../../electron/contract/api/selections.ts';
import { CancelJobButton } from '../../../jobs/cancel-job-button.tsx';
import { useJobTexts } from '../../../jobs/job-texts.ts';
import { Button } from '../../../kit/button.tsx';
import { classNames } from '../../../kit/class-names.ts';
import { ErrorPanel } from '../../../kit/error-panel.tsx';
import kit from '../../../kit/primitives.module.css';
import { ProgressBar } from '../../../kit/progress-bar.tsx';
import { Skeleton } from '../../../kit/skeleton.tsx';
import { useCall } from '../../../state/calls.ts';
import { isActive } from '../../../state/kept-jobs.ts';
import { jobShare, useJobs, useRequeueJob } from '../../../state/jobs.ts';
import styles from './best-file.module.css';
import { Found } from './found.tsx';
import { SearchDialog } from './search-dialog.tsx';
import { TextHelp } from './text-help.tsx';

type BestFileProps = { readonly draft: SelectionRequest; readonly run: Run };

export function BestFile({ draft, run }: BestFileProps): ReactNode {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const { data: latest, isFetching } = useCall('fit.latest', { runId: run.id }, { keepPrevious: true });
  const job = useJobs().find(({ id }) => id === latest?.jobId);
  if (run.modelId === null) return null;
  const found = latest?.found ?? null;
  const isBusy = job !== undefined && isActive(job);
  if (found === null && job === undefined && draft.keep.kind !== 'fit') return null;
  const open = (): void => setOpen(true);
  return (
    <section className={classNames(kit.cluster, kit.framed, styles.place)} aria-label={t('fit.title')}>
      {isBusy && <Busy key={job.id} job={job} />}
      {!isBusy && job !== undefined && job.state !== 'done' && <Stopped job={job} onSearch={open} />}
      {found !== null && <Found found={found} modelId={run.modelId} onSearch={isBusy ? null : open} />}
      {found === null && isFetching && <Skeleton height={26} />}
      {found === null && !isFetching && (job === undefined || job.state === 'done') && (
        <>
          <p className={styles.text}>{t('fit.offer')}</p>
          <Button icon={Search} onPress={open}>
            {t('fit.begin')}
          </Button>
        </>
      )}
      {isOpen && <SearchDialog draft={draft} run={run} found={found} onClose={() => setOpen(false)} />}
    </section>
  );
}

function Busy({ job }: { readonly job: JobView }): ReactNode {
  const { t } = useTranslation();
  const { title, step, left } = useJobTexts(job);
  return (
    <div className={classNames(kit.cluster, styles.progress)}>
      <ProgressBar
        label={job.state === 'queued' ? t('fit.queued') : title}
        value={jobShare(job)}
        detail={[step ?? '', left].filter((part) => part !== '').join(' · ')}
      />
      <CancelJobButton job={job} size="small" label={t('fit.cancel')} />
    </div>
  );
}

/** What was scored and measured is kept: the same search goes on. */
function Stopped({ job, onSearch }: { readonly job: JobView; readonly onSearch: () => void }): ReactNode {
  const { t } = useTranslation();
  const requeue = useRequeueJob();
  const buttons = (
    <>
      <Button
        size="small"
        icon={RotateCcw}
        isDisabled={requeue.isPending}
        onPress={() => requeue.mutate({ jobId: job.id })}
      >
        {t('fit.goOn')}
      </Button>
      <Button size="small" icon={Crosshair} onPress={onSearch}>
        {t('fit.otherwise')}
      </Button>
    </>
  );
  if (job.error !== null) {
    return (
      <div className={styles.failed}>
        <ErrorPanel error={job.error} safe={t('fit.safe')}>
          <TextHelp error={job.error} />
          {buttons}
        </ErrorPanel>
      </div>
    );
  }
  return (
    <>
      <p className={styles.text}>{t('fit.stopped')}</p>
      {buttons}
    </>
  );
}
