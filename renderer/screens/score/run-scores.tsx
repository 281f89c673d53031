// The results of a run: the picture of its experts, and on the right how the next one is made.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { Heatmap } from '../../heatmap/heatmap.tsx';
import type { Cell } from '../../heatmap/types.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { Skeleton } from '../../kit/skeleton.tsx';
import { useCall } from '../../state/calls.ts';
import { RunInspector } from './run-inspector.tsx';
import { runParams } from './run-view.ts';
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
  const { data, error } = useCall('runs.scores', runParams(run), { keepPrevious: true });
  return (
    <>
      <div className={styles.map}>
        {error !== null && <ErrorPanel error={error.toData()} />}
        {error === null && data === undefined && <Skeleton height="100%" />}
        {error === null && data !== undefined && (
          <Heatmap
            label={t('score.mapLabel', { domain: run.domain, model: run.modelName })}
            nLayers={data.nLayers}
            nExpert={data.nExpert}
            moeLayers={data.moeLayers}
            scores={data.scores}
            kept={null}
            retained={null}
            pins={NO_CELLS}
            drops={NO_CELLS}
            busy={isBusy}
          />
        )}
      </div>
      {!isBusy && model?.state === 'ready' && <RunInspector scoring={scoring} />}
    </>
  );
}
