import { expect, test } from 'vitest';
import { matchModel, samenessSaid } from '../../../electron/engine/models/sameness.ts';
import { MODEL as TINY } from '../store/tiny-run.ts';

const MODEL = { ...TINY, fileType: 'F16', fingerprint: 'f', kindred: 'k' };

test.each([
  [{ fingerprint: 'f', kindred: 'k' }, 'bytes'],
  [{ fingerprint: 'f' }, 'bytes'],
  [{ fingerprint: 'g', kindred: 'k' }, 'kindred'],
  [{ fingerprint: 'g', kindred: 'l' }, null],
  [{ fingerprint: 'g' }, null],
] as const)('made for %o', (made, sameness) => {
  expect(matchModel(made, MODEL)).toBe(sameness);
});

test('nothing that is unproven goes without a word', () => {
  const said = (fileType: string, sameness: Parameters<typeof samenessSaid>[1]): string | undefined =>
    samenessSaid({ file: 'q.gguf', fileType }, sameness, MODEL)?.code;
  expect(said('F16', 'bytes')).toBeUndefined();
  expect(said('Q8_0', 'kindred')).toBe('madeForKindred');
  expect(said('F16', 'kindred')).toBe('madeForOtherBytes');
});
