// Free memory changes from hour to hour, and an automatic placement changes with it. To resume an unfinished run, and to find a
// finished one again, a model is placed where it lay then, as long as it still fits there.
import { z } from 'zod';
import { repackSchema } from '../../../contract/repack.ts';
import type { Placement } from '../../../contract/requests.ts';
import type { MachineSnapshot } from './machine-snapshot.ts';
import type { ModelShape } from './model-shape.ts';
import { isSamePlace, placeModel, withRepack, type Placed, type PlacedModel } from './place-model.ts';
import type { Need } from './workload.ts';

/** From the option that takes the least memory to the one that takes the most. */
const REPACKS = repackSchema.options.toReversed();

/** The form in which runs store where their model lay. */
export const placedModelSchema = z.object({
  devices: z.array(z.string()),
  gpuLayers: z.int(),
  cpuExpertLayers: z.int(),
  repack: repackSchema,
});

/**
 * @param earlier where the model lay in earlier runs of the same work, newest first
 * @returns the newest of these places that is still possible, or else where the model would be placed now
 */
export function placeAsBefore(
  shape: ModelShape,
  snapshot: MachineSnapshot,
  wishes: Placement,
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

/** Whether an earlier place agrees with the numbers that the user gave, and with the use of a GPU, which the user also decides. */
function isAskedFor(before: PlacedModel, wishes: Placement, now: PlacedModel): boolean {
  return (
    before.devices.join() === now.devices.join() &&
    (wishes.gpuLayers === 'auto' || before.gpuLayers === now.gpuLayers) &&
    (wishes.cpuExpertLayers === 'auto' || before.cpuExpertLayers === now.cpuExpertLayers)
  );
}
