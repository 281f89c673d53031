// The progress of a job of this screen, and how it ended if it did not finish successfully.
import { CircleStop } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { JobKind, JobView } from '../../../electron/contract/api/jobs.ts';
import type { ErrorData, WinnowError } from '../../../electron/contract/errors.ts';
import { CancelJobButton } from '../../jobs/cancel-job-button.tsx';
import { useJobTexts } from '../../jobs/job-texts.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { ProgressBar } from '../../kit/progress-bar.tsx';
import { jobShare, useActiveJob, useJobs } from '../../state/jobs.ts';
import styles from './prove.module.css';

export type JobNews = {
  /** The job that is running now. */
  readonly active: JobView | undefined;
  readonly isBusy: boolean;
  /** Error of the job that was last started here. */
  readonly error: ErrorData | null;
  /** The job that was last started here was cancelled. */
  readonly isCancelled: boolean;
  /** Forgets how the job ended. */
  readonly dismiss: () => void;
};

/** The call that starts a job. */
type Start = { readonly isPending: boolean; readonly error: WinnowError | null; readonly reset: () => void };

/**
 * Returns the news of a job.
 * @param jobId the one last started here; null: none
 * @param forget sets it to null
 */
export function useJobNews(kind: JobKind, start: Start, jobId: number | null, forget: () => void): JobNews {
  const active = useActiveJob(kind);
  const last = useJobs().find(({ id }) => id === jobId);
  const isBusy = start.isPending || active !== undefined;
  return {
    active,
    isBusy,
    error: isBusy ? null : start.error === null ? (last?.error ?? null) : start.error.toData(),
    isCancelled: !isBusy && last?.state === 'cancelled',
    dismiss: () => {
      start.reset();
      forget();
    },
  };
}

export function JobNewsPanel({ news }: { readonly news: JobNews }): ReactNode {
  const { t } = useTranslation();
  const { active, error, isCancelled } = news;
  if (active === undefined && error === null && !isCancelled) return null;
  return (
    <div className={styles.news}>
      {active !== undefined ? (
        <Running key={active.id} job={active} />
      ) : error !== null ? (
        <ErrorPanel error={error} safe={t('prove.failedSafe')}>
          <Button size="small" onPress={news.dismiss}>
            {t('kit.close')}
          </Button>
        </ErrorPanel>
      ) : (
        <p className={kit.dim}>{t('prove.cancelled')}</p>
      )}
    </div>
  );
}

function Running({ job }: { readonly job: JobView }): ReactNode {
  const { t } = useTranslation();
  const { step, left } = useJobTexts(job);
  return (
    <div className={classNames(kit.row3, kit.firstFills)}>
      <ProgressBar
        label={step ?? t(job.state === 'queued' ? 'prove.waiting' : 'prove.starting')}
        value={jobShare(job)}
        detail={left}
      />
      <CancelJobButton job={job} icon={CircleStop} label={t('prove.cancel')} pressedLabel={t('prove.cancelling')} />
    </div>
  );
}
