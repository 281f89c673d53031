import { describe, expect, it } from 'vitest';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import { selectionItself } from '../../../renderer/experts/selection-variant.ts';
import { measuredAt } from '../../../renderer/screens/choose/measured-at.ts';
import { FILE, figure, fullMeasured, measured } from './proof.ts';

const selection = {
  id: 5,
  keep: 16,
  nExpert: 32,
  criterion: 'easy-ep',
  domains: ['python'],
  request: { mix: 'shares' },
} as unknown as Selection;
const wanted = { keep: 16, nExpert: 32, domains: ['python'], criterion: 'easy-ep', mix: 'shares' } as const;
const at = (keep: number, ...rows: ReturnType<typeof measured>[]) =>
  measuredAt({ ...wanted, keep }, rows, [selection])?.value;

describe('measured at a count', () => {
  it('is what the selection lost in its domain', () => {
    expect(at(16, fullMeasured(), measured())).toBe(1.25);
    expect(at(8, fullMeasured(), measured())).toBeUndefined();
    expect(at(16, measured({ inDomain: false }))).toBeUndefined();
  });

  it('is also that of the selection with another count, and of a written file', () => {
    const quarter = measured({ variant: { ...selectionItself(5), keep: 8 }, keep: 8, ratio: figure(2) });
    expect(at(8, quarter, measured())).toBe(2);
    expect(at(16, measured({ variant: { kind: 'model', modelId: FILE }, ratio: figure(1.5) }))).toBe(1.5);
  });

  it('is not that of another criterion, other domains, or another mix of them', () => {
    const other = measured({ variant: { ...selectionItself(5), criterion: 'random' } });
    expect(at(16, other)).toBeUndefined();
    expect(measuredAt({ ...wanted, criterion: 'random' }, [other], [selection])?.value).toBe(1.25);
    expect(measuredAt({ ...wanted, domains: ['python', 'math'] }, [measured()], [selection])).toBeNull();
    const both = { ...selection, domains: ['math', 'python'] };
    expect(measuredAt({ ...wanted, domains: ['python', 'math'] }, [measured()], [both])?.value).toBe(1.25);
    expect(measuredAt({ ...wanted, domains: ['python', 'math'], mix: 'max-min' }, [measured()], [both])).toBeNull();
  });

  it('takes the newest measurement, of all its texts', () => {
    const rows = [
      measured({ id: 9, ratio: figure(1.1, 0.01) }),
      measured({ id: 8, textId: 2, ratio: figure(1.3, 0.01) }),
      measured({ id: 7, ratio: figure(9) }),
      measured({ id: 6, ctx: 256, textId: 3, ratio: figure(9) }),
    ];
    expect(at(16, ...rows)).toBeCloseTo(Math.sqrt(1.1 * 1.3));
  });

  it('knows the count of old rows by their selection, and nothing of a selection that is gone', () => {
    expect(at(16, measured({ keep: null, nExpert: null }))).toBe(1.25);
    expect(at(16, measured({ ratio: null }))).toBeUndefined();
    expect(measuredAt(wanted, [measured({ selectionId: 6 })], [selection])).toBeNull();
  });
});
