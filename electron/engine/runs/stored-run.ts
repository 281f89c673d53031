// A stored run with its model: where everything that is read from runs begins.
import type { MatrixShape } from '../../contract/criteria.ts';
import { WinnowError } from '../../contract/errors.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import { say } from '../../contract/sentences.ts';
import type { SelectOptions } from '../selection/layer-rules.ts';
import { neverScored, type ScoredUnder } from '../selection/scored-under.ts';
import type { Store } from '../store/database.ts';
import { getModel, type StoredModel } from '../store/models.ts';
import { getScoreRun, type ScoreRun } from '../store/score-runs.ts';

export type StoredRun = { readonly run: ScoreRun; readonly model: StoredModel };

/** @throws WinnowError USAGE: there is no such run */
export function requireRun(store: Store, runId: number): StoredRun {
  const run = getScoreRun(store, runId);
  const model = run && getModel(store, run.modelId);
  if (run && model) return { run, model };
  throw new WinnowError('USAGE', say('runDeleted'), {
    runId,
  });
}

/** @throws WinnowError USAGE: there is none, or they belong to different models */
export function requireOneModel(runs: readonly StoredRun[]): StoredModel {
  const [first] = runs;
  if (!first) throw new WinnowError('USAGE', say('nameARun'));
  const other = runs.find(({ model }) => model.id !== first.model.id);
  if (!other) return first.model;
  throw new WinnowError(
    'USAGE',
    say('runsOfTwoModels', {
      domain: first.run.domain,
      model: first.model.info.name,
      otherDomain: other.run.domain,
      otherModel: other.model.info.name,
    }),
    { runIds: runs.map(({ run }) => run.id) },
  );
}

/** `[MoE layer][expert]` of the model’s score matrices. */
export function shapeOf({ moeLayers, nExpert }: ModelInfo): MatrixShape {
  return { nLayers: moeLayers.length, nExpert };
}

/**
 * For comparing choices: so many experts, whether or not a pruned model could route to fewer. Of scores that were made
 * under a mask at most as many as it kept.
 */
export function comparedChoice(
  { nExpert, nExpertUsed, expertsPerBlock }: ModelInfo,
  keep: number,
  scoredUnder: ScoredUnder,
): SelectOptions {
  return {
    keep: Math.min(keep, scoredUnder?.[0]?.length ?? Infinity),
    nExpertUsed,
    expertsPerBlock,
    allowFewer: true,
    drops: neverScored([scoredUnder], nExpert),
  };
}
