// Where a run is computed, named so that it can be compared with a run of another process.
import { z } from 'zod';
import type { ScoringPlan } from '../../models/placement/estimate.ts';
import { isSamePlace } from '../../models/placement/place-model.ts';

const computedOnSchema = z.object({
  /** Devices, with HOST:PORT for machines: a worker only numbers them in the order in which they were added. */
  devices: z.array(z.string()),
  gpuLayers: z.int(),
  cpuExpertLayers: z.int(),
});
type ComputedOn = z.infer<typeof computedOnSchema>;

/** Where a plan computes; unlike a run's settings, this includes other machines. */
export function computedOn({ load, snapshot: { machines } }: Pick<ScoringPlan, 'load' | 'snapshot'>): ComputedOn {
  const { gpuLayers, cpuExpertLayers } = load;
  const devices = load.devices.map((name) => machines.find((machine) => machine.name === name)?.label ?? name);
  return { devices, gpuLayers, cpuExpertLayers };
}

/** Whether a stored run was computed here. @param stored of a run; null: not known */
export function isComputedOn(stored: unknown, here: ComputedOn): boolean {
  const { data } = computedOnSchema.safeParse(stored);
  return data !== undefined && isSamePlace(data, here);
}
