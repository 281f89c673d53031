import { describe, expect, it } from 'vitest';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { freshDraft, cellMark, withMark } from '../../../renderer/screens/choose/draft.ts';

const run = { id: 1, moeLayers: [0, 1], nExpert: 8, nExpertUsed: 2 } as unknown as Run;
const pin = { layer: 1, expert: 3 };

const first = freshDraft([run], null);
const marked = { ...first, keep: { kind: 'count' as const, count: 5 }, pins: [pin] };

describe('the first choice from runs', () => {
  it('begins with half of the experts', () => {
    expect(first).toMatchObject({ runIds: [1], keep: { kind: 'count', count: 4 }, pins: [], drops: [] });
  });

  it('keeps the number, but no pins, for other runs', () => {
    expect(freshDraft([{ ...run, id: 2 }], marked)).toMatchObject({
      runIds: [2],
      keep: { kind: 'count', count: 5 },
      pins: [],
    });
  });

  it('begins anew for a model without the pinned expert', () => {
    const smaller = { ...run, nExpert: 3 };
    expect(freshDraft([smaller], marked)).toMatchObject({ keep: { count: 2 }, pins: [] });
  });
});

describe('marks', () => {
  it('come and go, one at most for each expert', () => {
    const pinned = withMark(first, 'pins', pin);
    expect(cellMark(pinned, pin)).toBe('pins');
    const dropped = withMark(pinned, 'drops', pin);
    expect([dropped.pins, dropped.drops]).toEqual([[], [pin]]);
    expect(withMark(dropped, 'drops', pin)).toEqual(first);
  });
});
