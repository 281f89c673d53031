import { describe, expect, it } from 'vitest';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { draftFor } from '../../../renderer/screens/choose/draft.ts';

const run = { moeLayers: [0, 1], nExpert: 8, nExpertUsed: 2 } as unknown as Run;
const EMPTY = { draft: null, selectionId: null, past: [] };
const pin = { layer: 1, expert: 3 };

const first = draftFor(EMPTY, run, [1], null);
const marked = { ...first, draft: { ...first.draft!, keep: { kind: 'count' as const, count: 5 }, pins: [pin] } };

describe('draftFor', () => {
  it('begins with half of the experts', () => {
    expect(first.draft).toMatchObject({ runIds: [1], keep: { kind: 'count', count: 4 }, pins: [], drops: [] });
  });

  it('leaves the choice as it is while its runs stay', () => {
    expect(draftFor(marked, run, [1], null)).toBe(marked);
  });

  it('keeps number and pins when a run joins, and asks for its weight', () => {
    const weighted = { ...marked, draft: { ...marked.draft, mix: [2] } };
    expect(draftFor(weighted, run, [1, 2], null).draft).toMatchObject({ runIds: [1, 2], mix: [1, 1], pins: [pin] });
  });

  it('keeps the number, but no pins, for other runs', () => {
    const { draft } = draftFor(marked, run, [2], null);
    expect(draft).toMatchObject({ runIds: [2], keep: { kind: 'count', count: 5 }, pins: [] });
  });

  it('begins anew for a model without the pinned expert', () => {
    const smaller = { ...run, nExpert: 3 };
    expect(draftFor(marked, smaller, [3], null).draft).toMatchObject({ keep: { count: 2 }, pins: [] });
  });
});
