import { describe, expect, it } from 'vitest';
import { runChooser } from '../../../renderer/screens/score/started-run.ts';
import { EMPTY_TRAIL } from '../../../renderer/state/trail-choice.ts';

const started = { jobId: 7, modelId: 'aaaaaaaaaaaaaaaa', domainId: 1 };
const trail = { ...EMPTY_TRAIL, modelId: started.modelId, domainId: 1 };

describe('the run of a scoring that was started', () => {
  it('is chosen as soon as there is one, and never again', () => {
    const choose = runChooser(started);
    expect(choose({ runId: null }, trail)).toBeNull();
    expect(choose({ runId: 3 }, trail)).toBe(3);
    expect(choose({ runId: 3 }, trail)).toBeNull();
  });

  it('gives way to the next round’s, unless the user has chosen another one', () => {
    const choose = runChooser(started);
    expect(choose({ runId: 3 }, trail)).toBe(3);
    expect(choose({ runId: 4 }, { ...trail, runIds: [3] })).toBe(4);
    expect(choose({ runId: 5 }, { ...trail, runIds: [1, 4] })).toBeNull();
    expect(choose({ runId: 6 }, { ...trail, runIds: [1] })).toBeNull();
  });

  it('is not chosen for another model or demo set', () => {
    const choose = runChooser(started);
    expect(choose({ runId: 3 }, { ...trail, domainId: 2 })).toBeNull();
    expect(choose({ runId: 3 }, { ...trail, modelId: 'bbbbbbbbbbbbbbbb' })).toBeNull();
  });
});
