// The picture of docs/WHICH_FILE.md, made from the table of docs/measured/fit.md: `node test/bench/which-file.ts` draws it anew.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { measuredDocument } from './measured-documents.ts';

export const PICTURE = new URL('../../docs/images/which-file.svg', import.meta.url);

type File = {
  readonly megabytes: number;
  /** Null: all of them. */
  readonly kept: number | null;
  readonly kl: number;
};

type Panel = {
  readonly title: string;
  readonly best: readonly File[];
  /** The best with all experts, where one fits. */
  readonly whole: readonly File[];
};

const [WIDTH, HEIGHT, LEFT, TOP, PANEL_WIDTH, PANEL_HEIGHT, GAP] = [760, 400, 70, 50, 300, 270, 60];
const [KL_LEAST, KL_MOST] = [0.005, 0.5];
const TICKS = [0.01, 0.03, 0.1, 0.3];

/** @param document docs/measured/fit.md */
export function panelsOf(document: string): Panel[] {
  return document
    .split('\n## ')
    .slice(1)
    .map((section) => {
      const [name = '', , what = ''] = section.split('\n');
      const rows = [...section.matchAll(/^\| ([\d.]+) MB \|(.*)\|$/gm)].map(([, size, rest = '']) => ({
        size: Number(size),
        cells: rest.split('|').map((cell) => cell.trim()),
      }));
      const best = rows.map(({ size, cells: [, file = '', kl] }) => fileOf(size, file, Number(kl)));
      const whole = rows.flatMap(({ size, cells }) => {
        const kl = cells[4] === 'the same file' ? cells[2] : cells[4];
        return kl === '–' ? [] : [{ megabytes: size, kept: null, kl: Number(kl) }];
      });
      return { title: `${name.replace('.gguf', '')} (${what.replace(/.* used, (.*)\./, '$1')})`, best, whole };
    });
}

function fileOf(megabytes: number, file: string, kl: number): File {
  return { megabytes, kept: file.startsWith('all') ? null : Number.parseInt(file, 10), kl };
}

export function drawing(panels: readonly Panel[]): string {
  const text = (x: number, y: number, words: string, anchor = 'middle'): string =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}">${words}</text>`;
  const height = (kl: number): number =>
    round(TOP + (PANEL_HEIGHT * Math.log(KL_MOST / kl)) / Math.log(KL_MOST / KL_LEAST));
  const parts = panels.flatMap(({ title, best, whole }, at) => {
    const left = LEFT + at * (PANEL_WIDTH + GAP);
    const sizes = [...new Set(best.map(({ megabytes }) => megabytes))].toSorted((a, b) => a - b);
    const across = (megabytes: number): number =>
      left + ((sizes.indexOf(megabytes) + 0.5) * PANEL_WIDTH) / sizes.length;
    const counts = sizes.map((size) => {
      const kept = best.flatMap((file) => (file.megabytes === size ? [file.kept] : []));
      const cut = kept.flatMap((count) => count ?? []);
      const range = cut.length > 0 ? `${Math.min(...cut)}–${Math.max(...cut)}` : '';
      return text(across(size), TOP + PANEL_HEIGHT + 38, kept.includes(null) ? `${range}, all` : range);
    });
    return [
      text(left + PANEL_WIDTH / 2, TOP - 16, title),
      `<rect x="${left}" y="${TOP}" width="${PANEL_WIDTH}" height="${PANEL_HEIGHT}" fill="none" stroke="#999"/>`,
      ...TICKS.flatMap((kl) => [
        `<path d="M${left} ${height(kl)}h${PANEL_WIDTH}" stroke="#ddd"/>`,
        text(left - 8, height(kl) + 4, String(kl), 'end'),
      ]),
      ...sizes.map((size) => text(across(size), TOP + PANEL_HEIGHT + 20, `${size} MB`)),
      ...counts,
      ...whole.map(
        ({ megabytes, kl }) =>
          `<circle cx="${across(megabytes) + 9}" cy="${height(kl)}" r="5" fill="none" stroke="#b45309" stroke-width="1.5"/>`,
      ),
      ...best.map(
        ({ megabytes, kl }) =>
          `<circle cx="${across(megabytes) - 9}" cy="${height(kl)}" r="5" fill="#2563eb" opacity=".7"/>`,
      ),
    ];
  });
  const caption = [
    `<circle cx="${LEFT}" cy="${HEIGHT - 12}" r="5" fill="#2563eb"/>`,
    text(LEFT + 12, HEIGHT - 8, 'the best file of each domain; below, how many of 32 experts it keeps', 'start'),
    `<circle cx="${LEFT + 450}" cy="${HEIGHT - 12}" r="5" fill="none" stroke="#b45309" stroke-width="1.5"/>`,
    text(LEFT + 462, HEIGHT - 8, 'the best with all experts', 'start'),
    `<text transform="translate(20 ${TOP + PANEL_HEIGHT / 2}) rotate(-90)" text-anchor="middle">KL divergence, nats</text>`,
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">
<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>
${[...parts, ...caption].join('\n')}
</svg>
`;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}

export function drawWhichFile(): void {
  writeFileSync(PICTURE, drawing(panelsOf(measuredDocument('fit'))));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) drawWhichFile();
