// The select use case: scores of one or several domains in, kept experts out.
import { dirname, resolve } from 'node:path';
import { selectionRequestSchema } from '../../../contract/api/selections.ts';
import type { Criterion } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { MaskFile } from '../../../contract/mask-file.ts';
import type { SelectRequest } from '../../../contract/requests.ts';
import type { ScoresFile } from '../../../contract/scores-file.ts';
import { say, type Sentence } from '../../../contract/sentences.ts';
import { usualTokens, type TokenChoice } from '../../../contract/token-classes.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { parseBytes } from '../../base/files/parse-bytes.ts';
import { inspectFile, type InspectedModel } from '../../models/inspect.ts';
import { samenessOf, samenessSaid } from '../../models/sameness.ts';
import { findScoredRun } from '../runs/find-scored-run.ts';
import { sourceOfRun } from '../runs/run-source.ts';
import type { MemoryFacts } from '../../models/placement/budget.ts';
import {
  chooseExperts,
  countToKeep,
  prunedBytes,
  type Choice,
  type Keep,
  type Routing,
} from '../selection/choose-experts.ts';
import { resolveKeep } from '../selection/keep-count.ts';
import { maskDocument } from '../selection/mask-file.ts';
import { inspectedMemory } from '../../models/placement/memory-facts.ts';
import { oneMask } from '../selection/scored-under.ts';
import type { SelectionSettings } from '../selection/selection-settings.ts';
import { matrixFromScores, readScoresFile, scoredUnder, tellsTokens } from '../selection/scores-file.ts';
import { mean } from '../../base/statistics/averages.ts';
import { hashJson } from '../../store/json.ts';
import type { Store } from '../../store/database.ts';
import { findModel, type StoredModel } from '../../store/models.ts';
import { addSelection, listSelections, type NewSelection } from '../../store/selections.ts';

export type SelectionOutcome = {
  /** The file's name alone where it is not at hand. */
  readonly modelPath: string;
  readonly nExpert: number;
  readonly keep: number;
  /** By which tokens they were ranked. */
  readonly tokens: TokenChoice;
  /** Whether the scores tell tokens apart; those of older versions do not. */
  readonly tellsTokens: boolean;
} & Pick<Choice, 'superExperts' | 'retainedUnpinned'> & {
    /** Kept experts of each MoE layer, ascending. */
    readonly kept: readonly (readonly number[])[];
    /** Retained score per layer, 0 to 1. */
    readonly retained: readonly number[];
    /** Several domains: each one's mean share. */
    readonly domains: readonly { readonly domain: string; readonly retained: number }[] | null;
    /** File sizes; null when the model is not at hand. */
    readonly bytes: { readonly full: number; readonly pruned: number } | null;
    /** The nearest counts that run faster on NVIDIA GPUs; none: so they do with this one. */
    readonly fusedCounts: readonly number[];
    readonly mask: MaskFile;
    /** What the scores do not prove of the model; null: nothing is left to prove, or it is not at hand. */
    readonly said: Sentence | null;
  };

type Chosen = Pick<SelectionOutcome, 'kept' | 'tokens' | 'nExpert' | 'retained'>;

/** Scores as they were read, and what is the same whichever criterion chooses. */
export type OpenedScores = {
  readonly files: readonly ScoresFile[];
  /** Null: it is not at hand. */
  readonly model: InspectedModel | null;
  /** What the scores do not prove of it; null: nothing is left to prove. */
  readonly said: Sentence | null;
  readonly routing: Routing;
  readonly tokens: TokenChoice;
  /** Experts kept a layer. */
  readonly keep: number;
};

/** What is asked for, but for the criterion. */
type Wish = Omit<SelectRequest, 'criterion'>;

/**
 * @throws WinnowError SCORES_INVALID, SELECTION_IMPOSSIBLE, USAGE, and with `fit` what inspecting throws
 */
export async function runSelection(
  request: SelectRequest,
  context: EngineContext,
  signal?: AbortSignal,
): Promise<SelectionOutcome> {
  const opened = await openScores(request, context, { needsModel: request.fit !== undefined, signal });
  const { files, model, said, tokens, keep } = opened;
  const choice = await chooseBy(request.criterion, opened, request);
  const chosen = {
    ...choice,
    tokens,
    tellsTokens: files.every(tellsTokens),
    modelPath: model?.info.path ?? files[0]?.model.path ?? '',
    domains: files.length === 1 ? null : choice.domains,
    bytes: model && { full: model.info.bytes, pruned: prunedBytes(model.info, keep) },
  };
  const settings = await settingsFor(request, files, chosen, context);
  const { kept } = chosen;
  const { criterion } = request;
  remember(files, { criterion, kept, settings }, context.store);
  return { ...chosen, said, mask: maskOf(files, kept, { criterion, settings }) };
}

/** @throws WinnowError as `runSelection`; where the model is needed, what inspecting it throws, and MODEL_CHANGED */
export async function openScores(
  request: Wish,
  context: EngineContext,
  { needsModel, signal }: { readonly needsModel: boolean; readonly signal?: AbortSignal | undefined },
): Promise<OpenedScores> {
  const files = await Promise.all(request.scores.map((path) => readScoresFile(path, signal)));
  const [first] = files;
  if (!first) throw new WinnowError('USAGE', say('nameScoresFile'));
  files.forEach((file, i) => requireSameModel(first, file, request.scores[i] ?? ''));
  const { model, said } = await findModelFile(first, request.scores[0] ?? '', needsModel, context);
  const tokens = tokensFor(request, files);
  const routing = routingOf(first, model);
  const memory = async (ctx: number): Promise<MemoryFacts> => {
    if (!model) throw new WinnowError('USAGE', say('fitNeedsModel'));
    return inspectedMemory(model, ctx, context.host);
  };
  const { grouping, drops } = request;
  const wanted = { keep: keepOf(request, routing.nExpert), grouping, drops };
  const mask = oneMask(files.map((file, i) => ({ domain: request.scores[i] ?? '', scoredUnder: scoredUnder(file) })));
  const keep = await countToKeep(wanted, routing, memory, mask);
  return { files, model, said, routing, tokens, keep };
}

/** @throws WinnowError SELECTION_IMPOSSIBLE, SCORES_INVALID */
export async function chooseBy(
  criterion: Criterion,
  { files, routing, tokens, keep }: OpenedScores,
  request: Wish,
): Promise<Choice> {
  const domains = files.map((file, i) => ({
    domain: file.domain ?? request.scores[i] ?? '',
    tokens,
    matrix: matrixFromScores(file, criterion, { seed: request.seed, tokens }),
    scoredUnder: scoredUnder(file),
    maxNorm: file.max_norm ? Float32Array.from(file.max_norm.flat()) : null,
  }));
  return chooseExperts(domains, routing, { ...request, keep, superExperts: request.superExperts ?? 'pin' });
}

/** @throws WinnowError SCORES_INVALID: a file does not tell tokens apart, and some of them are asked for */
function tokensFor({ tokens, scores }: Wish, files: readonly ScoresFile[]): TokenChoice {
  if (tokens === undefined) {
    return usualTokens(files.map((file) => ({ moeLayers: file.model.moe_layers, tokenClasses: tellsTokens(file) })));
  }
  const unable = tokens === 'all' ? -1 : files.findIndex((file) => !tellsTokens(file));
  if (unable < 0) return tokens;
  const path = scores[unable] ?? '';
  throw new WinnowError('SCORES_INVALID', say('tokensNotInFile', { path }), { path });
}

function requireSameModel(a: ScoresFile, b: ScoresFile, path: string): void {
  const same =
    a.model.fingerprint === b.model.fingerprint &&
    a.model.n_expert === b.model.n_expert &&
    a.model.moe_layers.join() === b.model.moe_layers.join();
  if (!same) {
    throw new WinnowError(
      'SCORES_INVALID',
      say('scoresOfTwoModels', { path, model: b.model.path, firstModel: a.model.path }),
      { path },
    );
  }
}

/**
 * The model that was scored, if its file is still there and still the same: where it was seen last, or where the scores say.
 * @param scoresPath those of today say the model's name alone, and mean the file beside them
 */
async function findModelFile(
  { model: { path, fingerprint, kindred } }: ScoresFile,
  scoresPath: string,
  needed: boolean,
  context: EngineContext,
): Promise<Pick<OpenedScores, 'model' | 'said'>> {
  const known = fingerprint === undefined ? undefined : findModel(context.store, fingerprint);
  const places = new Set([...(known ? [known.path] : []), resolve(dirname(scoresPath), path)]);
  let failure = new WinnowError('FILE_NOT_FOUND', say('scoredModelGone', { path: scoresPath, model: path }), { path });
  for (const place of places) {
    try {
      const model = await inspectFile(place, context);
      const sameness = fingerprint === undefined ? 'bytes' : samenessOf({ fingerprint, kindred }, model.info);
      if (sameness === 'bytes' || sameness === 'samples') {
        return { model, said: samenessSaid({ file: fileNameOf(path) }, sameness, model.info) };
      }
      failure = new WinnowError('MODEL_CHANGED', say('notTheScoredFile', { path: place }), { path: place });
    } catch (error) {
      if (!(error instanceof WinnowError)) throw error;
      if (error.code !== 'FILE_NOT_FOUND') failure = error;
    }
  }
  if (needed) throw failure;
  return { model: null, said: null };
}

function routingOf({ model: scored }: ScoresFile, model: InspectedModel | null): Routing {
  return {
    nExpert: scored.n_expert,
    nExpertUsed: scored.n_expert_used,
    nExpertGroups: scored.n_expert_groups ?? 0,
    nExpertGroupsUsed: model?.info.nExpertGroupsUsed,
    expertsPerBlock: scored.experts_per_block ?? 1,
    nEmbd: scored.n_embd ?? model?.info.nEmbd,
  };
}

function keepOf(request: Wish, nExpert: number): Keep {
  if (request.fit !== undefined) return { kind: 'fit', bytes: parseBytes(request.fit), ctx: request.ctx };
  if (request.keep !== undefined) return { kind: 'count', count: resolveKeep(request.keep, nExpert) };
  throw new WinnowError('USAGE', say('keepOrFit'));
}

/** What led to the choice, with the runs that the scores come from where they are stored. */
async function settingsFor(
  request: SelectRequest,
  files: readonly ScoresFile[],
  { tokens, nExpert, retained }: Omit<Chosen, 'kept'>,
  { store }: EngineContext,
): Promise<SelectionSettings> {
  const model = storedModel(files, store);
  const runs = model ? await Promise.all(files.map((file) => findScoredRun(store, model.id, file))) : [];
  const demos = files.map(({ domain, demos: list, tokens: count }, i) => {
    const run = runs[i];
    if (run) return sourceOfRun(store, run);
    const hashes = list.flatMap(({ hash }) => hash ?? []);
    return {
      ...{ domain: domain ?? '', demos: list.map(({ id }) => id), tokens: count },
      ...(hashes.length === list.length && { hashes }),
    };
  });
  const { criterion, mix, grouping, seed, pins, drops, superExperts = 'pin' } = request;
  const runIds = runs.flatMap((run) => run?.id ?? []);
  const keep = keepOf(request, nExpert);
  const again = selectionRequestSchema.safeParse({
    ...{ runIds, criterion, keep, mix, pins, drops, grouping, seed, tokens, superExperts },
  });
  return {
    ...{ mix, grouping, activeExperts: null, seed, tokens, superExperts, demos, retained: mean(retained) },
    selection: runIds.length === files.length ? (again.data ?? null) : null,
  };
}

/** Stores the selection, so that an export of it can say where its experts come from. */
function remember(
  files: readonly ScoresFile[],
  { criterion, kept, settings }: Pick<NewSelection, 'criterion' | 'kept'> & { readonly settings: SelectionSettings },
  store: Store,
): void {
  const model = storedModel(files, store);
  if (!model) return;
  const same = hashJson([criterion, kept, settings]);
  const known = listSelections(store, model.id).some(
    (selection) => hashJson([selection.criterion, selection.kept, selection.settings]) === same,
  );
  if (!known) addSelection(store, { modelId: model.id, name: '', kept, criterion, settings });
}

function storedModel([first]: readonly ScoresFile[], store: Store): StoredModel | undefined {
  const fingerprint = first?.model.fingerprint;
  return fingerprint === undefined ? undefined : findModel(store, fingerprint);
}

/** The mask of a choice by scores, which say of their model what they know. */
function maskOf(
  [first]: readonly ScoresFile[],
  kept: Chosen['kept'],
  chosen: { readonly criterion: Criterion; readonly settings: SelectionSettings },
): MaskFile {
  if (!first) throw new Error('a choice by scores has scores');
  const { path, arch, moe_layers, n_expert, fingerprint = null, kindred } = first.model;
  const model = { file: fileNameOf(path), arch, fingerprint, moe_layers, n_expert };
  return maskDocument({ ...model, ...(kindred !== undefined && { kindred }) }, kept, chosen);
}

/** Scores may come from a machine whose paths are written otherwise. */
function fileNameOf(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
