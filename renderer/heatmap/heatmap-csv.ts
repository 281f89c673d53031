// Every cell with its numbers as CSV, by layer and expert: for spreadsheets and scripts, and so independent of the user's language.
import { cellDetails, type CellDetails } from './cell-details.ts';
import type { HeatmapModel } from './model.ts';
import type { Describe } from './types.ts';

/** Never text: no name of a model or a file can become a formula in a spreadsheet. */
type Value = number | boolean | null | undefined;

/** The columns. Without a second run, its columns are left out; without a selection, its columns are empty. */
const COLUMNS: Readonly<Record<string, (details: CellDetails) => Value>> = {
  layer: ({ layer }) => layer,
  block: ({ block }) => block,
  expert: ({ expert }) => expert,
  score: ({ numbers }) => numbers?.score,
  share: ({ numbers }) => numbers?.share,
  rank: ({ numbers }) => numbers?.rank,
  kept: ({ isKept }) => isKept,
  pinned: ({ isPinned }) => isPinned,
  forbidden: ({ isForbidden }) => isForbidden,
  count: ({ description }) => description?.count,
  mean_gate: ({ description }) => description?.meanGate,
  mean_norm: ({ description }) => description?.meanNorm,
};

const OTHER_COLUMNS: typeof COLUMNS = {
  other_score: ({ other }) => other?.score,
  other_share: ({ other }) => other?.share,
  other_rank: ({ other }) => other?.rank,
};

/** Returns the CSV text: numbers in full precision, unknown values empty, lines ending in a line feed. */
export function heatmapCsv(model: HeatmapModel, describe: Describe | undefined): string {
  const columns = Object.entries(model.other === null ? COLUMNS : { ...COLUMNS, ...OTHER_COLUMNS });
  const lines = [columns.map(([name]) => name).join(',')];
  const { nLayers, nExpert } = model.data;
  for (let layer = 0; layer < nLayers; layer++) {
    for (let expert = 0; expert < nExpert; expert++) {
      const details = cellDetails(model, { layer, expert }, describe);
      lines.push(columns.map(([, valueOf]) => String(valueOf(details) ?? '')).join(','));
    }
  }
  return `${lines.join('\n')}\n`;
}
