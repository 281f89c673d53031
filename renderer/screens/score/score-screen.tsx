// One pass of the model over the demos: watch the experts being used, and learn when the demos are enough.
import { Grid3x3, Play } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { CRITERIA } from '../../../electron/contract/criteria.ts';
import { errorToData } from '../../../electron/contract/errors.ts';
import { CriterionSelect } from '../../experts/criterion-select.tsx';
import { ExpertInspector } from '../../experts/expert-inspector.tsx';
import { ExpertMap } from '../../experts/expert-map.tsx';
import type { Cell } from '../../heatmap/types.ts';
import { Button } from '../../kit/button.tsx';
import { EmptyState } from '../../kit/empty-state.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { Screen } from '../../kit/screen.tsx';
import { Skeleton } from '../../kit/skeleton.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import { useCall, useCallMutation } from '../../state/calls.ts';
import { useJobs } from '../../state/jobs.ts';
import { go } from '../../state/navigation.ts';
import { useViewState } from '../../state/settings.ts';
import { useTrailDomain, useTrailModel, useTrailRuns } from '../../state/trail-items.ts';
import { Convergence } from './convergence-chart.tsx';
import { useScoreJob } from './score-job.ts';
import { ScoreProgress } from './score-progress.tsx';
import styles from './score.module.css';
import { TokenView } from './token-view.tsx';

export function ScoreScreen(): ReactNode {
  const { t } = useTranslation();
  const model = useTrailModel();
  const domain = useTrailDomain();
  const [run] = useTrailRuns();
  const job = useScoreJob();
  const start = useCallMutation('runs.start');
  const lead =
    model !== null && domain !== null ? t('score.lead', { model: model.name, domain: domain.name }) : undefined;
  return (
    <Screen
      title={t('score.title')}
      {...(lead !== undefined && { lead })}
      action={<ScoreActions model={model} domain={domain} run={run} job={job} start={start} />}
    >
      {start.error !== null && <ErrorPanel error={errorToData(start.error)} />}
      <ScoreProgress job={job} run={run} />
      {run === undefined || run.scoredDemos === 0 ? (
        <NoScores model={model} domain={domain} isBusy={job !== undefined} />
      ) : (
        <RunScores key={run.id} run={run} isBusy={run.state === 'running'} />
      )}
    </Screen>
  );
}

type ScoreActionsProps = {
  readonly model: ModelEntry | null;
  readonly domain: Domain | null;
  readonly run: Run | undefined;
  readonly job: JobView | undefined;
  readonly start: ReturnType<typeof useCallMutation<'runs.start'>>;
};

function ScoreActions({ model, domain, run, job, start }: ScoreActionsProps): ReactNode {
  const { t } = useTranslation();
  const lastJob = useJobs().find(({ runId }) => runId !== null && runId === run?.id);
  const requeue = useCallMutation('jobs.requeue');
  if (job !== undefined) return null;
  const reason =
    model === null
      ? t('score.reasonModel')
      : model.state !== 'ready'
        ? (model.reason ?? t('score.reasonModel'))
        : domain === null || domain.demos === 0
          ? t('score.reasonDemos')
          : null;
  const score = (fresh: boolean): void => {
    if (model !== null && domain !== null) start.mutate({ modelId: model.id, domainId: domain.id, limit: null, fresh });
  };
  const unfinished = run !== undefined && run.state !== 'done' && run.state !== 'running';
  if (run?.state === 'done') {
    return (
      <>
        <Button variant="primary" onPress={() => go('choose')}>
          {t('score.goChoose')}
        </Button>
        <Button icon={Play} disabledReason={reason} isDisabled={start.isPending} onPress={() => score(false)}>
          {t('score.start', { count: domain?.demos ?? 0 })}
        </Button>
      </>
    );
  }
  return (
    <Button
      variant="primary"
      icon={Play}
      disabledReason={unfinished && lastJob ? null : reason}
      isDisabled={start.isPending}
      onPress={() => {
        if (unfinished && lastJob) requeue.mutate({ jobId: lastJob.id });
        else score(false);
      }}
    >
      {unfinished
        ? t('score.goOn', { count: run.demos - run.scoredDemos })
        : t('score.start', { count: domain?.demos ?? 0 })}
    </Button>
  );
}

type NoScoresProps = {
  readonly model: ModelEntry | null;
  readonly domain: Domain | null;
  readonly isBusy: boolean;
};

function NoScores({ model, domain, isBusy }: NoScoresProps): ReactNode {
  const { t } = useTranslation();
  if (isBusy) return <Skeleton height="100%" />;
  return (
    <EmptyState icon={Grid3x3} title={t('score.emptyTitle')} text={t('score.emptyText')}>
      {model === null && <Button onPress={() => go('models')}>{t('score.goModels')}</Button>}
      {model !== null && (domain === null || domain.demos === 0) && (
        <Button onPress={() => go('demos')}>{t('score.goDemos')}</Button>
      )}
    </EmptyState>
  );
}

function RunScores({ run, isBusy }: { readonly run: Run; readonly isBusy: boolean }): ReactNode {
  const { t } = useTranslation();
  const [criterion, setCriterion] = useViewState('score.criterion', z.enum(CRITERIA), 'easy-ep');
  const [selected, setSelected] = useState<Cell | null>(null);
  const [tab, setTab] = useViewState('score.tab', z.enum(['convergence', 'tokens']), 'convergence');
  const { data, error } = useCall(
    'runs.scores',
    { runIds: [run.id], criterion, mix: 'shares', seed: 0 },
    { keepPrevious: true },
  );
  if (error !== null) return <ErrorPanel error={errorToData(error)} />;
  if (data === undefined) return <Skeleton height="100%" />;
  return (
    <>
      <ExpertMap
        label={t('score.mapLabel', { domain: run.domain, model: run.modelName })}
        fileName={`${run.modelName}-${run.domain}-${criterion}`}
        {...data}
        other={null}
        kept={null}
        pins={[]}
        drops={[]}
        busy={isBusy}
        selected={selected}
        onActivate={setSelected}
      >
        <CriterionSelect value={criterion} onChange={setCriterion} />
      </ExpertMap>
      <div className={styles.below}>
        <Tabs
          label={t('score.more')}
          tabs={[
            {
              id: 'convergence',
              label: t('score.convergence'),
              content: <Convergence run={run} criterion={criterion} />,
            },
            { id: 'tokens', label: t('score.tokensTab'), content: <TokenView run={run} /> },
          ]}
          value={tab}
          onChange={setTab}
        />
      </div>
      {selected !== null && <ExpertInspector runIds={[run.id]} cell={selected} seed={0} />}
    </>
  );
}
