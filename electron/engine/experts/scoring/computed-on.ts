// Where a run is computed, named so that it can be compared with another one, of another process.
import { z } from 'zod';
import type { ScoringPlan } from '../../models/placement/estimate.ts';
import { isSamePlace } from '../../models/placement/place-model.ts';

const computedOnSchema = z.object({
  /** A worker numbers machines in the order in which it comes to know them: here each is its HOST:PORT. */
  devices: z.array(z.string()),
  gpuLayers: z.int(),
  cpuExpertLayers: z.int(),
});
type ComputedOn = z.infer<typeof computedOnSchema>;

/** Unlike a run's settings, machines included. */
export function computedOn({ load, snapshot: { machines } }: Pick<ScoringPlan, 'load' | 'snapshot'>): ComputedOn {
  const { gpuLayers, cpuExpertLayers } = load;
  const devices = load.devices.map((name) => machines.find((machine) => machine.name === name)?.label ?? name);
  return { devices, gpuLayers, cpuExpertLayers };
}

/** @param stored of a run; null: not known */
export function isComputedOn(stored: unknown, here: ComputedOn): boolean {
  const { data } = computedOnSchema.safeParse(stored);
  return data !== undefined && isSamePlace(data, here);
}
