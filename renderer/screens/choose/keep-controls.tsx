// How many experts stay: a number, or as many as fit a memory size.
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { classNames } from '../../kit/class-names.ts';
import { NumberField } from '../../kit/number-field.tsx';
import kit from '../../kit/primitives.module.css';
import { Segmented } from '../../kit/segmented.tsx';
import { Slider } from '../../kit/slider.tsx';
import { useCall } from '../../state/calls.ts';
import { useContextLength } from '../../state/settings.ts';
import styles from './choose.module.css';
import { changeDraft, moveKeep } from './change-draft.ts';
import type { Draft } from './draft.ts';

const GIGABYTE = 1e9;
/** Where it is not known what is free here. */
const SOME_MEMORY = 8 * GIGABYTE;

type KeepControlsProps = {
  readonly draft: Draft;
  readonly run: Run;
  /** What came out, for switching from a memory size back to a number. */
  readonly keep: number | undefined;
};

export function KeepControls({ draft, run, keep }: KeepControlsProps): ReactNode {
  const { t } = useTranslation();
  const ctx = useContextLength();
  const { runIds, pins, drops, grouping } = draft;
  const room = useCall(
    'selections.fit',
    { runIds, pins, drops, grouping, ctx },
    { keepPrevious: true, isOfFiles: true },
  ).data;
  const mode = draft.keep.kind === 'fit' ? 'fit' : 'count';
  const count = draft.keep.kind === 'count' ? draft.keep.count : (keep ?? run.nExpert);
  const [countBefore, setCountBefore] = useState(count);
  const setMode = (next: 'count' | 'fit'): void => {
    if (next === mode) return;
    if (next === 'fit') {
      setCountBefore(count);
      changeDraft({ keep: { kind: 'fit', bytes: room?.roomBytes ?? SOME_MEMORY, ctx } });
    } else {
      // where all experts fit, the size has chosen nothing
      changeDraft({ keep: { kind: 'count', count: count < run.nExpert ? count : countBefore } });
    }
  };
  return (
    <div className={classNames(kit.chips, styles.keep)}>
      <Segmented
        label={t('choose.mode')}
        isLabelHidden
        segments={[
          { id: 'count', label: t('choose.byCount') },
          { id: 'fit', label: t('choose.byMemory') },
        ]}
        value={mode}
        onChange={setMode}
      />
      {draft.keep.kind === 'fit' ? (
        <FitFields keep={draft.keep} />
      ) : (
        <Slider
          label={t('choose.keep', { total: run.nExpert })}
          value={count}
          minValue={Math.max(1, run.nExpertUsed)}
          maxValue={run.nExpert}
          marks={[run.nExpert / 4, run.nExpert / 2, (3 * run.nExpert) / 4]}
          onChange={(next) => changeDraft({ keep: { kind: 'count', count: next } })}
          onMove={moveKeep}
        />
      )}
    </div>
  );
}

function FitFields({ keep }: { readonly keep: Extract<Draft['keep'], { kind: 'fit' }> }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={classNames(kit.chips, styles.fit)}>
      <NumberField
        label={t('choose.memory')}
        unit="GB"
        value={keep.bytes / GIGABYTE}
        minValue={0.001}
        formatOptions={{ maximumFractionDigits: 4 }}
        onChange={(size) => changeDraft({ keep: { ...keep, bytes: Math.round(size * GIGABYTE) } })}
      />
      <NumberField
        label={t('choose.context')}
        unit={t('choose.tokens')}
        value={keep.ctx}
        minValue={256}
        step={256}
        onChange={(ctx) => changeDraft({ keep: { ...keep, ctx } })}
      />
    </div>
  );
}
