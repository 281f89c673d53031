// What is free changes from hour to hour, and with it an automatic placement. A run that began is resumed, and a finished
// one found again, where its model lay then, as long as it may lie there now.
import { z } from 'zod';
import { repackSchema } from '../../../contract/repack.ts';
import type { Placement } from '../../../contract/requests.ts';
import type { MachineSnapshot } from './machine-snapshot.ts';
import type { ModelShape } from './model-shape.ts';
import { isSamePlace, placeModel, withRepack, type Placed, type PlacedModel } from './place-model.ts';
import type { Need } from './workload.ts';

/** From what takes the least memory to what takes the most. */
const REPACKS = repackSchema.options.toReversed();

/** As runs store where their model lay. */
export const placedModelSchema = z.object({
  devices: z.array(z.string()),
  gpuLayers: z.int(),
  cpuExpertLayers: z.int(),
  repack: repackSchema,
});

/**
 * @param earlier where the model of earlier runs of the same lay, newest first
 * @returns where the newest of them lay that may lie there now, or where the model would be placed now
 */
export function placeAsBefore(
  shape: ModelShape,
  snapshot: MachineSnapshot,
  wishes: Pick<Placement, 'gpuLayers' | 'cpuExpertLayers' | 'rpc'>,
  need: Need,
  earlier: readonly PlacedModel[],
): Placed {
  const now = placeModel(shape, snapshot, wishes, need);
  for (const before of earlier) {
    if (isSame(before, now.settled)) return now;
    if (!isAskedFor(before, wishes, now.settled)) continue;
    const { gpuLayers, cpuExpertLayers, repack } = before;
    const again = placeModel(shape, snapshot, { ...wishes, gpuLayers, cpuExpertLayers }, need);
    if (!again.fits || REPACKS.indexOf(repack) > REPACKS.indexOf(again.settled.repack)) continue;
    return withRepack(shape, again, repack);
  }
  return now;
}

function isSame(a: PlacedModel, b: PlacedModel): boolean {
  return a.repack === b.repack && isSamePlace(a, b);
}

/** Numbers that the user gives are kept to; whether a GPU is used at all, the user says too. */
function isAskedFor(
  before: PlacedModel,
  wishes: Pick<Placement, 'gpuLayers' | 'cpuExpertLayers'>,
  now: PlacedModel,
): boolean {
  return (
    before.devices.join() === now.devices.join() &&
    (wishes.gpuLayers === 'auto' || before.gpuLayers === now.gpuLayers) &&
    (wishes.cpuExpertLayers === 'auto' || before.cpuExpertLayers === now.cpuExpertLayers)
  );
}
