// The results of a run: the picture of its experts, and on the right the run or one expert.
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { usualTokens } from '../../../electron/contract/token-classes.ts';
import { CriterionSelect } from '../../experts/criterion-select.tsx';
import { ExpertInspector } from '../../experts/expert-inspector.tsx';
import { ExpertMap } from '../../experts/expert-map.tsx';
import { useSelectedExpert } from '../../experts/selected-expert.ts';
import type { Cell } from '../../heatmap/types.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { Skeleton } from '../../kit/skeleton.tsx';
import { useCall } from '../../state/calls.ts';
import { useViewState } from '../../state/settings.ts';
import { RunInspector } from './run-inspector.tsx';
import { CRITERION_VIEW, scoresOf } from './run-view.ts';
import styles from './score.module.css';
import type { Scoring } from './use-scoring.ts';

type RunScoresProps = {
  readonly run: Run;
  /** Demos are still being scored. */
  readonly isBusy: boolean;
  readonly model: ModelEntry | null;
  readonly scoring: Scoring;
};

const NO_CELLS: readonly Cell[] = [];

export function RunScores({ run, isBusy, model, scoring }: RunScoresProps): ReactNode {
  const { t } = useTranslation();
  const [criterion, setCriterion] = useViewState(...CRITERION_VIEW);
  const [selected, setSelected] = useSelectedExpert(run);
  const { data, error } = useCall('runs.scores', scoresOf(run, criterion), { keepPrevious: true });
  const controls = useMemo(
    () => <CriterionSelect value={criterion} onChange={setCriterion} />,
    [criterion, setCriterion],
  );
  return (
    <>
      <div className={styles.map}>
        {error !== null && <ErrorPanel error={error.toData()} />}
        {error === null && data === undefined && <Skeleton height="100%" />}
        {error === null && data !== undefined && (
          <ExpertMap
            label={t('score.mapLabel', { domain: run.domain, model: run.modelName })}
            nLayers={data.nLayers}
            nExpert={data.nExpert}
            moeLayers={data.moeLayers}
            scores={data.scores}
            selected={selected}
            kept={null}
            pins={NO_CELLS}
            drops={NO_CELLS}
            busy={isBusy}
            onActivate={setSelected}
          >
            {controls}
          </ExpertMap>
        )}
      </div>
      {selected === null ? (
        <RunInspector run={run} isBusy={isBusy} criterion={criterion} model={model} scoring={scoring} />
      ) : (
        <ExpertInspector
          runIds={[run.id]}
          cell={selected}
          seed={0}
          tokens={usualTokens([run])}
          backLabel={t('score.backToRun')}
          onBack={() => setSelected(null)}
        />
      )}
    </>
  );
}
