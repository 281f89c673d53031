import { expect, test } from 'vitest';
import { servedName } from '../../../electron/engine/endpoints/endpoint.ts';
import { MODEL } from '../store/tiny-run.ts';

const served = { info: { ...MODEL, nExpert: 8 }, routers: [], matrices: [] };
const kept = [
  [0, 2, 3],
  [1, 2, 4],
];

test('a preview does not bear the name of the full model', () => {
  expect(servedName('tiny', served)).toBe('tiny');
  expect(servedName('tiny', { ...served, kept })).toBe('tiny-3-of-8-experts');
  expect(servedName('tiny', { ...served, kept, activeExperts: 1 })).toBe('tiny-3-of-8-experts-1-active');
});
