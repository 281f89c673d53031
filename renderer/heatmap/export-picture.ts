// The whole heatmap with its name and colour bar, at a size of its own, for files.
import { chrome } from './chrome.ts';
import type { CellColours, HeatmapTheme } from './colour.ts';
import { computeLayout, type Layout } from './layout.ts';
import { chromeMargins, FONT, type ChromeTexts } from './margins.ts';
import type { HeatmapModel } from './model.ts';
import type { ScaleLabel } from './scale-labels.ts';
import type { Scene, Shape } from './scene.ts';

export type ExportInput = {
  readonly model: HeatmapModel;
  readonly texts: ChromeTexts;
  readonly theme: HeatmapTheme;
  readonly colours: CellColours;
  readonly label: string;
  /** The meaning of the colours. */
  readonly scaleName: string;
  readonly scaleLabels: readonly ScaleLabel[];
  /** Pixels of the file per CSS pixel. */
  readonly dpr: number;
  /** Width of a text in the axes' font, in pixels of the file. */
  readonly width: (text: string) => number;
};

export type ExportPicture = { readonly layout: Layout; readonly scene: Scene };

/** Room for the cells in CSS pixels; cells that do not fit at their smallest size take more. */
const ROOM = { w: 1600, h: 1000 };
const BORDER = 12;
const HEAD = 36;
const BAR = { w: 160, h: 8 };

export function exportPicture(input: ExportInput): ExportPicture {
  const { model, texts, theme, dpr, width, label } = input;
  const { nLayers, nExpert, moeLayers } = model.data;
  const inner = chromeMargins(texts, moeLayers, model.kept !== null, dpr, width);
  const whole = (css: number): number => Math.round(css * dpr);
  const margins = {
    left: inner.left + whole(BORDER),
    top: inner.top + whole(HEAD + BORDER),
    right: inner.right + whole(BORDER),
    bottom: inner.bottom + whole(BORDER),
  };
  const around = { w: margins.left + margins.right, h: margins.top + margins.bottom };
  const request = { nLayers, nExpert, dpr, margins, scrollbar: 0, zoom: 1 };
  const room = { w: ROOM.w * dpr + around.w, h: ROOM.h * dpr + around.h };
  const { content } = computeLayout({ ...request, size: room });
  const head = headShapes(input, { x: margins.left, y: whole(BORDER) });
  const layout = computeLayout({
    ...request,
    size: {
      w: Math.max(
        content.w + around.w,
        margins.left + Math.ceil(Math.max(width(label), whole(3 * BAR.w))) + whole(BORDER),
      ),
      h: content.h + around.h,
    },
  });
  const scene = chrome({ model, layout, scroll: { x: 0, y: 0 }, texts, theme });
  return { layout, scene: { ...scene, free: [...head, ...scene.free] } };
}

/** The name, with the colour bar and its numbers below it. */
function headShapes(
  { colours, theme, label, scaleName, scaleLabels, dpr, width }: ExportInput,
  at: { x: number; y: number },
): Shape[] {
  const whole = (css: number): number => Math.round(css * dpr);
  const size = whole(FONT);
  const barY = at.y + whole(24);
  const [first, ...others] = scaleLabels;
  const barX = at.x + (first === undefined ? 0 : Math.ceil(width(first.text)) + whole(6));
  const colourAt = (x: number): number => Math.round((x / (whole(BAR.w) - 1)) * 255);
  const bar = Array.from({ length: whole(BAR.w) }, (_, x): Shape => {
    return { kind: 'rect', rect: { x: barX + x, y: barY, w: 1, h: whole(BAR.h) }, fill: colours.kept[colourAt(x)]! };
  });
  const end = [others.at(-1)?.text ?? '', scaleName].join('  ');
  const text = { kind: 'text', align: 'left', fill: theme.textDim, size } as const;
  const y = barY + whole(BAR.h / 2);
  return [
    { ...text, text: label, at: { x: at.x, y: at.y + whole(8) }, fill: theme.text, bold: true },
    { ...text, text: first?.text ?? '', at: { x: at.x, y } },
    ...bar,
    { ...text, text: end, at: { x: barX + whole(BAR.w + 6), y } },
  ];
}
