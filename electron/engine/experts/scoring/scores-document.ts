// What a finished run has scored, as scores.json.
import { basename } from 'node:path';
import type { ScoresFile } from '../../../contract/scores-file.ts';
import { STORED_CRITERIA } from '../../../contract/scores-file.ts';
import type { DemoScores } from '../../store/demo-scores.ts';
import { matrixShape } from '../runs/stored-run.ts';
import { scoreMatrix } from '../selection/criteria.ts';
import type { ScoredRun } from './score-run.ts';

/** @param total of the run */
export function scoresDocument({ info, domain, demos, tokens }: ScoredRun, { sums, maxNorm }: DemoScores): ScoresFile {
  const shape = matrixShape(info);
  const matrices = STORED_CRITERIA.map((criterion) => [
    criterion,
    rows(scoreMatrix(criterion, sums, shape).scores, shape.nExpert),
  ]);
  return {
    model: {
      path: basename(info.path),
      arch: info.arch,
      moe_layers: [...info.moeLayers],
      n_expert: info.nExpert,
      n_expert_used: info.nExpertUsed,
      ...(info.nEmbd !== undefined && { n_embd: info.nEmbd }),
      fingerprint: info.fingerprint,
      ...(info.kindred !== undefined && { kindred: info.kindred }),
      n_expert_groups: info.nExpertGroups,
      experts_per_block: info.expertsPerBlock,
    },
    domain,
    tokens,
    demos: demos.map(({ id, hash, tokens: count }) => ({ id, hash, tokens: count })),
    criteria: Object.fromEntries(matrices) as ScoresFile['criteria'],
    max_norm: rows(maxNorm, shape.nExpert),
  };
}

function rows(scores: Float64Array | Float32Array, nExpert: number): number[][] {
  return Array.from({ length: scores.length / nExpert }, (_, layer) =>
    Array.from(scores.subarray(layer * nExpert, (layer + 1) * nExpert)),
  );
}
