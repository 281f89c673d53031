// The whole heatmap as an SVG document. All cells of a colour are one path, which keeps the file small.
import { css, hatchOf, type CellColours, type HeatmapTheme } from './colour.ts';
import type { ExportPicture } from './export-picture.ts';
import { rectOf, type Rect } from './layout.ts';
import { EMPTY, KEPT, type HeatmapModel } from './model.ts';
import type { Shape } from './scene.ts';

export type SvgInput = {
  readonly model: HeatmapModel;
  readonly picture: ExportPicture;
  readonly colours: CellColours;
  readonly theme: HeatmapTheme;
  /** What the picture shows, for screen readers. */
  readonly label: string;
};

export function heatmapSvg({ model, picture, colours, theme, label }: SvgInput): string {
  const { layout, scene } = picture;
  const { w, h } = layout.size;
  const name = escape(label);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img" aria-label="${name}">`,
    `<title>${name}</title>`,
    hatchPattern(theme),
    `<rect width="${w}" height="${h}" fill="${css(theme.bg)}"/>`,
    `<g shape-rendering="crispEdges">`,
    ...cellPaths(model, picture, colours),
    `</g>`,
    `<g font-family="${escape(theme.font)}" font-variant-numeric="tabular-nums">`,
    ...scene.free.map(element),
    ...scene.clipped.map(element),
    `</g>`,
    `</svg>`,
    '',
  ].join('\n');
}

function hatchPattern(theme: HeatmapTheme): string {
  const { colour, opacity } = hatchOf(theme);
  return (
    `<defs><pattern id="dropped" width="4" height="4" patternUnits="userSpaceOnUse">` +
    `<path d="M-1 1 1-1M0 4 4 0M3 5 5 3" stroke="${css(colour)}" stroke-opacity="${opacity}"/></pattern></defs>`
  );
}

function cellPaths(model: HeatmapModel, { layout }: ExportPicture, colours: CellColours): string[] {
  const fills = { kept: colours.kept.map(css), dropped: colours.dropped.map(css), empty: css(colours.empty) };
  const pathOfFill = new Map<string, string>();
  let dropped = '';
  for (let layer = 0; layer < layout.nLayers; layer++) {
    for (let column = 0; column < layout.nExpert; column++) {
      const start = layer * layout.nExpert;
      const index = start + model.expertAt[start + column]!;
      const flag = model.flags[index]!;
      const level = model.levels[index]!;
      const isEmpty = (flag & EMPTY) !== 0;
      const isKept = model.kept === null || (flag & KEPT) !== 0;
      const fill = isEmpty ? fills.empty : (isKept ? fills.kept : fills.dropped)[level]!;
      const path = rectPath(rectOf(layout, { x: 0, y: 0 }, { layer, column }));
      pathOfFill.set(fill, (pathOfFill.get(fill) ?? '') + path);
      if (!isEmpty && !isKept) dropped += path;
    }
  }
  const paths = [...pathOfFill].map(([fill, path]) => `<path fill="${fill}" d="${path}"/>`);
  return dropped === '' ? paths : [...paths, `<path fill="url(#dropped)" d="${dropped}"/>`];
}

function rectPath({ x, y, w, h }: Rect): string {
  return `M${x} ${y}h${w}v${h}h${-w}z`;
}

function element(shape: Shape): string {
  switch (shape.kind) {
    case 'rect':
      return `<rect ${box(shape.rect)} fill="${css(shape.fill)}"/>`;
    case 'dot': {
      const { centre, radius, fill, stroke, width } = shape;
      return `<circle cx="${centre.x}" cy="${centre.y}" r="${radius}" fill="${css(fill)}" stroke="${css(stroke)}" stroke-width="${width}"/>`;
    }
    case 'cross': {
      const { centre, radius, stroke, width } = shape;
      const arms = `m${-radius} ${-radius}l${2 * radius} ${2 * radius}m0 ${-2 * radius}l${-2 * radius} ${2 * radius}`;
      return `<path d="M${centre.x} ${centre.y}${arms}" stroke="${css(stroke)}" stroke-width="${width}" stroke-linecap="round"/>`;
    }
    case 'text': {
      const { at, align, fill, size, bold = false, text } = shape;
      const anchor = { left: 'start', center: 'middle', right: 'end' }[align];
      const weight = bold ? ' font-weight="600"' : '';
      return `<text x="${at.x}" y="${at.y}" dominant-baseline="central" text-anchor="${anchor}" font-size="${size}"${weight} fill="${css(fill)}">${escape(text)}</text>`;
    }
  }
}

function box({ x, y, w, h }: Rect): string {
  return `x="${x}" y="${y}" width="${w}" height="${h}"`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
