// Which runs say their number wherever one is chosen.
import { expect, test } from 'vitest';
import { isNamedAlone } from '../../../renderer/state/run-name.ts';

const run = (id: number, domain = 'math', scoredDemos = 36, modelId = 'a') => ({ id, domain, scoredDemos, modelId });

test('two of one model, demo set and number of demos are told apart, others need not be', () => {
  expect(isNamedAlone(run(1), [run(1), run(2)])).toBe(false);
  expect(isNamedAlone(run(2), [run(1), run(2)])).toBe(false);
  expect(isNamedAlone(run(1), [run(1)])).toBe(true);
  expect(isNamedAlone(run(1), [run(1), run(2, 'french'), run(3, 'math', 12), run(4, 'math', 36, 'b')])).toBe(true);
});
