// How far the scoring is. Keeps its line when nothing runs, so that the picture below does not move.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { useJobTexts } from '../../frame/job-texts.ts';
import { Button } from '../../kit/button.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { ProgressBar } from '../../kit/progress-bar.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useCallMutation } from '../../state/calls.ts';
import { jobShare, useJobs } from '../../state/jobs.ts';
import styles from './score.module.css';

type ScoreProgressProps = { readonly job: JobView | undefined; readonly run: Run | undefined };

export function ScoreProgress({ job, run }: ScoreProgressProps): ReactNode {
  const last = useJobs().find(({ kind, runId }) => kind === 'score' && (runId === run?.id || run === undefined));
  if (job !== undefined) return <Running job={job} />;
  if (last?.state === 'failed' && last.error !== null) return <ErrorPanel error={last.error} />;
  return run === undefined ? null : <Ended run={run} />;
}

function Running({ job }: { readonly job: JobView }): ReactNode {
  const { t } = useTranslation();
  const { step, rate, left } = useJobTexts(job);
  const cancel = useCallMutation('jobs.cancel');
  return (
    <div className={styles.progress}>
      <ProgressBar
        label={step ?? t(job.state === 'queued' ? 'score.waiting' : 'score.starting')}
        value={jobShare(job)}
        detail={[rate, left].filter((part) => part !== '').join(' · ')}
      />
      <Button onPress={() => cancel.mutate({ jobId: job.id })} isDisabled={cancel.isPending || cancel.isSuccess}>
        {t('score.cancel')}
      </Button>
    </div>
  );
}

function Ended({ run }: { readonly run: Run }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const facts = [
    t('score.demosScored', { scored: format.count(run.scoredDemos), total: format.count(run.demos) }),
    t('score.tokenCount', { count: run.tokens }),
    ...(run.seconds > 0 && run.state === 'done'
      ? [t('score.rate', { rate: format.rate(run.tokens / run.seconds) })]
      : []),
    format.date(run.startedMs),
  ];
  return (
    <div className={styles.progress}>
      <p className={styles.dim}>
        {t(`score.ended.${run.state}`)} {facts.join(' · ')}
      </p>
    </div>
  );
}
