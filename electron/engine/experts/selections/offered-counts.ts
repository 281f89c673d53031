// Numbers of experts that are offered before anything is chosen: shares of all experts, and as many as fit this machine.
import type { FreeMemory } from '../../../contract/api/library.ts';
import type { CallParams, CallResult } from '../../../contract/api.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { roomFor } from '../../models/library/memory-fit.ts';
import { maskOfRun } from '../runs/run-mask.ts';
import { requireOneModel, requireRun } from '../runs/stored-run.ts';
import { memoryBytes } from '../../models/placement/budget.ts';
import { countToKeep, prunedBytes } from '../selection/choose-experts.ts';
import { keepSteps } from '../selection/keep-steps.ts';
import { oneMask } from '../selection/scored-under.ts';
import type { Store } from '../../store/database.ts';
import type { ChooserTools } from './scores-of-runs.ts';

type Limits = CallParams<'selections.steps'>;

/** @throws WinnowError USAGE: a run was deleted, or they belong to different models; SCORES_INVALID: they were made under different masks */
export function offeredSteps(store: Store, choice: Limits): CallResult<'selections.steps'> {
  const { model, scoredUnder } = scored(store, choice.runIds);
  return keepSteps(model.info, model.info.moeLayers.length, choice, scoredUnder).map(({ share, keep }) => ({
    share,
    keep,
    bytes: keep === null ? null : prunedBytes(model.info, keep),
  }));
}

/**
 * The most experts with which the model fits this machine without being tight: its GPU if that holds a possible choice,
 * otherwise all memory together.
 * @param ctx tokens
 * @throws WinnowError as `offeredSteps`; FILE_NOT_FOUND: the model is not here
 */
export async function fittingCount(
  store: Store,
  { ctx, ...choice }: Limits & { readonly ctx: number },
  memory: ChooserTools['memory'],
  machine: FreeMemory,
): Promise<CallResult<'selections.fit'>> {
  const { model, scoredUnder } = scored(store, choice.runIds);
  const facts = await memory(model, ctx);
  const fitInto = async (place: 'vram' | 'memory', roomBytes: number): Promise<CallResult<'selections.fit'>> => {
    const room = { place, roomBytes, ctx: facts.ctx };
    if (memoryBytes(facts, facts.nExpert) <= roomBytes) return { ...room, fits: 'all', keep: null, bytes: null };
    try {
      const wanted = { ...choice, keep: { kind: 'fit', bytes: roomBytes, ctx } } as const;
      const keep = await countToKeep(wanted, model.info, () => facts, scoredUnder);
      return { ...room, fits: 'some', keep, bytes: prunedBytes(model.info, keep) };
    } catch (error) {
      if (!(error instanceof WinnowError && error.code === 'SELECTION_IMPOSSIBLE')) throw error;
      return { ...room, fits: 'none', keep: null, bytes: null };
    }
  };
  const room = roomFor(machine);
  const inVram = room.vram === null ? null : await fitInto('vram', room.vram);
  return inVram === null || inVram.fits === 'none' ? fitInto('memory', room.memory) : inVram;
}

function scored(store: Store, runIds: readonly number[]) {
  const runs = runIds.map((runId) => requireRun(store, runId));
  const scorings = runs.map(({ run: { domain, settings } }) => ({
    domain,
    scoredUnder: maskOfRun(settings)?.kept ?? null,
  }));
  return { model: requireOneModel(runs), scoredUnder: oneMask(scorings) };
}
