// Draws the heatmap as an SVG: layers × experts, kept ones in colour, dropped ones faint and hatched. Cells that look the same
// share one path, so that 61 × 384 cells take only a few hundred kilobytes.
import type { ScoreMatrix } from '../../../contract/criteria.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import { escapeText } from './html.ts';

/** Colours of kept experts from low to high, as in the window (renderer/heatmap/colour.ts): never grey, which marks dropped experts. */
const KEPT_RAMP = [
  '#482475',
  '#414487',
  '#355f8d',
  '#2a788e',
  '#21918c',
  '#22a884',
  '#44bf70',
  '#7ad151',
  '#bddf26',
  '#fde725',
];
/** Opacities of the ink for dropped experts, from low to high: faint on both light and dark paper. */
const DROPPED_VEIL = [0.08, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.22, 0.24, 0.26];
const BAR_COLOR = '#2c8f88';

const PLOT_WIDTH = 1080;
const LARGEST_CELL = 20;
const SMALLEST_CELL = 2;
const SMALLEST_ROW = 9;
/** Minimum cell size for hatches and gaps: in smaller cells hatches would be noise, and gaps would hide the colour. */
const HATCHED_CELL = 8;
const LEFT = 84;
const BARS = 96;
const PANEL_HEAD = 34;
const PANEL_GAP = 18;

type HeatmapPanel = {
  readonly title: string;
  /** One label per layer. */
  readonly rowLabels: readonly string[];
  readonly nExpert: number;
  /** Scores; null: only the kept experts are known. */
  readonly matrix: ScoreMatrix | null;
  /** Kept experts of each layer. */
  readonly kept: KeptExperts;
  /** Retained share of each layer's scores, for bars beside the layers; null: no bars. */
  readonly retained: { readonly shares: readonly number[]; readonly label: string } | null;
};

type HeatmapOptions = {
  /** Text alternative of the picture. */
  readonly label: string;
  /** Texts of the legend below the panels: low and high scores, kept and dropped experts. */
  readonly legend: { readonly low: string; readonly high: string; readonly kept: string; readonly dropped: string };
  /** Background and ink of a standalone picture; null: those of the surrounding page. */
  readonly paper: { readonly background: string; readonly ink: string } | null;
  /** Makes the id of the hatch unique among the heatmaps of a page. */
  readonly id: string;
};

type Size = { readonly cell: number; readonly row: number; readonly gap: number };

/** Draws the panels. @returns an `svg` element; all text in it is escaped */
export function heatmapSvg(panels: readonly HeatmapPanel[], options: HeatmapOptions): string {
  const size = sizeFor(Math.max(1, ...panels.map(({ nExpert }) => nExpert)));
  const heights = panels.map(({ kept }) => PANEL_HEAD + kept.length * size.row);
  const bars = panels.some(({ retained }) => retained !== null) ? BARS : 0;
  const width = LEFT + Math.max(1, ...panels.map(({ nExpert }) => nExpert)) * size.cell + bars + 12;
  const height = heights.reduce((sum, h) => sum + h + PANEL_GAP, 0) + 28;
  let top = 0;
  const drawn = panels.map((panel, i) => {
    const part = drawPanel(panel, top, size, options.id);
    top += (heights[i] ?? 0) + PANEL_GAP;
    return part;
  });
  const { background, ink } = options.paper ?? { background: null, ink: 'currentColor' };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(options.label)}" font-family="system-ui, sans-serif" font-size="12" fill="${ink}">`,
    `<defs><pattern id="${options.id}-hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0v4" stroke="${ink}" stroke-opacity="0.3" stroke-width="1.2"/></pattern></defs>`,
    ...(background === null ? [] : [`<rect width="100%" height="100%" rx="8" fill="${background}"/>`]),
    ...drawn,
    drawLegend(options, top, size),
    '</svg>',
  ].join('\n');
}

function sizeFor(nExpert: number): Size {
  const cell = Math.min(LARGEST_CELL, Math.max(SMALLEST_CELL, Math.floor(PLOT_WIDTH / nExpert)));
  return { cell, row: Math.max(cell, SMALLEST_ROW), gap: cell >= HATCHED_CELL ? 1.5 : 0 };
}

function drawPanel(panel: HeatmapPanel, top: number, size: Size, id: string): string {
  const y0 = top + PANEL_HEAD;
  const every = Math.ceil(13 / size.row);
  const labels = panel.rowLabels.map((label, layer) =>
    layer % every === 0
      ? `<text x="${LEFT - 8}" y="${y0 + layer * size.row + size.row / 2}" text-anchor="end" dominant-baseline="central" font-size="${Math.min(12, size.row * every)}" opacity="0.75">${escapeText(label)}</text>`
      : '',
  );
  return [
    `<text x="${LEFT}" y="${top + 22}" font-size="13" font-weight="600">${escapeText(panel.title)}</text>`,
    ...labels.filter((label) => label !== ''),
    ...drawCells(panel, y0, size, id),
    ...drawBars(panel, y0, size),
  ].join('\n');
}

function drawCells({ matrix, kept, nExpert }: HeatmapPanel, y0: number, size: Size, id: string): string[] {
  const { cell, row, gap } = size;
  const looks = new Map<string, string[]>();
  const dropped: string[] = [];
  kept.forEach((experts, layer) => {
    const isKept = new Set(experts);
    const scores = matrix?.scores.subarray(layer * nExpert, (layer + 1) * nExpert);
    const largest = scores?.reduce((max, score) => Math.max(max, score), 0) ?? 0;
    for (let expert = 0; expert < nExpert; expert++) {
      // the square root spreads the many small scores
      const share = largest > 0 ? Math.sqrt((scores?.[expert] ?? 0) / largest) : isKept.has(expert) ? 0.6 : 0;
      const level = Math.min(KEPT_RAMP.length - 1, Math.floor(share * KEPT_RAMP.length));
      const look = isKept.has(expert)
        ? `fill="${KEPT_RAMP[level] ?? ''}"`
        : `fill-opacity="${DROPPED_VEIL[level] ?? 0}"`;
      const square = `M${LEFT + expert * cell} ${y0 + layer * row}h${cell - gap}v${row - gap}h-${cell - gap}z`;
      const alike = looks.get(look) ?? [];
      looks.set(look, alike);
      alike.push(square);
      if (!isKept.has(expert)) dropped.push(square);
    }
  });
  const paths = [...looks].map(([look, squares]) => `<path ${look} d="${squares.join('')}"/>`);
  const hatch = cell >= HATCHED_CELL ? [`<path fill="url(#${id}-hatch)" d="${dropped.join('')}"/>`] : [];
  return ['<g shape-rendering="crispEdges">', ...paths, '</g>', ...hatch];
}

/** Draws bars of each layer's retained share, with the smallest share as a number. */
function drawBars({ retained, nExpert }: HeatmapPanel, y0: number, { cell, row, gap }: Size): string[] {
  if (!retained) return [];
  const x = LEFT + nExpert * cell + 8;
  const worst = Math.min(...retained.shares);
  const bars = retained.shares.map((share, layer) => {
    const y = y0 + layer * row;
    const bar = `<rect x="${x}" y="${y}" width="${((BARS - 48) * share).toFixed(1)}" height="${row - Math.max(gap, 1)}" fill="${BAR_COLOR}"/>`;
    if (share !== worst) return bar;
    return `${bar}<text x="${x + BARS - 44}" y="${y + row / 2}" dominant-baseline="central" font-size="11">${(100 * share).toFixed(1)}%</text>`;
  });
  return [`<text x="${x}" y="${y0 - 6}" font-size="11" opacity="0.75">${escapeText(retained.label)}</text>`, ...bars];
}

function drawLegend({ legend, id }: HeatmapOptions, top: number, { cell }: Size): string {
  const y = top + 6;
  const ramp = KEPT_RAMP.map(
    (color, i) => `<rect x="${LEFT + 44 + i * 12}" y="${y}" width="12" height="12" fill="${color}"/>`,
  );
  const swatch = (x: number, look: string, text: string): string =>
    `<rect x="${x}" y="${y}" width="12" height="12" ${look}/><text x="${x + 18}" y="${y + 10}">${escapeText(text)}</text>`;
  const hatch = cell >= HATCHED_CELL ? [swatch(LEFT + 350, `fill="url(#${id}-hatch)"`, '')] : [];
  return [
    `<g font-size="11"><text x="${LEFT + 38}" y="${y + 10}" text-anchor="end">${escapeText(legend.low)}</text>`,
    ...ramp,
    `<text x="${LEFT + 44 + KEPT_RAMP.length * 12 + 6}" y="${y + 10}">${escapeText(legend.high)}</text>`,
    swatch(LEFT + 270, `fill="${KEPT_RAMP[8] ?? ''}"`, legend.kept),
    swatch(LEFT + 350, `fill-opacity="${DROPPED_VEIL[5] ?? 0}"`, legend.dropped),
    ...hatch,
    '</g>',
  ].join('\n');
}
