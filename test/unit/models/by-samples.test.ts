import { expect, test } from 'vitest';
import { inEnglish } from '../../../electron/contract/sentences.ts';
import { bySamplesSaid, isBySamples, isRunBySamples } from '../../../electron/engine/models/by-samples.ts';

test('what says nothing of its model in other types comes from an earlier version', () => {
  expect([isBySamples({}), isBySamples({ kindred: 'k' })]).toEqual([true, false]);
});

test.each([
  [{ version: 3 }, true],
  [{ version: 4 }, false],
  [{ version: 5 }, false],
  [{}, true],
  [null, true],
  [{ version: 'x' }, true],
])('a run with the settings %j: %s', (settings, isIt) => {
  expect(isRunBySamples(settings)).toBe(isIt);
});

test.each([
  [{ kind: 'made', file: 'q8.gguf' } as const, /^This was made for q8\.gguf\. .* Making it again would prove it\.$/],
  [{ kind: 'scored' } as const, /scored before\. .* the demos are scored again\.$/],
  [{ kind: 'chosen' } as const, /chosen before\. .* is measured again\.$/],
])('%o: one sentence says what is not proven, and what follows', (what, words) => {
  const said = inEnglish(bySamplesSaid(what, { path: '/m.gguf' }));
  expect(said).toMatch(words);
  expect(said).toContain('/m.gguf has the same samples, but it is not proven that nothing else was changed.');
});
