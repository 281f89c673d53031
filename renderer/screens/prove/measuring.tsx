// How far the measuring is, and how it ended where it did not end well.
import { CircleStop } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import type { ErrorData } from '../../../electron/contract/errors.ts';
import { useJobTexts } from '../../jobs/job-texts.ts';
import { Button } from '../../kit/button.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { ProgressBar } from '../../kit/progress-bar.tsx';
import { jobShare, useCancelJob } from '../../state/jobs.ts';
import styles from './prove.module.css';

/** How a job goes on, or ended. */
export type JobNews = {
  /** That works now. */
  readonly active: JobView | undefined;
  /** Of what was started here last. */
  readonly error: ErrorData | null;
  /** What was started here last was cancelled. */
  readonly isCancelled: boolean;
  /** Forgets how it ended. */
  readonly dismiss: () => void;
};

type MeasuringProps = {
  readonly news: JobNews;
  /** What helps against the error. */
  readonly remedy?: ReactNode;
};

export function Measuring({ news, remedy }: MeasuringProps): ReactNode {
  const { t } = useTranslation();
  const { active, error, isCancelled } = news;
  if (active === undefined && error === null && !isCancelled) return null;
  return (
    <div className={styles.news}>
      {active !== undefined ? (
        <Running key={active.id} job={active} />
      ) : error !== null ? (
        <ErrorPanel error={error} safe={t('prove.failedSafe')}>
          {remedy}
          <Button size="small" onPress={news.dismiss}>
            {t('kit.close')}
          </Button>
        </ErrorPanel>
      ) : (
        <p className={styles.dim}>{t('prove.cancelled')}</p>
      )}
    </div>
  );
}

function Running({ job }: { readonly job: JobView }): ReactNode {
  const { t } = useTranslation();
  const { step, left } = useJobTexts(job);
  const cancel = useCancelJob();
  const isCancelled = cancel.isPending || cancel.isSuccess;
  return (
    <div className={styles.progress}>
      <ProgressBar
        label={step ?? t(job.state === 'queued' ? 'prove.waiting' : 'prove.starting')}
        value={jobShare(job)}
        detail={left}
      />
      {!job.elsewhere && (
        <Button icon={CircleStop} isDisabled={isCancelled} onPress={() => cancel.mutate({ jobId: job.id })}>
          {t(isCancelled ? 'prove.cancelling' : 'prove.cancel')}
        </Button>
      )}
    </div>
  );
}
