// Which written file a choice was changed from.
import { expect, test } from 'vitest';
import { changedFrom } from '../../../renderer/screens/choose/changed-from.ts';

const state = (id: number, parentId: number | null): { id: number; parentId: number | null; request: null } => ({
  id,
  parentId,
  request: null,
});
const file = (id: number, selectionId: number, modelId: string | null = 'm') =>
  ({ id, state: 'done', modelId, selectionId, displayPath: `${id}.gguf` }) as const;
const STATES = [state(3, 2), state(2, 1), state(1, null)];

test('the nearest one before it, the newest of that', () => {
  expect(changedFrom(3, STATES, [file(9, 1), file(8, 1)])).toEqual({ state: STATES[2], file: file(9, 1) });
  expect(changedFrom(3, STATES, [file(9, 1), file(8, 2)])).toEqual({ state: STATES[1], file: file(8, 2) });
});

test('none where it has its own, nothing was written, or what was is gone', () => {
  expect(changedFrom(3, STATES, [file(9, 3), file(8, 1)])).toBeNull();
  expect(changedFrom(3, STATES, [])).toBeNull();
  expect(changedFrom(3, STATES, [file(9, 1, null)])).toBeNull();
  expect(changedFrom(1, STATES, [file(9, 2)])).toBeNull();
  expect(changedFrom(7, STATES, [file(9, 1)])).toBeNull();
});
