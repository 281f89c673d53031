// What is free changes from hour to hour, and with it an automatic placement. A run that began is gone on with, and a
// finished one found again, where its model lay then, as long as it may lie there now.
import { z } from 'zod';
import type { Backend } from '../backend/backend.ts';
import { loadPlanOf, planModel, type LoadPlan, type PlacedInfo, type PlacedModel } from './place-model.ts';
import { settledPlacement } from './machine-split.ts';
import type { Need } from './workload.ts';
import type { Placement } from '../../contract/requests.ts';
import type { ModelShape } from './model-shape.ts';
import { settingsHash, type ScoreRun } from '../store/score-runs.ts';

/** From what takes the least memory to what takes the most. */
const REPACKS = ['none', 'others', 'all'] as const satisfies readonly PlacedModel['repack'][];

const storedSettings = z.looseObject({
  placement: z.object({
    devices: z.array(z.string()),
    gpuLayers: z.int(),
    cpuExpertLayers: z.int(),
    repack: z.enum(REPACKS),
  }),
});

/** Settings that a batch or a placement have no part in. */
const CHOSEN = ['placement', 'nUbatch', 'nSlice', 'kvType', 'mask'] as const;

export type KeptPlacement = {
  readonly info: PlacedInfo;
  readonly shape: ModelShape;
  readonly need: Need;
  readonly placement: Placement;
  /** Of the same model and demos, newest first. */
  readonly runs: readonly Pick<ScoreRun, 'settings'>[];
  /** Of the run that is to be scored, without what is chosen by what is free. */
  readonly settings: Readonly<Record<string, unknown>>;
};

/**
 * @returns where the model of the newest such run lay, or where it would be placed now
 * @throws WinnowError as planModel
 */
export async function placeAsBefore(kept: KeptPlacement, backend: Backend): Promise<LoadPlan> {
  const { info, shape, need, placement, settings } = kept;
  const now = loadPlanOf(await planModel(info, placement, backend, { shape, need }));
  for (const run of kept.runs) {
    const stored = storedSettings.safeParse(run.settings);
    if (!stored.success || settingsHash(withoutChosen(stored.data)) !== settingsHash(settings)) continue;
    const before = stored.data.placement;
    if (settingsHash(before) === settingsHash(settledPlacement(now, placement))) return now;
    if (!isAskedFor(before, placement, now)) continue;
    const { gpuLayers, cpuExpertLayers } = before;
    const plan = await planModel(info, { ...placement, gpuLayers, cpuExpertLayers }, backend, { shape, need });
    if (!plan.fits || REPACKS.indexOf(before.repack) > REPACKS.indexOf(plan.repack)) continue;
    return { ...loadPlanOf(plan), repack: before.repack };
  }
  return now;
}

function withoutChosen(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !CHOSEN.some((chosen) => chosen === key)));
}

/** Numbers that the user gives are kept to; whether a GPU is used at all, the user says too. */
function isAskedFor(before: PlacedModel, asked: Placement, now: LoadPlan): boolean {
  return (
    before.devices.join() === now.devices.join() &&
    (asked.gpuLayers === 'auto' || before.gpuLayers === now.gpuLayers) &&
    (asked.cpuExpertLayers === 'auto' || before.cpuExpertLayers === now.cpuExpertLayers)
  );
}
