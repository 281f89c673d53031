import { describe, expect, it } from 'vitest';
import { css } from '../../../renderer/heatmap/colour.ts';
import { exportPicture } from '../../../renderer/heatmap/export-picture.ts';
import { heatmapSvg } from '../../../renderer/heatmap/heatmap-svg.ts';
import type { HeatmapModel } from '../../../renderer/heatmap/model.ts';
import { COLOURS, modelOf, TEXTS, THEME } from './pictures.ts';

function svgOf(model: HeatmapModel, label = 'Scores'): string {
  const picture = exportPicture({
    model,
    texts: TEXTS,
    theme: THEME,
    colours: COLOURS,
    label,
    scaleName: 'Share of the layer',
    scaleLabels: [
      { position: 0, text: '0%' },
      { position: 1, text: '≥ 5%' },
    ],
    dpr: 1,
    width: (text) => text.length * 6,
  });
  return heatmapSvg({ model, picture, colours: COLOURS, theme: THEME, label });
}

/** Cells painted in the colour. */
function cellsOf(svg: string, fill: string): number {
  const path = svg.split('\n').find((line) => line.startsWith(`<path fill="${fill}"`));
  return path?.match(/z/g)?.length ?? 0;
}

describe('heatmapSvg', () => {
  const rows = [
    [1, 4, 3, 2],
    [5, 5, 5, 5],
  ];

  it('is well formed and as large as it says', () => {
    const svg = svgOf(modelOf({ rows, kept: [[1], [0]], pins: [{ layer: 0, expert: 1 }] }), 'a < b & "c"');
    expect(svg).toContain('aria-label="a &lt; b &amp; &quot;c&quot;"');
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? [];
    expect(svg).toContain(`width="${width}" height="${height}"`);
    const open: string[] = [];
    for (const [, end, name, self] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
      if (end) expect(open.pop()).toBe(name);
      else if (!self) open.push(name ?? '');
    }
    expect(open).toEqual([]);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('paints every cell once in the colour of its level', () => {
    const svg = svgOf(modelOf({ rows, scale: 'rank' }));
    for (const level of [0, 85, 170, 255]) expect(cellsOf(svg, css(COLOURS.kept[level]!))).toBe(2);
  });

  it('hatches what is dropped, marks what is pinned and forbidden, and names the worst layer', () => {
    const marks = { pins: [{ layer: 0, expert: 1 }], drops: [{ layer: 1, expert: 3 }] };
    const svg = svgOf(modelOf({ rows, kept: [[1, 2], [0]], ...marks }));
    expect(cellsOf(svg, 'url(#dropped)')).toBe(5);
    expect(svg.match(/<circle /g)).toHaveLength(1);
    expect(svg.match(/stroke-linecap="round"/g)).toHaveLength(2);
    expect(svg).toContain('font-weight="600" fill="rgb(133,86,0)">25.0%</text>');
  });

  it('paints cells that are not scored yet as such', () => {
    const svg = svgOf(modelOf({ rows: [[0, 0, 0, 0], rows[0]!] }));
    expect(cellsOf(svg, css(COLOURS.empty))).toBe(4);
    expect(svg).not.toContain('url(#dropped)');
  });

  it('shows block numbers, the name and the scale', () => {
    const svg = svgOf(modelOf({ rows }));
    for (const text of ['>Scores<', '>3<', '>4<', '>0%<', '≥ 5%  Share of the layer<']) expect(svg).toContain(text);
  });
});
