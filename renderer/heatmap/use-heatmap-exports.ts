// What a heatmap exports: text for the clipboard, and pictures.
import { useMemo } from 'react';
import type { CellColours } from './colour.ts';
import { fontOf } from './draw-scene.ts';
import { exportPicture, type ExportPicture } from './export-picture.ts';
import { heatmapCsv } from './heatmap-csv.ts';
import { heatmapPng, PNG_DENSITY } from './heatmap-png.ts';
import { heatmapSvg } from './heatmap-svg.ts';
import { FONT } from './margins.ts';
import { scaleLabels } from './scale-labels.ts';
import type { Drawing } from './surface.ts';
import type { HeatmapHandle, HeatmapProps } from './types.ts';
import { useShareFormat } from './use-heatmap-texts.ts';

type ExportsInput = Pick<HeatmapProps, 'label' | 'describe'> & {
  readonly drawing: Drawing;
  readonly colours: CellColours;
  readonly scaleName: string;
};

export function useHeatmapExports({ drawing, colours, scaleName, label, describe }: ExportsInput): HeatmapHandle {
  const shares = useShareFormat();
  return useMemo(() => {
    const { model, texts, theme } = drawing;
    const pictureAt = (dpr: number): ExportPicture => {
      const context = new OffscreenCanvas(1, 1).getContext('2d');
      if (context === null) throw new Error('This browser has no 2D canvas.');
      context.font = fontOf({ size: FONT * dpr }, theme);
      const width = (text: string): number => context.measureText(text).width;
      const labels = scaleLabels(model.scale, shares);
      return exportPicture({ model, texts, theme, colours, label, scaleName, scaleLabels: labels, dpr, width });
    };
    return {
      toCsv: () => heatmapCsv(model, describe),
      toSvg: () => heatmapSvg({ model, picture: pictureAt(1), colours, theme, label }),
      toPng: () => heatmapPng(drawing, pictureAt(PNG_DENSITY)),
    };
  }, [drawing, colours, scaleName, label, describe, shares]);
}
