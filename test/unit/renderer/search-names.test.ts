import { expect, test } from 'vitest';
import { isNamedTwice } from '../../../renderer/screens/runs/search-names.ts';

const search = (jobId: number, domain: string, modelId: string | null = 'a') => ({ jobId, domain, modelId });

test('only searches of one model for the same work have to be told apart', () => {
  const searches = [search(1, 'math'), search(2, 'python'), search(3, 'math'), search(4, 'math', 'b')];
  const twice = searches.filter((one) => isNamedTwice(one, searches, ({ domain }) => domain));
  expect(twice.map(({ jobId }) => jobId)).toEqual([1, 3]);
});
