// What was asked for so far, and the engine's plan for it.
import { useState } from 'react';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import type { FitOfDomain, FitSearch } from '../../../electron/contract/api/fit.ts';
import type { MemoryFit, ModelEntry } from '../../../electron/contract/api/library.ts';
import { sizeTextBelow } from '../../../electron/contract/size-text.ts';
import { useSettled } from '../../kit/use-settled.ts';
import { needBytes } from '../../memory/memory-scale.ts';
import { memoryOfText } from '../../memory/memory-text.ts';
import { useCall } from '../../state/calls.ts';
import { useKeptState } from '../../state/kept-state.ts';
import { useContextLength } from '../../state/settings.ts';
import { useTypedMemory } from '../../state/typed-memory.ts';
import { firstParams } from './search.ts';

/** How long a text must stay unchanged before the engine is asked. */
const SETTLE_MS = 300;

/** What a size means: all that is in use while one chats, or the file alone. */
export const MEANINGS = ['use', 'file'] as const;
type Meaning = (typeof MEANINGS)[number];

export type Asked = ReturnType<typeof useAsked>;

// oxlint-disable-next-line typescript/explicit-module-boundary-types -- what it returns stands below
export function useAsked(model: ModelEntry, domain: Domain, last: FitSearch | null) {
  const mostCtx = model.details?.contextLength || Infinity;
  const usualCtx = Math.min(useContextLength(), mostCtx);
  const [typed, setTyped] = useTypedMemory(model.id);
  const [meaning, setMeaning] = useKeptState<Meaning>('new.meaning', 'use');
  const [changes, setChanges] = useState<Partial<FitOfDomain>>({});
  const ctx = changes.ctx ?? last?.ctx ?? usualCtx;
  const memory = useCall('library.memory', { modelId: model.id, ctx, keep: null }, { isOfFiles: true }).data;
  const text = typed ?? (last === null ? '' : sizeTextBelow(last.budgetBytes));
  const bytes = memoryOfText(text);
  const beside = meaning === 'use' ? 0 : memory && besideBytes(memory);
  const budgetBytes = bytes === null || beside === undefined ? null : bytes + beside;
  const first = firstParams({
    modelId: model.id,
    domainId: domain.id,
    last,
    ctx: usualCtx,
    budgetBytes: budgetBytes ?? 1,
    fileType: model.details?.fileType ?? 'unknown',
  });
  const params: FitOfDomain = { ...first, budgetBytes: budgetBytes ?? 1, ...changes };
  const settled = useSettled(budgetBytes, SETTLE_MS);
  const isFitting = memory !== undefined && budgetBytes !== null && needBytes(memory.full) <= budgetBytes;
  const plan = useCall(
    'fit.plan',
    { ...params, budgetBytes: settled ?? 1 },
    { enabled: settled !== null && !isFitting, keepPrevious: true },
  );
  return {
    memory,
    text,
    setTyped,
    meaning,
    setMeaning,
    /** In use, with a chat; null: what is typed is no size. */
    budgetBytes,
    /** The model as it is needs no more. */
    isFitting,
    mostCtx,
    params,
    change: (more: Partial<FitOfDomain>): void => setChanges({ ...changes, ...more }),
    plan: plan.data,
    error: plan.error,
    /** The plan is for earlier settings. */
    isOld: plan.isPlaceholderData || settled !== budgetBytes,
  };
}

/** What a chat needs beside the file, whatever the file's size. */
function besideBytes({ full: { kvBytes, computeBytes } }: MemoryFit): number {
  return kvBytes + computeBytes;
}

/** What half of the model would take, in the meaning of what is typed. */
export function halfOf(memory: MemoryFit, meaning: Meaning): number {
  return memory.full.weightsBytes / 2 + (meaning === 'use' ? besideBytes(memory) : 0);
}
