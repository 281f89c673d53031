// Scores from scores files, to choose experts by. Unlike stored runs, a file may come from another machine or another program, and
// its model may not be at hand. The requests differ accordingly.
import { dirname, resolve } from 'node:path';
import type { SelectionRequest } from '../../../contract/api/selections.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import { CRITERIA } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { TypedKeep } from '../../../contract/requests.ts';
import type { ScoresFile } from '../../../contract/scores-file.ts';
import { msg, type Sentence } from '../../../contract/sentences.ts';
import { inspectFile, requirePrunable, type InspectedModel } from '../../models/inspect.ts';
import { inspectedMemory } from '../../models/placement/conversation.ts';
import { blocksOfChoice } from '../../models/prediction-blocks.ts';
import { matchModel, samenessSaid } from '../../models/sameness.ts';
import type { Store } from '../../store/database.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { findModel } from '../../store/models.ts';
import { listRunDemos, listScoreRuns, type ScoreRun } from '../../store/score-runs.ts';
import { sourceOfRun } from '../runs/stored-run.ts';
import { RunTotals } from '../runs/run-totals.ts';
import { choiceModel } from '../selection/choice-file.ts';
import { scoreMatrix } from '../selection/criteria.ts';
import { settledKeep } from '../selection/keep-count.ts';
import { knownModel } from '../selection/known-model.ts';
import { matrixFromScores, readScoresFile } from '../selection/scores-file.ts';
import type { Scores } from './choose.ts';

/** The parts of a request that only files need. */
type FilesRequest = {
  /** Paths of scores files. */
  readonly files: readonly string[];
  readonly keep: TypedKeep;
  /** Path of the model whose experts are chosen, the scored one in any quantisation; null: the file that was scored. */
  readonly model: string | null;
};

/** Files that were read, which hold the scores of every criterion, with a request in the form for runs. */
type OpenedScores = Pick<SelectionRequest, 'keep'> & {
  /** The criterion to choose by unless another is named: the only one of the first file, or Winnow's usual one. */
  readonly usualCriterion: string;
  /** @throws WinnowError SCORES_INVALID: a file does not hold this criterion */
  readonly by: (criterion: string) => Scores;
};

type FoundModel = {
  /** null: the model is not at hand. */
  readonly model: InspectedModel | null;
  /** A warning about what the scores do not prove about the model; null: nothing is left to prove. */
  readonly said: Sentence | null;
};

/**
 * @throws WinnowError SCORES_INVALID; USAGE: the count to keep cannot be read; if the model is needed, what inspecting it throws,
 * and MODEL_CHANGED
 */
export async function openScores(
  { files: paths, ...request }: FilesRequest,
  context: EngineContext,
  signal?: AbortSignal,
): Promise<OpenedScores> {
  const { store } = context;
  const files = await Promise.all(paths.map((path) => readScoresFile(path, signal)));
  const [first] = files;
  if (!first) throw new WinnowError('USAGE', msg('nameScoresFile'));
  files.forEach((file, i) => requireSameModel(first, file, paths[i] ?? ''));
  const scoresPath = paths[0] ?? '';
  const { model, said } =
    request.model === null
      ? await findModelFile(first, scoresPath, request.keep.kind === 'fit', context)
      : await namedModel(first, scoresPath, request.model, context);
  const keep = settledKeep(request.keep, first.model.n_expert);
  const names = Object.keys(first.criteria);
  const common = {
    model: modelFacts(first, model),
    sized: model && model.info,
    memory: (ctx: number) => {
      if (!model) throw new WinnowError('USAGE', msg('fitNeedsModel'));
      return inspectedMemory(model, ctx, context.host);
    },
    header: () => Promise.resolve(model),
    origin: async () => {
      const origin = await findOrigin(files, store);
      // the scored file itself may never have been here
      return request.model !== null && model ? { ...origin, modelId: knownModel(store, model.info).id } : origin;
    },
    choiceModel: (kept: KeptExperts) => (model ? choiceModel(model.info, kept) : findScoredModel(first, scoresPath)),
  };
  return {
    keep,
    usualCriterion: names.length === 1 ? names[0]! : CRITERIA[0],
    by: (criterion) => ({
      ...common,
      ofFiles: { said, criterion },
      domains: files.map((file, i) => ({
        domain: file.domain ?? paths[i] ?? '',
        matrix: matrixFromScores(file, criterion),
        maxNorm: file.max_norm ? Float32Array.from(file.max_norm.flat()) : null,
      })),
    }),
  };
}

function requireSameModel(a: ScoresFile, b: ScoresFile, path: string): void {
  const same =
    a.model.fingerprint === b.model.fingerprint &&
    a.model.n_expert === b.model.n_expert &&
    a.model.moe_layers.join() === b.model.moe_layers.join();
  if (!same) {
    throw new WinnowError(
      'SCORES_INVALID',
      msg('scoresOfTwoModels', { path, model: b.model.path, firstModel: a.model.path }),
      { path },
    );
  }
}

/**
 * The model that was scored, if its file still exists unchanged: where it was last seen, or where the scores say.
 * @param scoresPath current scores files only state the model's name, and mean the file beside them
 */
async function findModelFile(
  { model: scored }: ScoresFile,
  scoresPath: string,
  needed: boolean,
  context: EngineContext,
): Promise<FoundModel> {
  const { path, fingerprint } = scored;
  const row = fingerprint === undefined ? undefined : findModel(context.store, fingerprint);
  const places = new Set([...(row ? [row.path] : []), resolve(dirname(scoresPath), path)]);
  let failure = new WinnowError('FILE_NOT_FOUND', msg('scoredModelGone', { path: scoresPath, model: path }), { path });
  for (const place of places) {
    try {
      const model = await inspectFile(place, context);
      const sameness = scoredSameness(scored, model.info);
      if (sameness === 'unnamed') return { model, said: msg('scoresUnnamed', { path: scoresPath }) };
      if (sameness === 'bytes' || (sameness !== null && fingerprint === undefined)) return { model, said: null };
      failure = new WinnowError('MODEL_CHANGED', msg('notTheScoredFile', { path: place }), { path: place });
    } catch (error) {
      if (!(error instanceof WinnowError)) throw error;
      if (error.code !== 'FILE_NOT_FOUND') failure = error;
    }
  }
  if (needed) throw failure;
  return { model: null, said: null };
}

/**
 * The model that the user names for the scores.
 * @throws WinnowError MODEL_CHANGED: it is another one than was scored; as `inspectFile`
 */
async function namedModel(
  { model: scored }: ScoresFile,
  scoresPath: string,
  path: string,
  context: EngineContext,
): Promise<FoundModel> {
  const model = await inspectFile(path, context);
  const { info } = model;
  requirePrunable(info);
  const { path: name } = scored;
  const sameness = scoredSameness(scored, info);
  const blocks = blocksOfChoice(info, scored.moe_layers);
  const fits = scored.n_expert === info.nExpert && scored.moe_layers.join() === blocks.join();
  if (sameness === null || !fits) {
    throw new WinnowError('MODEL_CHANGED', msg('scoresForeign', { path: scoresPath, name, model: path }), { path });
  }
  if (sameness === 'unnamed') return { model, said: msg('scoresUnnamed', { path: scoresPath }) };
  return { model, said: scored.fingerprint === undefined ? null : samenessSaid({ file: name }, sameness, info) };
}

/** How far a model is the scored one; `unnamed`: the scores do not say which was, except by a file's name; null: it is another. */
function scoredSameness(
  { fingerprint, kindred }: ScoresFile['model'],
  info: InspectedModel['info'],
): ReturnType<typeof matchModel> | 'unnamed' {
  const sameness = matchModel({ fingerprint: fingerprint ?? '', kindred }, info);
  return sameness === null && fingerprint === undefined && kindred === undefined ? 'unnamed' : sameness;
}

/** The facts that the scores state about their model; missing ones are taken from its file. */
function modelFacts({ model: scored }: ScoresFile, model: InspectedModel | null): Scores['model'] {
  return {
    path: model?.info.path ?? scored.path,
    arch: scored.arch,
    nExpert: scored.n_expert,
    nExpertUsed: scored.n_expert_used,
    nExpertGroups: scored.n_expert_groups ?? 0,
    nExpertGroupsUsed: model?.info.nExpertGroupsUsed,
    expertsPerBlock: scored.experts_per_block ?? 1,
    nEmbd: scored.n_embd ?? model?.info.nEmbd,
  };
}

function findScoredModel({ model }: ScoresFile, scoresPath: string): ReturnType<Scores['choiceModel']> {
  const { path, arch, moe_layers, n_expert, fingerprint, kindred } = model;
  if (fingerprint === undefined)
    throw new WinnowError('USAGE', msg('scoredModelGone', { path: scoresPath, model: path }));
  return {
    file: fileName(path),
    arch,
    fingerprint,
    moe_layers,
    n_expert,
    ...(kindred !== undefined && { kindred }),
  };
}

/** The file name in a path, which may come from a machine with other separators. */
function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

/** The stored runs that the files were written from: with these, a choice by files is as good as one by runs. */
async function findOrigin(files: readonly ScoresFile[], store: Store): ReturnType<Scores['origin']> {
  const fingerprint = files[0]?.model.fingerprint;
  const model = fingerprint === undefined ? undefined : findModel(store, fingerprint);
  const runs = model ? await Promise.all(files.map((file) => findScoredRun(store, model.id, file))) : [];
  const demos = files.map(({ domain, demos: list, tokens: count }, i) => {
    const run = runs[i];
    if (run) return sourceOfRun(store, run.id, run.domain);
    const hashes = list.flatMap(({ hash }) => hash ?? []);
    return {
      domain: domain ?? '',
      demos: list.map(({ id }) => id),
      tokens: count,
      ...(hashes.length === list.length && { hashes }),
    };
  });
  const runIds = runs.flatMap((run) => run?.id ?? []);
  return { modelId: model?.id ?? null, demos, runIds: runIds.length === files.length ? runIds : null };
}

/** Two criteria whose scores distinguish runs that differ in anything that scores depend on. */
const TELLING = ['easy-ep', 'gate'] as const;

/**
 * The stored run that a scores file was written from.
 * @returns undefined: it was scored elsewhere, or the run was deleted
 * @throws WinnowError STORE: a stored matrix is damaged
 */
export async function findScoredRun(store: Store, modelId: number, file: ScoresFile): Promise<ScoreRun | undefined> {
  const totals = new RunTotals(store);
  const ids = file.demos.map(({ id }) => id).join('\n');
  for (const run of listScoreRuns(store)) {
    if (run.state !== 'done' || run.modelId !== modelId || run.domain !== file.domain) continue;
    const own = listRunDemos(store, run.id).map(({ id }) => id);
    if (own.join('\n') === ids && (await hasScores(totals, run, file))) return run;
  }
  return undefined;
}

/** Whether the scores agree bit for bit: JSON keeps every digit. */
async function hasScores(totals: RunTotals, { id }: ScoreRun, file: ScoresFile): Promise<boolean> {
  const { sums } = await totals.of(id);
  return TELLING.every((criterion) => {
    if (file.criteria[criterion] === undefined) return false;
    const { scores, ...shape } = matrixFromScores(file, criterion);
    const stored = scoreMatrix(criterion, sums, shape).scores;
    return stored.length === scores.length && stored.every((score, i) => score === scores[i]);
  });
}
