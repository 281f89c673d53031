// What the search for the best file would compare, and what that takes: settled before anything is computed.
import { FIT_PHASES, type ChoosingWay, type FitPlan } from '../../../contract/fit.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { displayBytes } from '../../../contract/display-bytes.ts';
import { sizeTextAbove } from '../../../contract/size-text.ts';
import { isUnquantised, quantTypeSchema, typesBelow, type QuantType } from '../../../contract/quantise.ts';
import type { FitRequest, Grouping } from '../../../contract/requests.ts';
import { say } from '../../../contract/sentences.ts';
import { Backend } from '../../base/backend/backend.ts';
import { documentsOf, type EvaluationDocument } from '../../base/content/documents.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { openSource, type OpenedSource } from '../../demos/gather.ts';
import { requireActiveExperts } from '../../models/active-experts.ts';
import type { Prompt } from '../generation/prompts.ts';
import { inspectFile, requirePrunable, type InspectedModel } from '../../models/inspect.ts';
import { modelName } from '../../models/model-name.ts';
import { chatBuffers } from '../../models/placement/chat-buffers.ts';
import { checkImatrix } from '../../write/pruning/imatrix-file.ts';
import { sourceOfDemos } from '../../experts/runs/run-source.ts';
import type { PreparedScoring } from '../../experts/scoring/prepare-scoring.ts';
import { prepareScore, type PreparedScore } from '../../experts/scoring/run-scoring.ts';
import { storedRunOf } from '../../experts/scoring/score-run.ts';
import { countLimits } from '../../experts/selection/choose-experts.ts';
import { listRunDemos } from '../../store/score-runs.ts';
import { promisingCount, type Candidate } from './candidates.ts';
import { CandidateFinder } from './find-candidates.ts';
import { sizeOf, type FileOptions, type HeaderFacts } from './fit-files.ts';
import { isPreview, Losses } from './losses.ts';
import { filesToMake, secondsOfFit, secondsOfWritingAgain } from './fit-seconds.ts';
import { choosingDemosOfFile } from '../../write/pruning/choosing-demos.ts';
import { domainMatrix, namedMatrix, provenanceOf } from './header-facts.ts';
import type { RepairDemos } from '../../write/repairing/repair-demos.ts';
import { teacherBytes } from '../../write/repairing/teacher.ts';
import { costOfElimination, eliminationSample, type EliminationSample } from '../slow-criteria/eliminate-experts.ts';
import { demosToRepairBy } from './repairs.ts';
import { answerPrompts } from './answers.ts';
import { shareHeldBack } from './hold-back.ts';
import { secondsOfPhase, type FitSeconds } from './search-progress.ts';
import { DemosLeft, textsFor, type FitTexts } from './texts.ts';
import { countWays, firstWay, triesJointly } from './ways.ts';

/** Of a conversation that is of any use. */
const LEAST_CTX = 256;
const NOTHING: FitPlan['seconds'] = { low: 0, likely: 0, high: 0 };

export type PlannedFit = {
  readonly plan: FitPlan;
  /** Likely ones, of each thing that a phase does. */
  readonly seconds: FitSeconds;
  /** Ways of choosing experts that are measured beside the first one. */
  readonly ways: number;
  /** Figures that the choice of candidates depends on. */
  readonly figures: number;
  /** The scoring that it begins with. */
  readonly score: PreparedScore;
  readonly making: FileOptions;
  /** Whether scoring collects the importance matrix that files are quantised by. */
  readonly importance: boolean;
  /** By what the sample has lost. */
  readonly candidates: readonly Candidate<QuantType>[];
  /** Finds them anew by what this model loses. */
  readonly finder: CandidateFinder;
  /** The same, of files whose experts are chosen so. @throws WinnowError of an importance matrix that is named */
  readonly finderOf: (way: ChoosingWay) => Promise<CandidateFinder>;
  /** Whether files of single classes of tensors, and of narrower experts, are made for that; false: it would take too long, or no mixes are looked for. */
  readonly measuresFiles: boolean;
  readonly texts: FitTexts;
  /** By which experts are chosen jointly; null: no token of the demos counts. */
  readonly sample: EliminationSample | null;
  /** By which each file is repaired that is made; null: none is. */
  readonly repairDemos: RepairDemos | null;
  /** That the best files answer. */
  readonly prompts: readonly Prompt[];
};

/**
 * Reads headers and texts, and counts tokens.
 * @throws WinnowError of inspecting, importing and the texts; NOTHING_FITS; USAGE: no such type
 */
export async function planFit(asked: FitRequest, context: EngineContext, task: Task): Promise<PlannedFit> {
  const model = await inspectFile(asked.model, context);
  const { info } = model;
  requirePrunable(info);
  const { nextn = 'drop', requantise, imatrix = null, budgetBytes } = asked;
  const ctx = Math.min(asked.ctx, info.contextLength || Infinity);
  const way = firstWay(asked);
  const { grouping } = way;
  const making = await makingFor({ model, grouping, nextn, imatrix, requantise }, ctx, context);
  const types = typesFor(asked, model);
  await requireRoom({ ...asked, ctx }, types, making, context);
  const source = await openSource(asked.demos, context.host);
  const request = { ...asked, ctx, holdBack: shareHeldBack(asked, source, context) };
  const importance = imatrix === null && types.some((type) => type !== null);

  using backend = new Backend(request.placement.gpu, context.host);
  if (imatrix !== null) await checkImatrix(imatrix, model, backend, task);
  const score = await prepareScore(scoreRequestOf(request, model, source, importance), context, backend, task);
  const { scoring, estimate } = score;
  const { domain, modelId } = scoring;
  const run = storedRunOf(context.store, scoring, importance);
  // a stored run may know the same demos by other names
  const scored = run ? { domain: run.domain, demos: listRunDemos(context.store, run.id) } : scoring;
  const sought = { request, types, scored };
  const finder = await finderFor(sought, way, making, context, backend);
  const finderOf = async (other: ChoosingWay): Promise<CandidateFinder> => {
    using reader = new Backend('off', context.host);
    return await finderFor(sought, other, { ...making, grouping: other.grouping }, context, reader);
  };
  const { candidates, unknown } = await finder.find(new Losses(info.nExpert));
  if (candidates.length === 0) {
    const needed = await leastMemory(request, types, making, context);
    throw await nothingFits(needed, request, types, making, context);
  }
  const kv = model.headers[0]?.kv ?? {};
  const seen = { domain, demos: [...scoring.demos, ...choosingDemosOfFile(context.store, kv)] };
  const left = new DemosLeft(source, seen, context, task.signal);
  const texts = await textsFor(request, seen, left, context, task);
  const prompts =
    request.answers === undefined
      ? []
      : await answerPrompts(await askedDemos(texts, left), request.answers, info, context, task);
  const repaired = request.repair === false ? null : (demosToRepairBy(scoring) ?? null);
  const promising = promisingCount(candidates, info);
  const ways = countWays(request, info, promising);
  const sample = eliminationSample(scoring, request.tokens ?? 'all');
  const joint =
    sample !== null && triesJointly(request, info, promising)
      ? await costOfElimination(model, sample, modelId, { backend, placement: request.placement, context, task }).catch(
          notForMemory,
        )
      : null;
  const time = await secondsOfFit(
    { request, model, modelId, candidates, unknown, ways, joint, texts, repairDemos: repaired, prompts },
    run?.state === 'done' ? NOTHING : estimate.seconds,
    { context, backend, task },
  );
  const toDo = request.writesAgain ? secondsOfWritingAgain(time) : time;
  const plan: FitPlan = {
    modelName: modelName(info),
    fullBytes: info.bytes,
    sourceType: info.fileType,
    nExpert: info.nExpert,
    domain,
    isOnDemos: texts.isOnDemos,
    cutDemos: scoring.cut === 0 ? null : { cut: scoring.cut, of: scoring.demos.length, tokens: request.maxTokens },
    demos: { scored: scored.demos.length, aside: (await left.demos()).length },
    budgetBytes,
    ctx,
    files: candidates.map(plannedOf),
    texts: [
      ...texts.inside.map(({ name }) => ({ name, inDomain: true })),
      ...texts.outside.map(({ name }) => ({ name, inDomain: false })),
    ],
    phases: FIT_PHASES.filter((phase) => phase === 'scoring' || secondsOfPhase(time.phases, phase) > 0),
    answers: prompts.length,
    // files of single classes are gone before others are made
    scratchBytes: Math.max(
      filesToMake(candidates, info).reduce((sum, { bytes }) => sum + bytes, 0) +
        (repaired === null ? 0 : teacherBytes(model, repaired)),
      time.measuresFiles ? await finder.classFileBytes() : 0,
    ),
    seconds: toDo.seconds,
  };
  const { measuresFiles } = time;
  return {
    plan,
    seconds: toDo.phases,
    ways,
    figures: unknown.filter((figure) => isPreview(figure) || time.measuresFiles).length,
    score,
    making,
    importance,
    candidates,
    finder,
    finderOf,
    measuresFiles,
    texts,
    sample,
    repairDemos: repaired,
    prompts,
  };
}

/** As a plan tells it. */
export function plannedOf({ after: _, ...file }: Candidate<QuantType>): FitPlan['files'][number] {
  return file;
}

/** What does not pass this machine at once is not tried. */
function notForMemory(error: unknown): null {
  if (error instanceof WinnowError && error.code === 'OUT_OF_MEMORY') return null;
  throw error;
}

/** Where demos are measured on, those that confirm: figures of the others have chosen the file. */
async function askedDemos({ isOnDemos, confirm }: FitTexts, left: DemosLeft): Promise<readonly EvaluationDocument[]> {
  return isOnDemos ? confirm.inside.flatMap((text) => documentsOf(text)) : left.demos();
}

/** For a conversation of so many tokens. */
async function makingFor(
  how: Omit<FileOptions, 'ctx' | 'buffers'>,
  ctx: number,
  { host }: EngineContext,
): Promise<FileOptions> {
  using backend = new Backend('off', host);
  return { ...how, ctx, buffers: await chatBuffers(backend, how.model.info, ctx) };
}

/** By which demos experts are chosen. */
type Scored = Pick<PreparedScoring, 'domain' | 'demos'>;

type Sought = { readonly request: FitRequest; readonly types: readonly (QuantType | null)[]; readonly scored: Scored };

/** @throws WinnowError of an importance matrix that is named */
async function finderFor(
  { request, types, scored }: Sought,
  way: ChoosingWay,
  making: FileOptions,
  context: EngineContext,
  backend: Backend,
): Promise<CandidateFinder> {
  return finderWith(
    request,
    types,
    making,
    await headerFacts({ ...request, ...way }, making, scored, backend),
    context,
  );
}

function finderWith(
  request: FitRequest,
  types: readonly (QuantType | null)[],
  making: FileOptions,
  header: HeaderFacts,
  context: EngineContext,
): CandidateFinder {
  const counts = countsFor(making.model, making.grouping);
  const actives = activesFor(request, making.model);
  const withMixes = request.types === undefined && types.some((type) => type !== null);
  const { budgetBytes } = request;
  return new CandidateFinder({ budgetBytes, types, counts, actives, withMixes }, making, header, context);
}

/** As far as the memory goes by it: not at all. */
const ANY_HEADER: HeaderFacts = { imatrix: domainMatrix(''), provenance: () => [] };

/**
 * Headers alone say what the smallest file takes: it is known before demos are read.
 * @throws WinnowError NOTHING_FITS, with what would; of planning
 */
async function requireRoom(
  request: FitRequest,
  types: readonly (QuantType | null)[],
  making: FileOptions,
  context: EngineContext,
): Promise<void> {
  if (await fitsSomeType(request, types, making, context)) return;
  const needed = await leastMemory(request, types, making, context);
  if (needed > request.budgetBytes) throw await nothingFits(needed, request, types, making, context);
}

/** Whether the fewest experts fit in a type's own mixture: without mixes that is quickly known. */
async function fitsSomeType(
  { budgetBytes }: FitRequest,
  types: readonly (QuantType | null)[],
  making: FileOptions,
  { host, scratchDir }: EngineContext,
): Promise<boolean> {
  const [keep = making.model.info.nExpert] = countsFor(making.model, making.grouping);
  using backend = new Backend('off', host);
  // the smallest type first
  for (const type of types.toReversed()) {
    const fewest = { keep, type, mix: null, activeExperts: null, width: null };
    const { memoryBytes } = await sizeOf(fewest, making, ANY_HEADER, { backend, scratchDir });
    if (memoryBytes <= budgetBytes) return true;
  }
  return false;
}

function leastMemory(
  request: FitRequest,
  types: readonly (QuantType | null)[],
  making: FileOptions,
  context: EngineContext,
): Promise<number> {
  return finderWith(request, types, making, ANY_HEADER, context).leastMemory(new Losses(making.model.info.nExpert));
}

/** Of English, about: three for four tokens, rounded to tens. */
function wordsIn(tokens: number): number {
  return 10 * Math.round((0.75 * tokens) / 10);
}

/** With what would fit. @throws WinnowError of planning */
async function nothingFits(
  neededBytes: number,
  request: FitRequest,
  types: readonly (QuantType | null)[],
  making: FileOptions,
  context: EngineContext,
): Promise<WinnowError> {
  const { budgetBytes } = request;
  const { model, ctx, grouping } = making;
  const { nExpert } = model.info;
  const what = {
    fewest: countsFor(model, grouping)[0] ?? nExpert,
    nExpert,
    needed: sizeTextAbove(neededBytes),
    budget: displayBytes(budgetBytes),
    ctx,
  };
  const said = types.length === 1 ? say('fitImpossibleAsIs', what) : say('fitImpossible', what);
  for (let shorter = Math.floor(ctx / 2); shorter >= LEAST_CTX; shorter = Math.floor(shorter / 2)) {
    const less = await makingFor(making, shorter, context);
    if ((await leastMemory(request, types, less, context)) > budgetBytes) continue;
    const details = { neededBytes, budgetBytes, fittingCtx: shorter };
    return new WinnowError('NOTHING_FITS', say('fitsShorter', { said, shorter, words: wordsIn(shorter) }), details);
  }
  return new WinnowError('NOTHING_FITS', said, { neededBytes, budgetBytes });
}

/**
 * What the headers of files will say, by the demos that are to be scored, or were.
 * @throws WinnowError of an importance matrix that is named
 */
async function headerFacts(
  { criterion, grouping, tokens, superExperts }: Omit<FitRequest, 'criterion'> & ChoosingWay,
  { model, imatrix }: FileOptions,
  { domain, demos }: Scored,
  backend: Backend,
): Promise<HeaderFacts> {
  const by = { criterion, grouping, tokens, superExperts, source: sourceOfDemos(domain, demos) };
  return {
    imatrix: imatrix === null ? domainMatrix(domain) : await namedMatrix(imatrix, model, backend),
    provenance: (file) => provenanceOf(model, file, by),
  };
}

function scoreRequestOf(request: FitRequest, model: InspectedModel, demos: OpenedSource, importance: boolean) {
  const { limit, holdBack, maxTokens, nUbatch, placement } = request;
  return { model, demos, limit, holdBack, maxTokens, nUbatch, placement, fresh: false, importance };
}

/** The source's own weights, and types with fewer bits than its own: of quantised weights only where that was asked for. */
function typesFor({ types, requantise }: FitRequest, { info, tensors }: InspectedModel): readonly (QuantType | null)[] {
  if (types !== undefined) return [null, ...types.map(requireType)];
  const isQuantised = tensors.some(({ type, ne }) => ne.length > 1 && !isUnquantised(type));
  if (isQuantised && !requantise) return [null];
  return [null, ...typesBelow(info.fileType)];
}

function requireType(name: string): QuantType {
  const type = quantTypeSchema.safeParse(name);
  if (type.success) return type.data;
  throw new WinnowError('USAGE', say('noQuantType', { name }), { name });
}

/** @throws WinnowError SELECTION_IMPOSSIBLE: more than the model's own, or this model cannot have another count */
function activesFor({ activeExperts }: FitRequest, model: InspectedModel): (number | null)[] {
  const own = model.info.nExpertUsed;
  const counts = [...new Set(activeExperts ?? [own])].sort((a, b) => b - a);
  return counts.map((count) => {
    if (count === own) return null;
    requireActiveExperts(count, model);
    return count;
  });
}

function countsFor({ info }: InspectedModel, grouping: Grouping): number[] {
  const { unit, smallest } = countLimits(info, grouping);
  const first = Math.ceil(smallest / unit) * unit;
  const counts: number[] = [];
  for (let keep = first; keep < info.nExpert; keep += unit) counts.push(keep);
  return [...counts, info.nExpert];
}
