// Small heatmaps for tests.
import { cellColours, type HeatmapTheme } from '../../../renderer/heatmap/colour.ts';
import { computeLayout, type Layout, type LayoutInput } from '../../../renderer/heatmap/layout.ts';
import type { ChromeTexts } from '../../../renderer/heatmap/margins.ts';
import { analyse, depict, mark, type HeatmapModel } from '../../../renderer/heatmap/model.ts';
import type { HeatmapSelection, HeatmapView } from '../../../renderer/heatmap/types.ts';

export type Picture = Partial<HeatmapSelection & HeatmapView> & {
  readonly rows: readonly (readonly number[])[];
  readonly other?: readonly (readonly number[])[];
};

/** By share and by index unless told otherwise; block numbers start at 3. */
export function modelOf({ rows, other, kept = null, pins = [], drops = [], ...view }: Picture): HeatmapModel {
  const analysis = analyse({
    scores: matrixOf(rows),
    other: other === undefined ? null : matrixOf(other),
    nLayers: rows.length,
    nExpert: rows[0]?.length ?? 0,
    moeLayers: rows.map((_, layer) => layer + 3),
  });
  const picture = depict(analysis, { scale: 'share', order: 'index', mode: 'score', ...view });
  return { ...analysis, ...picture, ...mark(analysis, picture, { kept, pins, drops }) };
}

function matrixOf(rows: readonly (readonly number[])[]): Float64Array {
  return Float64Array.from(rows.flat());
}

/** Room for the cells without margins, so that the picture's pixels are the cells' pixels. */
export function layoutOf(input: Partial<LayoutInput> & { nLayers: number; nExpert: number }): Layout {
  return computeLayout({
    size: { w: 400, h: 300 },
    dpr: 1,
    margins: { left: 0, top: 0, right: 0, bottom: 0 },
    scrollbar: 0,
    zoom: 1,
    ...input,
  });
}

export const THEME: HeatmapTheme = {
  bg: [250, 250, 250],
  bgSunken: [230, 232, 234],
  text: [20, 20, 20],
  textDim: [90, 90, 90],
  line: [210, 210, 210],
  accent: [10, 106, 106],
  dropped: [135, 127, 117],
  caution: [133, 86, 0],
  font: 'Test Sans',
  forced: false,
};

export const COLOURS = cellColours(false, THEME);

export const TEXTS: ChromeTexts = {
  layers: 'Layer',
  columns: 'Expert',
  retained: 'Retained',
  layersKeeping: 'Layers keeping it',
  percent: (share) => `${(share * 100).toFixed(1)}%`,
};
