// Draws docs/images/sample-heatmap.svg: which experts of the sample model two domains use, and which are kept.
//   node docs/images/draw-heatmap.ts python.json japanese.json    (files of `winnow score … --out`)
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { heatmapSvg } from '../../electron/engine/report/heatmap-svg.ts';
import { matrixFromScores, readScoresFile } from '../../electron/engine/selection/scores-file.ts';
import { selectExperts } from '../../electron/engine/selection/select.ts';

const panels = await Promise.all(
  process.argv.slice(2).map(async (path) => {
    const file = await readScoresFile(path);
    const matrix = matrixFromScores(file, 'easy-ep');
    const { kept, retained } = selectExperts(matrix, {
      keep: matrix.nExpert / 2,
      nExpertUsed: file.model.n_expert_used,
    });
    return {
      title: `${file.domain}: EASY-EP score of each expert, ${file.demos.length} demos, ${file.tokens} tokens`,
      rowLabels: file.model.moe_layers.map((block) => `layer ${block}`),
      nExpert: matrix.nExpert,
      matrix,
      kept,
      retained: { shares: retained, label: 'retained' },
    };
  }),
);
if (panels.length === 0) throw new Error('name at least one scores file');

const svg = heatmapSvg(panels, {
  label: "Scores of the sample model's experts, layers by experts; the half that is kept is coloured",
  legend: { low: 'low', high: 'high score', kept: 'kept', dropped: 'dropped' },
  paper: { background: '#ffffff', ink: '#1a1f24' },
  id: 'sample',
});
writeFileSync(fileURLToPath(new URL('./sample-heatmap.svg', import.meta.url)), `${svg}\n`);
