// Makes scores.json from a score run. The file is meant to be passed on: it states the name of the model's file, not its path.
import { basename } from 'node:path';
import { SUMS, type ExpertSums, type SumName } from '../../../contract/criteria.ts';
import {
  SCORES_VERSION,
  STORED_CRITERIA,
  type ScoresFile,
  type StoredCriterion,
} from '../../../contract/scores-file.ts';
import { scoreMatrix } from '../selection/criteria.ts';
import type { ScoreOutcome } from './score-outcome.ts';

/** @param perDemo whether to include each demo's own matrices */
export function scoresDocument(
  { info, domain, demos, tokens, total, classTotals, maxNorm }: ScoreOutcome,
  perDemo: boolean,
): ScoresFile {
  const shape = { nLayers: info.moeLayers.length, nExpert: info.nExpert };
  const matrices = (sums: ExpertSums): ScoresFile['criteria'] => {
    const entries = STORED_CRITERIA.map(
      (criterion) => [criterion, rows(scoreMatrix(criterion, sums, shape).scores, shape.nExpert)] as const,
    );
    return Object.fromEntries(entries) as Record<StoredCriterion, number[][]>;
  };
  const classSums = Object.entries(classTotals).map(([tokenClass, sums]) => {
    const matricesOfClass = SUMS.map((name) => [name, rows(sums[name], shape.nExpert)] as const);
    return [tokenClass, Object.fromEntries(matricesOfClass) as Record<SumName, number[][]>] as const;
  });
  return {
    version: SCORES_VERSION,
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
    demos: demos.map((demo) => ({
      id: demo.id,
      hash: demo.hash,
      tokens: demo.tokens,
      ...(perDemo ? { criteria: matrices(demo.sums) } : {}),
    })),
    criteria: matrices(total),
    class_sums: Object.fromEntries(classSums),
    max_norm: rows(maxNorm, shape.nExpert),
  };
}

function rows(scores: Float64Array | Float32Array, nExpert: number): number[][] {
  return Array.from({ length: scores.length / nExpert }, (_, layer) =>
    Array.from(scores.subarray(layer * nExpert, (layer + 1) * nExpert)),
  );
}
