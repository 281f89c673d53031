// The running job in one line, on every screen; beside it the queue and the last result.
import { ListOrdered } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { JobView } from '../../electron/contract/api/jobs.ts';
import { Button } from '../kit/button.tsx';
import { classNames } from '../kit/class-names.ts';
import { Popover } from '../kit/popover.tsx';
import kit from '../kit/primitives.module.css';
import { ProgressBar } from '../kit/progress-bar.tsx';
import { useCall } from '../state/calls.ts';
import { isActive } from '../state/kept-jobs.ts';
import { jobShare, useCancelJob, useJobs } from '../state/jobs.ts';
import { useIsOnScreen } from './cancel-job-button.tsx';
import { JobAnnouncer } from './job-announcer.tsx';
import { JobList } from './job-list.tsx';
import { useJobTexts } from './job-texts.ts';
import { LastResult } from './last-result.tsx';
import styles from './job-strip.module.css';

/** The number of jobs in the list at the foot. */
const LISTED = 30;

export function JobStrip(): ReactNode {
  const { t } = useTranslation();
  const jobs = useJobs();
  const running = jobs.find(({ state }) => state === 'running');
  const queued = jobs.filter(({ state }) => state === 'queued').length;
  const last = jobs.find((job) => !isActive(job));
  return (
    <footer className={classNames(kit.row3, styles.strip)} aria-label={t('frame.job.strip')}>
      {running ? <Running job={running} /> : <Idle />}
      <div className={classNames(kit.row2, styles.end)}>
        {last && <LastResult job={last} />}
        {jobs.length > 0 && (
          <Popover
            label={t('frame.job.list')}
            placement="top end"
            trigger={
              <Button size="small" variant="quiet" icon={ListOrdered}>
                {queued > 0 ? t('frame.job.queued', { count: queued }) : t('frame.job.list')}
              </Button>
            }
          >
            {() => <JobList jobs={jobs.slice(0, LISTED)} />}
          </Popover>
        )}
      </div>
      <JobAnnouncer job={running ?? last} />
    </footer>
  );
}

function Running({ job }: { readonly job: JobView }): ReactNode {
  const { t } = useTranslation();
  const { title, step, rate, left } = useJobTexts(job);
  const cancel = useCancelJob();
  const isOnScreen = useIsOnScreen(job);
  return (
    <>
      <span className={styles.what} title={title}>
        {title}
      </span>
      {!isOnScreen && (
        <>
          {step !== null && <span className={kit.dim}>{step}</span>}
          <span className={styles.bar}>
            <ProgressBar label={title} isLabelHidden value={jobShare(job)} />
          </span>
          <span className={styles.figure}>{rate}</span>
        </>
      )}
      <span className={styles.figure}>{left}</span>
      {isOnScreen ? null : job.elsewhere ? (
        <span className={kit.dim}>{t('frame.job.elsewhere')}</span>
      ) : (
        <Button size="small" isDisabled={cancel.isPending} onPress={() => cancel.mutate({ jobId: job.id })}>
          {cancel.isPending ? t('frame.job.cancelling') : t('kit.cancel')}
        </Button>
      )}
    </>
  );
}

/** No job is running: shows whether the engine is ready for one. */
function Idle(): ReactNode {
  const { t } = useTranslation();
  const native = useCall('app.info', {}).data?.native;
  if (native?.state === 'building') {
    return (
      <>
        <span className={styles.what}>{t('frame.native.building')}</span>
        <span className={kit.dim}>{native.line}</span>
      </>
    );
  }
  return <span className={kit.dim}>{native?.state === 'failed' ? t('frame.native.failed') : t('frame.job.none')}</span>;
}
