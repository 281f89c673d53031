import { expect, test } from 'vitest';
import { sharedLayers } from '../../../electron/engine/models/placement/plan-placement.ts';

const GIB = 2 ** 30;

test.each([
  { devices: 64, ram: 32, layers: 40, why: 'in proportion to the memory' },
  { devices: 96, ram: 0, layers: 60, why: 'all, where nothing is free here' },
  { devices: 10, ram: 0, layers: 8, why: 'no more than their memory holds' },
  { devices: 0.5, ram: 32, layers: 0, why: 'none that would not fit' },
  { devices: 3, ram: 1000, layers: 1, why: 'one at least: they were asked for' },
])('$layers layers for $devices GiB elsewhere and $ram here: $why', ({ devices, ram, layers }) => {
  expect(sharedLayers(60 * GIB, 60, devices * GIB, ram * GIB)).toBe(layers);
});
