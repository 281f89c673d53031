import { describe, expect, it } from 'vitest';
import { afterChoice, EMPTY_TRAIL, withOrigin } from '../../../renderer/state/trail-choice.ts';

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

describe('runs that are chosen', () => {
  const of = (id: number, domain: string, modelId: string | null = 'aaaaaaaaaaaaaaaa') => ({ id, domain, modelId });
  const runs = [of(3, 'math'), of(4, 'support'), of(5, 'math', null), of(6, 'gone')];
  const domains = [
    { id: 1, name: 'support' },
    { id: 2, name: 'math' },
  ];
  const known = { runs, domains };

  it('bring along their model and their demo set, by whatever way they are chosen', () => {
    expect(withOrigin({ selectionId: 9, runIds: [3] }, known)).toEqual({
      modelId: 'aaaaaaaaaaaaaaaa',
      domainId: 2,
      runIds: [3],
      selectionId: 9,
    });
    expect(withOrigin({ runIds: [5] }, known)).toEqual({ domainId: 2, runIds: [5] });
  });

  it('never stand beside a demo set that they are not of', () => {
    expect(withOrigin({ runIds: [6] }, known)).toEqual({ modelId: 'aaaaaaaaaaaaaaaa', domainId: null, runIds: [6] });
    expect(withOrigin({ runIds: [3, 4] }, known)).toEqual({ modelId: 'aaaaaaaaaaaaaaaa', runIds: [3, 4] });
    expect(withOrigin({ exportId: 2 }, known)).toEqual({ exportId: 2 });
  });
});
