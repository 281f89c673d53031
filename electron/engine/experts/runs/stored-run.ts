// A stored run with its model: the starting point for everything that is read from runs.
import { z } from 'zod';
import type { MatrixShape } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { msg } from '../../../contract/sentences.ts';
import { withPrediction } from '../../models/prediction-blocks.ts';
import type { Store } from '../../store/database.ts';
import { getModel, type StoredModel } from '../../store/models.ts';
import { getScoreRun, type ScoreRun, listRunDemos, type RunDemo } from '../../store/score-runs.ts';
import type { Run } from '../../../contract/api/runs.ts';
import { modelName } from '../../models/model-files.ts';
import type { SelectionSettings } from '../selection/selection.ts';
import { scoredPositions } from '../../store/demo-scores.ts';

/** A run with the model as the run scored it: prediction blocks that it ran are among the MoE layers. */
export type StoredRun = { readonly run: ScoreRun; readonly model: StoredModel };

const settingsSchema = z.object({ predictionLayers: z.array(z.int()).default([]) });

/** Combines a run with its stored model. */
export function storedRun(run: ScoreRun, model: StoredModel): StoredRun {
  return { run, model: { ...model, info: scoredInfo(model.info, run.settings) } };
}

/** A model as a run scored it. @param settings the run's settings */
function scoredInfo(info: ModelInfo, settings: unknown): ModelInfo {
  return withPrediction(info, settingsSchema.safeParse(settings).data?.predictionLayers ?? []);
}

/** @throws WinnowError USAGE: there is no such run */
export function requireRun(store: Store, runId: number): StoredRun {
  const run = getScoreRun(store, runId);
  const model = run && getModel(store, run.modelId);
  if (run && model) return storedRun(run, model);
  throw new WinnowError('USAGE', msg('runDeleted'), { runId });
}

/** @throws WinnowError USAGE: there are no runs, they belong to different models, or not all of them scored prediction blocks */
export function requireOneModel(runs: readonly StoredRun[]): StoredModel {
  const [first] = runs;
  if (!first) throw new WinnowError('USAGE', msg('nameARun'));
  const other = runs.find(({ model }) => model.id !== first.model.id);
  if (!other) {
    const short = runs.find(({ model }) => model.info.moeLayers.length < first.model.info.moeLayers.length);
    const long = runs.find(({ model }) => model.info.moeLayers.length > first.model.info.moeLayers.length);
    if (!short && !long) return first.model;
    throw new WinnowError('USAGE', msg('runsOfOtherLayers', { domain: (short ?? first).run.domain }), {
      runIds: runs.map(({ run }) => run.id),
    });
  }
  throw new WinnowError(
    'USAGE',
    msg('runsOfTwoModels', {
      domain: first.run.domain,
      model: first.model.info.name,
      otherDomain: other.run.domain,
      otherModel: other.model.info.name,
    }),
    { runIds: runs.map(({ run }) => run.id) },
  );
}

/** The shape `[MoE layer][expert]` of the model's score matrices. */
export function matrixShape({ moeLayers, nExpert }: ModelInfo): MatrixShape {
  return { nLayers: moeLayers.length, nExpert };
}

/** @param modelId the model's id in the library; null: it is not there */
export function runView({ run, model }: StoredRun, modelId: string | null): Run {
  const { info } = model;
  return {
    ...run,
    modelId,
    modelName: modelName(info),
    moeLayers: [...info.moeLayers],
    nExpert: info.nExpert,
    nExpertUsed: info.nExpertUsed,
    nExpertGroups: info.nExpertGroups,
    recorded: run.settings,
    settings: Object.fromEntries(texts(run.settings)),
  };
}

/** The leaves of a JSON object, indexed by key; those of nested objects by "outer.inner". */
function texts(settings: unknown, prefix = ''): [string, string][] {
  if (typeof settings !== 'object' || settings === null) return [];
  return Object.entries(settings).flatMap(([key, value]: [string, unknown]): [string, string][] => {
    if (Array.isArray(value)) return [[prefix + key, value.join(', ')]];
    if (typeof value === 'object' && value !== null) return texts(value, `${prefix}${key}.`);
    return [[prefix + key, String(value)]];
  });
}

/** The source of scores from a run: its demos that are scored by now. */
export function sourceOfRun(store: Store, runId: number, domain: string): SelectionSettings['demos'][number] {
  const positions = new Set(scoredPositions(store, runId));
  const scored = listRunDemos(store, runId).filter((_, position) => positions.has(position));
  return sourceOfDemos(domain, scored);
}

/** The same for demos as a run lists them. */
export function sourceOfDemos(domain: string, demos: readonly RunDemo[]): SelectionSettings['demos'][number] {
  return {
    domain,
    demos: demos.map((demo) => demo.id),
    tokens: demos.reduce((sum, { tokens }) => sum + tokens, 0),
    hashes: demos.map((demo) => demo.hash),
  };
}
