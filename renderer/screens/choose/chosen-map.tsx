// The picture of the choice, and the expert under the crosshair.
import { Ban, Pin } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SelectionResult } from '../../../electron/contract/api/plans.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { errorToData } from '../../../electron/contract/errors.ts';
import { ExpertInspector } from '../../experts/expert-inspector.tsx';
import { ExpertMap } from '../../experts/expert-map.tsx';
import type { Cell } from '../../heatmap/types.ts';
import { Button } from '../../kit/button.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { Skeleton } from '../../kit/skeleton.tsx';
import { useCall } from '../../state/calls.ts';
import styles from './choose.module.css';
import { changeDraft, markOf, toggleMark, type Draft } from './draft.ts';

type ChosenMapProps = {
  readonly draft: Draft;
  readonly run: Run;
  readonly runs: readonly Run[];
  readonly result: SelectionResult | undefined;
};

export function ChosenMap({ draft, run, runs, result }: ChosenMapProps): ReactNode {
  const { t } = useTranslation();
  const [selected, setSelected] = useState<Cell | null>(null);
  const { runIds, criterion, mix, seed } = draft;
  const { data, error } = useCall('runs.scores', { runIds, criterion, mix, seed }, { keepPrevious: true });
  if (error !== null) return <ErrorPanel error={errorToData(error)} />;
  if (data === undefined) return <Skeleton height="100%" />;
  return (
    <>
      <ExpertMap
        label={t('choose.mapLabel', { model: run.modelName })}
        fileName={`${run.modelName}-${runs.map(({ domain }) => domain).join('+')}-${criterion}`}
        {...data}
        other={null}
        kept={result?.kept ?? null}
        pins={draft.pins}
        drops={draft.drops}
        keep={result?.keep}
        onKeepChange={
          draft.keep.kind === 'count'
            ? (count) => changeDraft({ keep: { kind: 'count', count: Math.max(run.nExpertUsed, count) } })
            : undefined
        }
        selected={selected}
        onActivate={setSelected}
        onTogglePin={(cell) => toggleMark('pins', cell)}
        onToggleDrop={(cell) => toggleMark('drops', cell)}
      />
      {selected !== null && (
        <ExpertInspector runIds={runIds} cell={selected} seed={seed}>
          <MarkButtons draft={draft} cell={selected} />
        </ExpertInspector>
      )}
    </>
  );
}

function MarkButtons({ draft, cell }: { readonly draft: Draft; readonly cell: Cell }): ReactNode {
  const { t } = useTranslation();
  const mark = markOf(draft, cell);
  return (
    <div className={styles.markButtons}>
      <Button size="small" icon={Pin} onPress={() => toggleMark('pins', cell)}>
        {t(mark === 'pins' ? 'choose.unpin' : 'choose.pin')}
      </Button>
      <Button size="small" icon={Ban} onPress={() => toggleMark('drops', cell)}>
        {t(mark === 'drops' ? 'choose.allow' : 'choose.drop')}
      </Button>
    </div>
  );
}
