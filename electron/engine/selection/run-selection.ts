// The select use case: scores of one or several domains in, kept experts out.
import { WinnowError } from '../../contract/errors.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { SelectRequest } from '../../contract/requests.ts';
import type { ScoresFile } from '../../contract/scores-file.ts';
import { Backend } from '../backend/backend.ts';
import type { EngineContext } from '../context.ts';
import { keyIntegers } from '../models/gguf-keys.ts';
import { inspectModel, type InspectedModel } from '../models/inspect.ts';
import { addPlan } from '../store/exports.ts';
import { findModel } from '../store/models.ts';
import { keepForBudget, kvCacheBytes, parseBytes } from './budget.ts';
import { powerOfTwoHint, resolveKeep } from './keep-count.ts';
import type { SelectOptions } from './layer-rules.ts';
import { mixShares, mixWeights } from './mix.ts';
import { mixMaxMin } from './max-min.ts';
import { retainedShares } from './matrix-shares.ts';
import { matrixFromScores, readScoresFile } from './scores-file.ts';
import { selectExperts } from './select.ts';

/** Compute buffers and the program itself, beside weights and KV cache. */
const RUNTIME_BYTES = 512 << 20;

export type SelectionOutcome = {
  readonly modelPath: string;
  readonly nExpert: number;
  readonly keep: number;
  /** Kept experts of each MoE layer, ascending. */
  readonly kept: readonly (readonly number[])[];
  /** Share of the score mass kept, per layer. */
  readonly retained: readonly number[];
  /** Several domains: each one's mean share. */
  readonly domains: readonly { readonly domain: string; readonly retained: number }[] | null;
  /** File sizes; null when the model is not at hand. */
  readonly bytes: { readonly full: number; readonly pruned: number } | null;
  /** A better count, if there is one. */
  readonly hint: string | null;
};

/**
 * @throws WinnowError SCORES_INVALID, SELECTION_IMPOSSIBLE, USAGE, and with `fit` what inspecting throws
 */
export async function runSelection(request: SelectRequest, context: EngineContext): Promise<SelectionOutcome> {
  const files = await Promise.all(request.scores.map((path) => readScoresFile(path)));
  const [first] = files;
  if (!first) throw new WinnowError('USAGE', 'Name at least one scores file.');
  files.forEach((file, i) => requireSameModel(first, file, request.scores[i] ?? ''));

  const model = await findModelFile(first, request.fit !== undefined, context);
  const keep = keepCount(request, first, model);
  const {
    n_expert: nExpert,
    n_expert_used: nExpertUsed,
    n_expert_groups: nGroups = 0,
    experts_per_block: expertsPerBlock = 1,
  } = first.model;
  const balanced = request.grouping === 'balanced' && nGroups > 1;
  const options: SelectOptions = {
    keep,
    nExpertUsed,
    pins: request.pins,
    drops: request.drops,
    expertsPerBlock,
    ...(balanced ? { nGroups, ...(model ? { nGroupsUsed: model.info.nExpertGroupsUsed } : {}) } : {}),
  };

  const matrices = files.map((file) => matrixFromScores(file, request.criterion, request.seed));
  const [single] = matrices;
  if (!single) throw new WinnowError('USAGE', 'Name at least one scores file.');
  const selection =
    matrices.length === 1 && typeof request.mix === 'string'
      ? selectExperts(single, options)
      : request.mix === 'max-min'
        ? mixMaxMin(matrices, options)
        : selectExperts(request.mix === 'shares' ? mixShares(matrices) : mixWeights(matrices, request.mix), options);

  const outcome: SelectionOutcome = {
    modelPath: first.model.path,
    nExpert,
    keep,
    kept: selection.kept,
    retained: selection.retained,
    domains: matrices.length === 1 ? null : matrices.map((matrix, i) => ({ domain: files[i]?.domain ?? request.scores[i] ?? '', retained: mean(retainedShares(matrix, selection.kept)) })), // prettier-ignore
    bytes: model && { full: model.info.bytes, pruned: prunedBytes(model.info, keep) },
    hint: powerOfTwoHint(keep, nExpert),
  };
  remember(request, files, outcome, context);
  return outcome;
}

/** Size of the pruned file, a few kilobytes aside. */
function prunedBytes(info: ModelInfo, keep: number): number {
  return info.bytes - info.expertBytes + Math.round((info.expertBytes * keep) / info.nExpert);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function requireSameModel(a: ScoresFile, b: ScoresFile, path: string): void {
  const same =
    a.model.fingerprint === b.model.fingerprint &&
    a.model.n_expert === b.model.n_expert &&
    a.model.moe_layers.join() === b.model.moe_layers.join();
  if (!same) {
    throw new WinnowError(
      'SCORES_INVALID',
      `${path} holds scores of another model (${b.model.path}) than the first file (${a.model.path}). Mix scores of one model only.`,
      { path },
    );
  }
}

/** The model that was scored, if its file is still there and still the same. */
async function findModelFile(
  scores: ScoresFile,
  needed: boolean,
  context: EngineContext,
): Promise<InspectedModel | null> {
  using backend = new Backend('off', context.host);
  try {
    const model = await inspectModel(scores.model.path, backend);
    if (scores.model.fingerprint === undefined || model.info.fingerprint === scores.model.fingerprint) return model;
    if (needed)
      throw new WinnowError('MODEL_CHANGED', `${scores.model.path} is not the file that was scored. Score it again.`, {
        path: scores.model.path,
      });
    return null;
  } catch (error) {
    if (needed) throw error;
    return null;
  }
}

function keepCount(request: SelectRequest, scores: ScoresFile, model: InspectedModel | null): number {
  const { n_expert: nExpert, n_expert_used: nExpertUsed, n_expert_groups: nGroups = 0 } = scores.model;
  if (request.fit === undefined) {
    if (request.keep === undefined)
      throw new WinnowError('USAGE', 'Give either a count to keep or a memory size to fit.');
    return resolveKeep(request.keep, nExpert);
  }
  if (!model) throw new WinnowError('USAGE', 'Fitting a memory size needs the model.');
  const balanced = request.grouping === 'balanced' && nGroups > 1;
  return keepForBudget({
    ...memoryFacts(model, request.ctx),
    budgetBytes: parseBytes(request.fit),
    nExpert,
    nExpertUsed: balanced ? Math.max(nExpertUsed, 2 * nGroups) : nExpertUsed,
    unit: balanced ? nGroups : Math.max(1, model.info.expertsPerBlock),
  });
}

function memoryFacts({ info, headers }: InspectedModel, ctx: number) {
  const kv = headers[0]?.kv ?? {};
  const integers = (name: string): number[] => keyIntegers(kv, `${info.arch}.${name}`) ?? [];
  const one = (name: string): number => integers(name)[0] ?? 0;
  const headCount = one('attention.head_count');
  const headDim = headCount > 0 ? one('embedding_length') / headCount : 0;
  const headsKv = integers('attention.head_count_kv');
  const kvBytes = kvCacheBytes(
    {
      blockCount: info.blockCount,
      headCountKv: headsKv.length > 1 ? headsKv : (headsKv[0] ?? headCount),
      keyLength: one('attention.key_length') || headDim,
      valueLength: one('attention.value_length') || headDim,
    },
    ctx,
  );
  return {
    fullBytes: info.bytes,
    expertBytes: info.expertBytes,
    nExpert: info.nExpert,
    kvBytes,
    computeBytes: RUNTIME_BYTES,
  };
}

/** Stores the plan, so that an export of it can say where its experts come from. */
function remember(
  request: SelectRequest,
  files: readonly ScoresFile[],
  outcome: SelectionOutcome,
  context: EngineContext,
): void {
  const fingerprint = files[0]?.model.fingerprint;
  const model = fingerprint === undefined ? undefined : findModel(context.store, fingerprint);
  if (!model) return;
  const demos = files.map(({ domain, demos: list, tokens }) => ({
    domain: domain ?? '',
    demos: list.map(({ id }) => id),
    tokens,
  }));
  addPlan(context.store, model.id, outcome.kept, request.criterion, {
    mix: request.mix,
    grouping: request.grouping,
    seed: request.seed,
    demos,
  });
}
