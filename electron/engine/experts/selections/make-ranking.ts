// Makes a ranking to share from a stored run.
import type { Criterion } from '../../../contract/criteria.ts';
import { RANKING_FORMAT, RANKING_VERSION, type RankingFile } from '../../../contract/ranking-file.ts';
import { usualTokens, type TokenChoice } from '../../../contract/token-classes.ts';
import { modelName } from '../../models/model-name.ts';
import type { Store } from '../../store/database.ts';
import { demosHash } from '../selection/demos-hash.ts';
import { sourceOfRun } from '../runs/run-source.ts';
import type { RunTotals } from '../runs/run-totals.ts';
import { readRunScores } from '../runs/run-scores.ts';

type By = {
  readonly criterion: Criterion;
  /** null: according to the model, if the scores have token classes. */
  readonly tokens: TokenChoice | null;
};

/** @throws WinnowError USAGE: there is no such run, or none of it is scored; STORE */
export async function rankingOfRun(
  runId: number,
  { criterion, tokens: asked }: By,
  { store, totals }: { readonly store: Store; readonly totals: RunTotals },
  signal: AbortSignal,
): Promise<RankingFile> {
  const { run, model } = await totals.of(runId, 'all', signal);
  const { info } = model;
  const tokens = asked ?? usualTokens([{ moeLayers: info.moeLayers, tokenClasses: run.tokenClasses }]);
  const request = { runIds: [runId], criterion, seed: 0, tokens };
  const { runs } = await readRunScores(totals, request, signal);
  const [scored] = runs;
  const { domain, demos, tokens: count, hashes = [] } = sourceOfRun(store, run);
  return {
    format: RANKING_FORMAT,
    version: RANKING_VERSION,
    model: {
      name: modelName(info),
      arch: info.arch,
      kindred: info.kindred ?? null,
      fingerprint: info.fingerprint,
      moe_layers: [...info.moeLayers],
      n_expert: info.nExpert,
      n_expert_used: info.nExpertUsed,
    },
    criterion,
    tokens,
    demos: { domain, count: demos.length, tokens: count, hash: demosHash(hashes) },
    scores: rowsOf(scored?.matrix.scores ?? new Float64Array(), info.nExpert),
  };
}

function rowsOf(scores: Float64Array, nExpert: number): number[][] {
  return Array.from({ length: scores.length / nExpert }, (_, layer) =>
    Array.from(scores.subarray(layer * nExpert, (layer + 1) * nExpert)),
  );
}
