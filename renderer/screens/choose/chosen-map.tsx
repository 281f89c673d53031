// The picture of the choice, and on the right its meaning or the expert under the crosshair.
import { Redo2, Undo2, X } from 'lucide-react';
import { useDeferredValue, useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SelectionResult } from '../../../electron/contract/api/selections.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { Advanced } from '../../experts/advanced.tsx';
import { Heatmap } from '../../heatmap/heatmap.tsx';
import type { Cell } from '../../heatmap/types.ts';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { IconButton } from '../../kit/icon-button.tsx';
import { keyText } from '../../kit/key-names.ts';
import kit from '../../kit/primitives.module.css';
import { Skeleton } from '../../kit/skeleton.tsx';
import { useCall } from '../../state/calls.ts';
import styles from './choose.module.css';
import { ChoiceInspector } from './choice-inspector.tsx';
import { changeDraft, toggleMark } from './change-draft.ts';
import { scoreParams, type Draft } from './draft.ts';
import { ExpertInspector } from './expert-inspector.tsx';
import { REDO_KEYS, stepChoice, UNDO_KEYS, type Undoing } from './undoing.ts';

type ChosenMapProps = {
  readonly draft: Draft;
  readonly run: Run;
  readonly runs: readonly Run[];
  /** undefined: not known yet, or the choice is not possible. */
  readonly result: SelectionResult | undefined;
  readonly undoing: Undoing;
  /** Further controls, for advanced users. */
  readonly children: ReactNode;
};

export function ChosenMap({ draft, run, runs, result, undoing, children }: ChosenMapProps): ReactNode {
  const { t } = useTranslation();
  const [selected, setSelected] = useState<Cell | null>(null);
  const { data, error } = useCall('runs.scores', scoreParams(draft), { keepPrevious: true });
  const pins = useMemo(
    () => [...draft.pins, ...(result?.superExperts.filter(({ isPinned }) => isPinned) ?? [])],
    [draft.pins, result],
  );
  // the picture follows the hand at once, the text about it as soon as there is time
  const deferred = useDeferredValue(useMemo(() => ({ draft, result }), [draft, result]));
  if (error !== null) return <ErrorPanel error={error.toData()} />;
  if (data === undefined) return <Skeleton height="100%" />;
  const { nLayers, nExpert, moeLayers, scores } = data;
  return (
    <>
      <div className={classNames(kit.stack, styles.stage)}>
        <Heatmap
          label={t('choose.mapLabel', { model: run.modelName })}
          nLayers={nLayers}
          nExpert={nExpert}
          moeLayers={moeLayers}
          scores={scores}
          selected={selected}
          kept={result?.kept ?? null}
          retained={result?.retained ?? null}
          pins={pins}
          drops={draft.drops}
          onActivate={setSelected}
          onTogglePin={togglePin}
          onToggleDrop={toggleDrop}
        />
      </div>
      <div className={classNames(kit.row2, styles.end)}>
        <Marks draft={draft} />
        <Steps can={undoing.can} />
      </div>
      <Advanced>{children}</Advanced>
      {selected === null ? (
        <ChoiceInspector run={run} runs={runs} {...deferred} />
      ) : (
        <ExpertInspector draft={draft} result={result} data={data} cell={selected} onBack={() => setSelected(null)} />
      )}
    </>
  );
}

const togglePin = (cell: Cell): void => toggleMark('pins', cell);
const toggleDrop = (cell: Cell): void => toggleMark('drops', cell);

function Steps({ can }: Pick<Undoing, 'can'>): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={kit.row2}>
      <IconButton
        icon={Undo2}
        label={t('choose.undo')}
        keys={keyText(UNDO_KEYS[0])}
        isDisabled={!can.undo}
        onPress={() => stepChoice('undo')}
      />
      <IconButton
        icon={Redo2}
        label={t('choose.redo')}
        keys={keyText(REDO_KEYS[0])}
        isDisabled={!can.redo}
        onPress={() => stepChoice('redo')}
      />
    </div>
  );
}

function Marks({ draft: { pins, drops } }: { readonly draft: Draft }): ReactNode {
  const { t } = useTranslation();
  const isEmpty = pins.length + drops.length === 0;
  return (
    <div className={classNames(kit.chips, styles.marks)}>
      <span aria-live="polite">
        {isEmpty ? t('choose.marksHint') : t('choose.marks', { pins: pins.length, drops: drops.length })}
      </span>
      {!isEmpty && (
        <IconButton icon={X} label={t('choose.clear')} onPress={() => changeDraft({ pins: [], drops: [] })} />
      )}
    </div>
  );
}
