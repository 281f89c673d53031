// What older versions stored is still read.
import { expect, test } from 'vitest';
import { ALL_EXPERT_LAYERS, placementSchema } from '../../../electron/contract/requests.ts';

const old = { gpu: 'auto', gpuLayers: 'auto', threads: 4 } as const;

test.each([
  { stored: { ...old, expertsOnCpu: true }, layers: ALL_EXPERT_LAYERS },
  { stored: { ...old, expertsOnCpu: false }, layers: 'auto' },
  { stored: old, layers: 'auto' },
  { stored: { ...old, cpuExpertLayers: 3 }, layers: 3 },
  { stored: { ...old, cpuExpertLayers: 0, expertsOnCpu: true }, layers: 0 },
])('a placement stored as $stored', ({ stored, layers }) => {
  const placement = placementSchema.parse(stored);
  expect(placement).toEqual({ ...old, cpuExpertLayers: layers, rpc: [] });
  expect(placementSchema.parse(placement)).toEqual(placement);
});
