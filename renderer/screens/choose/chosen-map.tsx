// The picture of the choice, and on the right its meaning or the expert under the crosshair.
import { Ban, Pin, Redo2, Undo2, X } from 'lucide-react';
import { useDeferredValue, useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SelectionResult } from '../../../electron/contract/api/selections.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { ExpertInspector } from '../../experts/expert-inspector.tsx';
import { ExpertMap } from '../../experts/expert-map.tsx';
import { useSelectedExpert } from '../../experts/selected-expert.ts';
import type { Cell } from '../../heatmap/types.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { IconButton } from '../../kit/icon-button.tsx';
import { keyText } from '../../kit/key-names.ts';
import kit from '../../kit/primitives.module.css';
import { Skeleton } from '../../kit/skeleton.tsx';
import { useCall } from '../../state/calls.ts';
import styles from './choose.module.css';
import { ChoiceInspector } from './choice-inspector.tsx';
import { changeDraft, moveKeep, toggleMark } from './change-draft.ts';
import { markOf, scoresOf, type Draft } from './draft.ts';
import { SuperExpertNote } from './super-experts.tsx';
import { REDO_KEYS, stepChoice, UNDO_KEYS, type Undoing } from './undoing.ts';

type ChosenMapProps = {
  readonly draft: Draft;
  readonly run: Run;
  readonly runs: readonly Run[];
  /** undefined: not known yet, or the choice is not possible. */
  readonly result: SelectionResult | undefined;
  /** The number of kept experts that the controls show; the result follows it. */
  readonly keep: number | undefined;
  readonly undoing: Undoing;
  /** Further controls, for advanced users. */
  readonly children: ReactNode;
};

export function ChosenMap({ draft, run, runs, result, keep, undoing, children }: ChosenMapProps): ReactNode {
  const { t } = useTranslation();
  const [selected, setSelected] = useSelectedExpert(run);
  const asked = scoresOf(draft);
  const { data, error } = useCall('runs.scores', asked, { keepPrevious: true });
  const onKeepChange = useMemo(() => {
    const setCount = (count: number): void => moveKeep(Math.max(run.nExpertUsed, count));
    return draft.keep.kind === 'count' ? setCount : undefined;
  }, [draft.keep.kind, run.nExpertUsed]);
  const pins = useMemo(
    () => [...draft.pins, ...(result?.superExperts.filter(({ isPinned }) => isPinned) ?? [])],
    [draft.pins, result],
  );
  // the picture follows the hand at once, the text about it as soon as there is time
  const deferred = useDeferredValue(useMemo(() => ({ draft, result, undoing }), [draft, result, undoing]));
  if (error !== null) return <ErrorPanel error={error.toData()} />;
  if (data === undefined) return <Skeleton height="100%" />;
  const { nLayers, nExpert, moeLayers, scores } = data;
  return (
    <>
      <ExpertMap
        label={t('choose.mapLabel', { model: run.modelName })}
        nLayers={nLayers}
        nExpert={nExpert}
        moeLayers={moeLayers}
        scores={scores}
        keep={keep}
        selected={selected}
        onKeepChange={onKeepChange}
        kept={result?.kept ?? null}
        pins={pins}
        drops={draft.drops}
        onActivate={setSelected}
        onTogglePin={togglePin}
        onToggleDrop={toggleDrop}
        end={
          <>
            <Marks draft={draft} />
            <Steps can={undoing.can} />
          </>
        }
      >
        {children}
      </ExpertMap>
      {selected === null ? (
        <ChoiceInspector run={run} runs={runs} {...deferred} />
      ) : (
        <ExpertInspector
          runIds={asked.runIds}
          cell={selected}
          seed={asked.seed}
          tokens={asked.tokens}
          backLabel={t('choose.backToChoice')}
          onBack={() => setSelected(null)}
        >
          <MarkButtons draft={draft} cell={selected} />
          {result && <SuperExpertNote found={result.superExperts} cell={selected} />}
        </ExpertInspector>
      )}
    </>
  );
}

const togglePin = (cell: Cell): void => toggleMark('pins', cell);
const toggleDrop = (cell: Cell): void => toggleMark('drops', cell);

function MarkButtons({ draft, cell }: { readonly draft: Draft; readonly cell: Cell }): ReactNode {
  const { t } = useTranslation();
  const mark = markOf(draft, cell);
  return (
    <>
      <Button size="small" icon={Pin} onPress={() => togglePin(cell)}>
        {t(mark === 'pins' ? 'choose.unpin' : 'choose.pin')}
      </Button>
      <Button size="small" icon={Ban} onPress={() => toggleDrop(cell)}>
        {t(mark === 'drops' ? 'choose.allow' : 'choose.drop')}
      </Button>
    </>
  );
}

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
