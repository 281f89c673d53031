// A search that is running, or one that has stopped.
import { RotateCcw, Target } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FitSearch } from '../../../electron/contract/api/fit.ts';
import { CancelJobButton } from '../../jobs/cancel-job-button.tsx';
import { useJobTexts } from '../../jobs/job-texts.ts';
import { Preparing } from '../../jobs/preparing.tsx';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { EmptyState } from '../../kit/empty-state.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { ProgressBar } from '../../kit/progress-bar.tsx';
import { Screen } from '../../kit/screen.tsx';
import { Skeleton } from '../../kit/skeleton.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { showSearch } from '../../state/best-search.ts';
import { jobShare, useJobs, useRequeueJob } from '../../state/jobs.ts';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import styles from './new.module.css';
import { TextHelp } from './text-help.tsx';

type SearchProps = { readonly search: FitSearch };

function useSearchJob({ jobId }: FitSearch): JobView | undefined {
  return useJobs().find(({ id }) => id === jobId);
}

function useSearchLead({ modelName, domain, budgetBytes }: FitSearch): string {
  const { t } = useTranslation();
  const format = useFormat();
  return t('fit.searchLead', { model: modelName, domain, budget: format.bytes(budgetBytes) });
}

export function Searching({ search }: SearchProps): ReactNode {
  const { t } = useTranslation();
  const job = useSearchJob(search);
  return (
    <Screen title={t('frame.screen.new')} lead={useSearchLead(search)}>
      <div className={classNames(kit.stack5, styles.ask)}>
        <Preparing />
        {job === undefined ? <Skeleton height={120} /> : <Progress job={job} />}
      </div>
    </Screen>
  );
}

function Progress({ job }: { readonly job: JobView }): ReactNode {
  const { t } = useTranslation();
  const { step, left } = useJobTexts(job);
  const title = t('fit.running');
  return (
    <section className={kit.stack4} aria-label={title}>
      <ProgressBar label={job.state === 'queued' ? t('fit.waiting') : title} value={jobShare(job)} detail={left} />
      <p role="status">{step}</p>
      <div className={kit.cluster}>
        <CancelJobButton job={job} label={t('fit.cancel')} />
        <span className={kit.dim}>{t('fit.canLeave')}</span>
      </div>
    </section>
  );
}

/** What was scored and measured is kept: the same search can continue. */
export function Stopped({ search }: SearchProps): ReactNode {
  const { t } = useTranslation();
  const requeue = useRequeueJob();
  const job = useSearchJob(search);
  const { jobId, modelId, domainId, state } = search;
  const buttons = (
    <>
      {state !== 'done' && (
        <Button
          variant="primary"
          icon={RotateCcw}
          isDisabled={requeue.isPending}
          onPress={() => requeue.mutate({ jobId })}
        >
          {t('fit.goOn')}
        </Button>
      )}
      {modelId !== null && domainId !== null && (
        <Button onPress={() => showSearch({ modelId, domainId }, 'new')}>{t('fit.change')}</Button>
      )}
    </>
  );
  return (
    <Screen title={t('frame.screen.new')} lead={useSearchLead(search)}>
      {job?.error && state === 'failed' ? (
        <ErrorPanel error={job.error} safe={t('fit.safe')}>
          <TextHelp error={job.error} />
          {buttons}
        </ErrorPanel>
      ) : (
        <EmptyState
          icon={Target}
          title={t('fit.stoppedTitle')}
          text={t(state === 'done' ? 'fit.otherVersion' : 'fit.stoppedText')}
        >
          {buttons}
        </EmptyState>
      )}
    </Screen>
  );
}
