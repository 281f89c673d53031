// Draws docs/images/sample-heatmap.svg: which experts of the sample model two domains use, and which are kept.
//   node docs/images/draw-heatmap.ts python.json japanese.json    (files of `winnow score … --out`)
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { matrixFromScores, readScoresFile } from '../../electron/engine/selection/scores-file.ts';
import { selectExperts } from '../../electron/engine/selection/select.ts';

const CELL = 20;
const GAP = 2;
const LEFT = 84;
const TOP = 64;
const PANEL_GAP = 46;
/** Light to dark, one hue; readable on light and dark pages since every cell has its own background. */
const RAMP = ['#eef3f1', '#cfe3dc', '#9fcdbf', '#64b09c', '#2b8c77', '#0d6655', '#054a3d'];

const panels = await Promise.all(
  process.argv.slice(2).map(async (path) => {
    const file = await readScoresFile(path);
    const matrix = matrixFromScores(file, 'easy-ep');
    const { kept } = selectExperts(matrix, { keep: matrix.nExpert / 2, nExpertUsed: file.model.n_expert_used });
    return { title: `${file.domain} (${file.demos.length} demos, ${file.tokens} tokens)`, matrix, kept };
  }),
);

function color(share: number, largest: number): string {
  return RAMP[Math.min(RAMP.length - 1, Math.floor(Math.sqrt(share / largest) * RAMP.length))] ?? '#ffffff';
}

const [first] = panels;
if (!first) throw new Error('name at least one scores file');
const width = LEFT + first.matrix.nExpert * (CELL + GAP) + 20;
const panelHeight = first.matrix.nLayers * (CELL + GAP);
const height = TOP + panels.length * (panelHeight + PANEL_GAP);
const parts: string[] = [
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13">`,
  `<rect width="100%" height="100%" rx="8" fill="#ffffff"/>`,
  `<text x="${LEFT}" y="26" font-size="15" font-weight="600" fill="#1c2b28">EASY-EP score of each expert, layers × experts; a frame marks the half that is kept</text>`,
];
panels.forEach(({ title, matrix, kept }, panel) => {
  const top = TOP + panel * (panelHeight + PANEL_GAP);
  parts.push(`<text x="${LEFT}" y="${top - 10}" fill="#1c2b28">${title}</text>`);
  for (let layer = 0; layer < matrix.nLayers; layer++) {
    const row = matrix.scores.subarray(layer * matrix.nExpert, (layer + 1) * matrix.nExpert);
    const y = top + layer * (CELL + GAP);
    parts.push(`<text x="${LEFT - 12}" y="${y + 15}" text-anchor="end" fill="#4a5b57">layer ${layer}</text>`);
    row.forEach((score, expert) => {
      const x = LEFT + expert * (CELL + GAP);
      const isKept = kept[layer]?.includes(expert) ?? false;
      const frame = isKept ? ' stroke="#c2571a" stroke-width="2"' : '';
      parts.push(
        `<rect x="${x + 1}" y="${y + 1}" width="${CELL - 2}" height="${CELL - 2}" rx="3" fill="${color(score, Math.max(...row))}"${frame}/>`,
      );
    });
  }
});
parts.push('</svg>');
writeFileSync(fileURLToPath(new URL('./sample-heatmap.svg', import.meta.url)), `${parts.join('\n')}\n`);
