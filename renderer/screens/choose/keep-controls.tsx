// How many experts stay: a number, or as many as fit into a memory size.
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { sizeTextAbove } from '../../../electron/contract/size-text.ts';
import { classNames } from '../../kit/class-names.ts';
import { memoryOfText } from '../../memory/memory-text.ts';
import { NumberField } from '../../kit/number-field.tsx';
import kit from '../../kit/primitives.module.css';
import { Segmented } from '../../kit/segmented.tsx';
import { Slider } from '../../kit/slider.tsx';
import { TextField } from '../../kit/text-field.tsx';
import { askAhead, useCall } from '../../state/calls.ts';
import { useContextLength } from '../../state/settings.ts';
import styles from './choose.module.css';
import { changeDraft, moveKeep } from './change-draft.ts';
import type { Draft } from './draft.ts';

type KeepControlsProps = {
  readonly draft: Draft;
  readonly run: Run;
  /** The resulting number, for switching from a memory size back to a number. */
  readonly keep: number | undefined;
};

export function KeepControls({ draft, run, keep }: KeepControlsProps): ReactNode {
  const { t } = useTranslation();
  const ctx = useContextLength();
  const mode = draft.keep.kind === 'fit' ? 'fit' : 'count';
  const count = draft.keep.kind === 'count' ? draft.keep.count : (keep ?? run.nExpert);
  const params = { modelId: run.modelId ?? '', ctx, keep: count };
  useCall('library.memory', params, { enabled: run.modelId !== null });
  // the other way to express the same number; right after a change, its memory is not known yet
  const setMode = async (next: 'count' | 'fit'): Promise<void> => {
    if (next === 'count') changeDraft({ keep: { kind: 'count', count } });
    if (next === 'count' || run.modelId === null) return;
    const memory = await askAhead('library.memory', params);
    if (!memory?.pruned) return;
    const { weightsBytes, kvBytes, computeBytes } = memory.pruned;
    changeDraft({ keep: { kind: 'fit', bytes: Math.ceil(weightsBytes + kvBytes + computeBytes), ctx: memory.ctx } });
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
        onChange={(next) => void setMode(next)}
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
      <MemoryField bytes={keep.bytes} onChange={(bytes) => changeDraft({ keep: { ...keep, bytes } })} />
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

type MemoryFieldProps = { readonly bytes: number; readonly onChange: (bytes: number) => void };

/** The value is taken on leaving the field, or on Enter. */
function MemoryField({ bytes, onChange }: MemoryFieldProps): ReactNode {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<string | null>(null);
  const read = typed === null ? bytes : memoryOfText(typed);
  const take = (): void => {
    if (read === null) return;
    if (read !== bytes) onChange(read);
    setTyped(null);
  };
  return (
    <TextField
      label={t('choose.memory')}
      value={typed ?? sizeTextAbove(bytes)}
      onChange={setTyped}
      onBlur={take}
      onKeyDown={({ key }) => {
        if (key === 'Enter') take();
      }}
      error={read === null ? t('fit.memoryNoSize') : null}
    />
  );
}
