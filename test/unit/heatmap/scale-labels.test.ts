import { describe, expect, it } from 'vitest';
import { scaleLabels } from '../../../renderer/heatmap/scale-labels.ts';
import { shareFormat } from '../../../renderer/heatmap/share-format.ts';
import { modelOf } from './pictures.ts';

const english = shareFormat('en');
const rows = [Array.from({ length: 64 }, (_, expert) => 1.2 ** expert)];
const other = [Array.from({ length: 64 }, (_, expert) => 1.2 ** (63 - expert))];

describe('scaleLabels', () => {
  it('name the ends and say when values lie beyond', () => {
    const labels = scaleLabels(modelOf({ rows }).scale, english);
    expect(labels[0]).toEqual({ position: 0, text: '0%' });
    expect(labels.at(-1)?.text).toMatch(/^≥ \d+%$/);
  });

  it.each(['share', 'log', 'rank'] as const)('do not run into each other on the %s scale', (scale) => {
    for (const mode of ['score', 'difference'] as const) {
      const labels = scaleLabels(modelOf({ rows, other, scale, mode }).scale, english);
      // A character takes at least 6 of the bar's 168 pixels.
      const length = (text: string): number => (text.length * 6) / 168;
      let end = -1;
      for (const { position, text } of labels) {
        const start = position === 0 ? 0 : position === 1 ? 1 - length(text) : position - length(text) / 2;
        expect(start).toBeGreaterThan(end);
        end = start + length(text);
      }
    }
  });

  it('write differences with their sign and factors as such', () => {
    const text = (scale: 'share' | 'log' | 'rank'): string | undefined =>
      scaleLabels(modelOf({ rows, other, scale, mode: 'difference' }).scale, english)[0]?.text;
    expect(text('share')).toMatch(/^(≤ )?−\d+%$/);
    expect(text('log')).toMatch(/^(≤ )?÷ [\d,]+$/);
    expect(text('rank')).toBe('−63');
  });
});

describe('shareFormat', () => {
  it('keeps three digits of small shares', () => {
    expect(english.share(1 / 384)).toBe('0.260%');
    expect(english.share(0.123456)).toBe('12.3%');
  });
});
