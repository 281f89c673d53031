// Draws the files that a search compared as a standalone picture (SVG): size on the horizontal axis, damage on the vertical one.
import { bytesTicks } from '../../contract/display-bytes.ts';
import type { FitResult } from '../../contract/fit.ts';
import { fitPlot, type PlotPoint, type PlottedFile } from '../../contract/fit-plot.ts';
import { voiceIn, type Words } from '../../contract/text/words.ts';
import { fitSentence } from '../../contract/fit-words.ts';
import { escapeText } from './page/html.ts';
import { placeLabels } from './place-labels.ts';

const SIZE = { width: 860, height: 420 };
const LEGEND = 46;
const INK = '#1d2125';
const DIM = '#666e76';
const LINE = '#d8dce0';
const PRUNED = '#2c6fbb';
const PLAIN = '#b3541e';
const RADIUS = 5;

/** Draws the result of a search. @returns an `svg` document, with the result's sentence as title */
export async function fitPicture(result: FitResult): Promise<string> {
  const voice = await voiceIn('en');
  const { say } = voice;
  const title = fitSentence(result, voice);
  const plot = fitPlot(result, SIZE);
  const height = SIZE.height + LEGEND;
  const body = plot === null ? [] : [...axes(plot), ...marks(plot, result, say)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE.width}" height="${height}" viewBox="0 0 ${SIZE.width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="${INK}">`,
    '<metadata>Winnow</metadata>',
    `<title>${escapeText(title)}</title>`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    ...body,
    ...legend(say),
    '</svg>',
    '',
  ].join('\n');
}

type Plot = NonNullable<ReturnType<typeof fitPlot>>;

function axes({ area, xTicks, yTicks }: Plot): string[] {
  const sizes = bytesTicks(
    'en',
    xTicks.map(({ bytes }) => bytes),
  );
  const { left, right, top, bottom } = area;
  return [
    ...yTicks.flatMap(({ y, ratio }) => [
      `<path d="M${left} ${at(y)}H${right}" stroke="${LINE}"/>`,
      `<text x="${left - 8}" y="${at(y + 4)}" text-anchor="end" fill="${DIM}">${Number(ratio.toPrecision(4))}</text>`,
    ]),
    ...xTicks.flatMap(({ x }, i) => [
      `<path d="M${at(x)} ${bottom}v4" stroke="${DIM}"/>`,
      `<text x="${at(x)}" y="${bottom + 18}" text-anchor="middle" fill="${DIM}">${escapeText(sizes[i] ?? '')}</text>`,
    ]),
    `<path d="M${left} ${top}V${bottom}H${right}" fill="none" stroke="${DIM}"/>`,
  ];
}

function marks({ points, frontier, area }: Plot, { files, best, nExpert }: FitResult, say: Words): string[] {
  const names = points
    .filter(({ isInside }) => isInside)
    .map(({ x, y, file }) => ({ x, y, text: nameOf(files[file]!, nExpert, say) }));
  const line = frontier.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${at(x)} ${at(y)}`).join('');
  return [
    `<path d="${line}" fill="none" stroke="${INK}" stroke-opacity="0.45" stroke-width="1.5"/>`,
    ...points.map((point) => mark(point, point.file === best)),
    ...placeLabels(names, points, { area, radius: RADIUS }).map(
      ({ x, y, text, anchor }) =>
        `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}" font-size="11">${escapeText(text)}</text>`,
    ),
  ];
}

function mark({ x, y, whisker, isInside, isPlain }: PlotPoint, isBest: boolean): string {
  const colour = isPlain ? PLAIN : PRUNED;
  const fill = isInside ? colour : '#ffffff';
  const shape = isPlain
    ? `<rect x="${at(x - RADIUS)}" y="${at(y - RADIUS)}" width="${2 * RADIUS}" height="${2 * RADIUS}" fill="${fill}" stroke="${colour}" stroke-width="1.5"/>`
    : `<circle cx="${at(x)}" cy="${at(y)}" r="${RADIUS}" fill="${fill}" stroke="${colour}" stroke-width="1.5"/>`;
  const interval =
    whisker === null ? '' : `<path d="M${at(x)} ${at(whisker.top)}V${at(whisker.bottom)}" stroke="${colour}"/>`;
  const ring =
    isBest && isInside
      ? `<circle cx="${at(x)}" cy="${at(y)}" r="${RADIUS + 4}" fill="none" stroke="${INK}" stroke-width="1.5"/>`
      : '';
  return `${interval}${shape}${ring}`;
}

function nameOf({ keep, type, activeExperts }: PlottedFile, nExpert: number, say: Words): string {
  const kept = keep === nExpert ? say('findings.fit.legend.all') : String(keep);
  const file = `${kept} ${type ?? say('findings.fit.legend.asItIs')}`;
  return activeExperts === null ? file : say('findings.fit.legend.active', { file, active: activeExperts });
}

function legend(say: Words): string[] {
  const y = SIZE.height + 14;
  const named = (mark: string, key: 'fewer' | 'plain' | 'solid' | 'hollow' | 'frontier' | 'best', at: number): string =>
    `${mark}<text x="${at}" y="4">${escapeText(say(`findings.fit.legend.${key}`))}</text>`;
  const both = (fill: string): string =>
    `<circle cx="-14" cy="0" r="${RADIUS - 1}" fill="${fill}" stroke="${DIM}" stroke-width="1.5"/><rect x="-4" y="-4" width="8" height="8" fill="${fill}" stroke="${DIM}" stroke-width="1.5"/>`;
  const entries: readonly (readonly [string, number])[] = [
    [named(`<circle cx="0" cy="0" r="${RADIUS}" fill="${PRUNED}"/>`, 'fewer', 10), 56],
    [named(`<rect x="-5" y="-5" width="10" height="10" fill="${PLAIN}"/>`, 'plain', 10), 172],
    [named(both(DIM), 'solid', 10), 296],
    [named(both('#ffffff'), 'hollow', 10), 462],
    [named(`<path d="M-10 0H6" stroke="${INK}" stroke-opacity="0.45" stroke-width="1.5"/>`, 'frontier', 12), 596],
    [
      named(`<circle cx="0" cy="0" r="${RADIUS + 3}" fill="none" stroke="${INK}" stroke-width="1.5"/>`, 'best', 14),
      764,
    ],
  ];
  return [
    ...entries.map(([content, x]) => `<g transform="translate(${x} ${y})">${content}</g>`),
    `<text x="56" y="${y + 24}" fill="${DIM}">${escapeText(say('findings.fit.legend.up'))}</text>`,
  ];
}

function at(value: number): string {
  return value.toFixed(1);
}
