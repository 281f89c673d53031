// The progress of scoring. Keeps its height when nothing is running, so that the picture below does not move.
import { CircleStop } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { CancelJobButton } from '../../jobs/cancel-job-button.tsx';
import { useJobTexts } from '../../jobs/job-texts.ts';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { ProgressBar } from '../../kit/progress-bar.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { jobShare } from '../../state/jobs.ts';
import type { ScoreJobs } from './score-job.ts';
import styles from './score.module.css';

type ScoreProgressProps = { readonly jobs: ScoreJobs; readonly run: Run | undefined };

export function ScoreProgress({ jobs: { active, ended }, run }: ScoreProgressProps): ReactNode {
  if (active !== undefined) return <Running key={active.id} job={active} />;
  if (ended?.state === 'failed' && ended.error !== null) return <ErrorPanel error={ended.error} />;
  return run === undefined ? null : <Ended run={run} />;
}

function Running({ job }: { readonly job: JobView }): ReactNode {
  const { t } = useTranslation();
  const { step, rate, left } = useJobTexts(job);
  return (
    <div className={classNames(kit.row3, kit.firstFills, styles.progress)}>
      <ProgressBar
        label={step ?? t(job.state === 'queued' ? 'score.waiting' : 'score.starting')}
        value={jobShare(job)}
        detail={[rate, left].filter((part) => part !== '').join(' · ')}
      />
      <CancelJobButton job={job} icon={CircleStop} label={t('score.cancel')} pressedLabel={t('score.cancelling')} />
    </div>
  );
}

function Ended({ run }: { readonly run: Run }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const facts = [
    t('score.demosScored', { scored: format.count(run.scoredDemos), total: format.count(run.demos) }),
    t('score.tokenCount', { count: run.tokens }),
    format.date(run.startedMs),
  ];
  return (
    <p className={classNames(kit.row3, styles.ended)}>
      {t(`score.ended.${run.state}`)} {facts.join(' · ')}
    </p>
  );
}
