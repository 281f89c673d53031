import { describe, expect, it } from 'vitest';
import { heatmapCsv } from '../../../renderer/heatmap/heatmap-csv.ts';
import { modelOf } from './pictures.ts';

describe('heatmapCsv', () => {
  it('has a line for each cell by layer and expert, whatever the order of the columns', () => {
    const model = modelOf({
      rows: [
        [1, 3],
        [0, 0],
      ],
      kept: [[1], [0]],
      pins: [{ layer: 1, expert: 0 }],
      drops: [{ layer: 0, expert: 0 }],
      order: 'score',
    });
    expect(heatmapCsv(model, ({ expert }) => ({ count: 10 * expert, meanGate: 0.25, meanNorm: null }))).toBe(
      [
        'layer,block,expert,score,share,rank,kept,pinned,forbidden,count,mean_gate,mean_norm',
        '0,3,0,1,0.25,2,false,false,true,0,0.25,',
        '0,3,1,3,0.75,1,true,false,false,10,0.25,',
        '1,4,0,,,,true,true,false,0,0.25,',
        '1,4,1,,,,false,false,false,10,0.25,',
        '',
      ].join('\n'),
    );
  });

  it('adds the second run, and leaves empty what is not chosen or not known', () => {
    const lines = heatmapCsv(modelOf({ rows: [[1, 3]], other: [[1, 1]] }), undefined).split('\n');
    expect(lines[0]).toMatch(/,other_score,other_share,other_rank$/);
    expect(lines[1]).toBe('0,3,0,1,0.25,2,,false,false,,,,1,0.5,1');
  });

  it('writes numbers and truth values, and nothing that a spreadsheet runs', () => {
    const model = modelOf({ rows: [[-1, 1e-300, NaN, -Infinity]], kept: [[0, 1]], drops: [{ layer: 0, expert: 2 }] });
    const [, ...lines] = heatmapCsv(model, () => ({ count: -0, meanGate: -1e300, meanNorm: null }))
      .trim()
      .split('\n');
    const cells = lines.flatMap((line) => line.split(','));
    expect(cells.filter((cell) => !/^(?:|true|false|NaN|-?Infinity|-?\d[\d.]*(?:e[+-]\d+)?)$/.test(cell))).toEqual([]);
  });

  it('writes numbers in full precision', () => {
    const score = 0.1 + 0.2;
    const line = heatmapCsv(modelOf({ rows: [[score, 1e-300]] }), undefined).split('\n')[1];
    expect(Number(line?.split(',')[3])).toBe(score);
  });
});
