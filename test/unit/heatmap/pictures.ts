// Small heatmaps for tests.
import type { HeatmapTheme } from '../../../renderer/heatmap/colour.ts';
import { computeLayout, type Layout, type LayoutInput } from '../../../renderer/heatmap/layout.ts';

/** Without margins unless told otherwise. */
export function layoutOf(input: Partial<LayoutInput> & { nLayers: number; nExpert: number }): Layout {
  return computeLayout({
    size: { w: 400, h: 300 },
    dpr: 1,
    margins: { left: 0, top: 0, right: 0, bottom: 0 },
    scrollbar: 0,
    ...input,
  });
}

export const THEME: HeatmapTheme = {
  bg: [250, 250, 250],
  bgSunken: [230, 232, 234],
  text: [20, 20, 20],
  textDim: [90, 90, 90],
  accent: [10, 106, 106],
  dropped: [135, 127, 117],
  caution: [133, 86, 0],
  font: 'Test Sans',
  forced: false,
};
