import { describe, expect, it } from 'vitest';
import { afterChoice, EMPTY_TRAIL } from '../../../renderer/state/trail-choice.ts';

const trail = { modelId: 'aaaaaaaaaaaaaaaa', domainId: 1, runIds: [3], selectionId: 5, exportId: 7 };

describe('choosing', () => {
  it('forgets what came of another choice', () => {
    expect(afterChoice(trail, { modelId: 'bbbbbbbbbbbbbbbb' })).toEqual({
      ...EMPTY_TRAIL,
      modelId: 'bbbbbbbbbbbbbbbb',
      domainId: 1,
    });
    expect(afterChoice(trail, { runIds: [4] })).toEqual({ ...trail, runIds: [4], selectionId: null, exportId: null });
    expect(afterChoice(trail, { selectionId: 6 })).toEqual({ ...trail, selectionId: 6, exportId: null });
  });

  it('forgets nothing when the same is chosen again', () => {
    expect(afterChoice(trail, { modelId: trail.modelId, runIds: [3] })).toEqual(trail);
  });

  it('keeps what is named with it', () => {
    expect(afterChoice(trail, { runIds: [4], selectionId: 9 })).toEqual({
      ...trail,
      runIds: [4],
      selectionId: 9,
      exportId: null,
    });
  });
});
