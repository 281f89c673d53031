// One pass of the model over the demos: watch which experts are used, and learn when the demos are enough.
import { Grid3x3 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { LIMIT_BYS } from '../../../electron/contract/taken-demos.ts';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { Select } from '../../kit/select.tsx';
import { Button } from '../../kit/button.tsx';
import { EmptyState } from '../../kit/empty-state.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { NumberField } from '../../kit/number-field.tsx';
import { Screen } from '../../kit/screen.tsx';
import { Skeleton } from '../../kit/skeleton.tsx';
import { useCall } from '../../state/calls.ts';
import { go } from '../../state/navigation.ts';
import { useTrailDomain, useTrailModel, useTrailRuns } from '../../state/trail-items.ts';
import { EstimateCard } from './estimate-card.tsx';
import { ImportanceOption } from './importance-option.tsx';
import styles from './score.module.css';
import { RunScores } from './run-scores.tsx';
import { ScoreActions } from './score-actions.tsx';
import { useChosenRun, useScoreJobs } from './score-job.ts';
import { ScoreProgress } from './score-progress.tsx';
import { useScoring, type Scoring } from './use-scoring.ts';

export function ScoreScreen(): ReactNode {
  const { t } = useTranslation();
  const model = useTrailModel();
  const domain = useTrailDomain();
  const [run] = useTrailRuns();
  const jobs = useScoreJobs();
  const scoring = useScoring(model, domain, run);
  useChosenRun();
  const isLoading = [useCall('library.list', {}), useCall('domains.list', {}), useCall('runs.list', {})].some(
    ({ isPending }) => isPending,
  );
  const subject = { model: model?.name ?? run?.modelName, domain: run?.domain ?? domain?.name };
  const isNamed = subject.model !== undefined && subject.domain !== undefined;
  return (
    <Screen
      title={t('score.title')}
      {...(isNamed && { lead: t('score.lead', subject) })}
      action={<ScoreActions model={model} domain={domain} run={run} jobs={jobs} scoring={scoring} />}
    >
      {scoring.error !== null && <ErrorPanel error={scoring.error.toData()} />}
      <ScoreProgress jobs={jobs} run={run} />
      {run !== undefined && (run.scoredDemos > 0 || run.state === 'running') ? (
        <RunScores key={run.id} run={run} isBusy={run.state === 'running'} model={model} scoring={scoring} />
      ) : jobs.active !== undefined || isLoading ? (
        <Skeleton height="100%" />
      ) : (
        <NoScores model={model} domain={domain} scoring={scoring} />
      )}
    </Screen>
  );
}

type NoScoresProps = {
  readonly model: ModelEntry | null;
  readonly domain: Domain | null;
  readonly scoring: Scoring;
};

function NoScores({ model, domain, scoring }: NoScoresProps): ReactNode {
  const { t } = useTranslation();
  if (model === null) {
    return (
      <EmptyState icon={Grid3x3} title={t('score.noModelTitle')} text={t('score.noModelText')}>
        <Button variant="primary" onPress={() => go('new')}>
          {t('score.goModels')}
        </Button>
      </EmptyState>
    );
  }
  if (domain === null || domain.demos === 0) {
    return (
      <EmptyState icon={Grid3x3} title={t('score.noDemosTitle')} text={t('score.noDemosText')}>
        <Button variant="primary" onPress={() => go('demos')}>
          {t('score.goDemos')}
        </Button>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={Grid3x3} title={t('score.emptyTitle')} text={t('score.emptyText', { domain: domain.name })}>
      <div className={classNames(kit.stack3, styles.options)}>
        <div className={classNames(kit.chips, styles.optionFields)}>
          {domain.demos > 1 && (
            <NumberField
              label={t('score.howMany', { total: domain.demos })}
              value={scoring.demos}
              minValue={1}
              maxValue={domain.demos}
              onChange={scoring.setDemos}
            />
          )}
          {scoring.demos < domain.demos && (
            <Select
              label={t('score.limitBy')}
              choices={LIMIT_BYS.map((id) => ({ id, label: t(`score.limitBys.${id}`) }))}
              value={scoring.limitBy}
              onChange={scoring.setLimitBy}
            />
          )}
        </div>
        <ImportanceOption importance={scoring.importance} />
        {model.state === 'ready' && (
          <div className={classNames(kit.lineAbove, styles.estimate)}>
            <EstimateCard
              modelId={model.id}
              domainId={domain.id}
              limit={scoring.demos < domain.demos ? scoring.demos : null}
              limitBy={scoring.limitBy}
            />
          </div>
        )}
      </div>
    </EmptyState>
  );
}
