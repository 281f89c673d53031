// The results of a run: the picture of its experts, and the demos' own text.
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import type { Criterion } from '../../../electron/contract/criteria.ts';
import { usualTokens } from '../../../electron/contract/token-classes.ts';
import { CriterionSelect } from '../../experts/criterion-select.tsx';
import { ExpertInspector } from '../../experts/expert-inspector.tsx';
import { ExpertMap } from '../../experts/expert-map.tsx';
import { useSelectedExpert } from '../../experts/selected-expert.ts';
import { useDescriptions } from '../../experts/use-descriptions.ts';
import type { Cell } from '../../heatmap/types.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { Skeleton } from '../../kit/skeleton.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import { useCall } from '../../state/calls.ts';
import { useViewState } from '../../state/settings.ts';
import { useComparedRun, type ComparedRun } from './compared-run.ts';
import { RunInspector } from './run-inspector.tsx';
import { CRITERION_VIEW, scoresOf, TAB_VIEW } from './run-view.ts';
import styles from './score.module.css';
import { TokenView } from './token-view.tsx';
import type { Scoring } from './use-scoring.ts';

type RunScoresProps = {
  readonly run: Run;
  /** Demos are still being scored. */
  readonly isBusy: boolean;
  readonly model: ModelEntry | null;
  readonly scoring: Scoring;
};

export function RunScores({ run, isBusy, model, scoring }: RunScoresProps): ReactNode {
  const { t } = useTranslation();
  const [criterion, setCriterion] = useViewState(...CRITERION_VIEW);
  const [tab, setTab] = useViewState(...TAB_VIEW);
  const [selected, setSelected] = useSelectedExpert(run);
  const compared = useComparedRun(run);
  return (
    <>
      <div className={styles.views}>
        <Tabs
          label={t('score.views')}
          tabs={[
            {
              id: 'experts',
              label: t('score.expertsTab'),
              content: (
                <RunMap
                  run={run}
                  isBusy={isBusy}
                  criterion={criterion}
                  selected={selected}
                  compared={compared}
                  onCriterion={setCriterion}
                  onSelect={setSelected}
                />
              ),
            },
            {
              id: 'tokens',
              label: t('score.tokensTab'),
              content: <TokenView run={run} selected={selected} onSelect={setSelected} />,
            },
          ]}
          value={tab}
          onChange={setTab}
        />
      </div>
      {selected === null ? (
        <RunInspector
          run={run}
          isBusy={isBusy}
          criterion={criterion}
          compared={compared}
          model={model}
          scoring={scoring}
        />
      ) : (
        <ExpertInspector
          runIds={compared.run === undefined ? [run.id] : [run.id, compared.run.id]}
          cell={selected}
          seed={0}
          tokens={usualTokens(compared.run === undefined ? [run] : [run, compared.run])}
          backLabel={t('score.backToRun')}
          onBack={() => setSelected(null)}
        />
      )}
    </>
  );
}

type RunMapProps = Pick<RunScoresProps, 'run' | 'isBusy'> & {
  readonly criterion: Criterion;
  readonly onCriterion: (criterion: Criterion) => void;
  readonly selected: Cell | null;
  readonly onSelect: (cell: Cell) => void;
  readonly compared: ComparedRun;
};

const NO_CELLS: readonly Cell[] = [];

function RunMap({ run, isBusy, criterion, onCriterion, selected, onSelect, compared }: RunMapProps): ReactNode {
  const { t } = useTranslation();
  const own = useCall('runs.scores', scoresOf(run, criterion), { keepPrevious: true });
  const other = useCall('runs.scores', scoresOf(compared.run ?? run, criterion), { keepPrevious: true });
  const describe = useDescriptions(own.data === undefined ? null : run.id);
  const children = useMemo(
    () => <CriterionSelect value={criterion} onChange={onCriterion} />,
    [criterion, onCriterion],
  );
  if (own.error !== null) return <ErrorPanel error={own.error.toData()} />;
  if (own.data === undefined) return <Skeleton height="100%" />;
  const { nLayers, nExpert, moeLayers, scores } = own.data;
  return (
    <ExpertMap
      label={t('score.mapLabel', { domain: run.domain, model: run.modelName })}
      fileName={`${run.modelName}-${run.domain}-${criterion}`}
      nLayers={nLayers}
      nExpert={nExpert}
      moeLayers={moeLayers}
      scores={scores}
      describe={describe}
      selected={selected}
      other={compared.run === undefined ? null : (other.data?.scores ?? null)}
      kept={null}
      pins={NO_CELLS}
      drops={NO_CELLS}
      busy={isBusy}
      onActivate={onSelect}
    >
      {children}
    </ExpertMap>
  );
}
