// Plans the search for the best file: what it would compare, and what that takes. This is decided before anything is computed.
import { FIT_PHASES, type ChoosingWay, type FitPlan, type FitPhase } from '../../../contract/fit.ts';
import type { QuantType } from '../../../contract/quantise.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { openSource, type OpenedSource } from '../../demos/collect-demos.ts';
import { inspectFile, requirePrunable, type InspectedModel } from '../../models/inspect.ts';
import { modelName } from '../../models/model-files.ts';
import { checkImatrix } from '../../write/pruning/imatrix-file.ts';
import type { prepareScore, PreparedScore } from '../../experts/scoring/prepare-scoring.ts';
import { storedRunOf } from '../../experts/scoring/score-run.ts';
import { listRunDemos } from '../../store/score-runs.ts';
import { filesToMake, promisingCount, type Candidate } from './candidates.ts';
import type { CandidateFinder } from './find-candidates.ts';
import type { FileOptions } from './fit-files.ts';
import { isPreview, Losses } from './losses.ts';
import { secondsOfFit } from './fit-seconds.ts';
import { choosingDemosOfFile } from '../../write/pruning/choosing-demos.ts';
import type { RepairDemos } from '../../write/repairing/repair-demos.ts';
import { demosToRepairBy } from './repairs.ts';
import type { SearchProgress } from './search-progress.ts';
import { finderFor, leastMemory, nothingFits, requireRoom, searchSpaceOf } from './search-space.ts';
import { demosLeft, shareHeldBack, textsFor, type FitTexts, type HalfText } from './texts.ts';
import { countWays, firstWay, type Chooser } from './ways.ts';
import { sum } from '../../base/statistics/numbers.ts';
import { maskedHash } from '../../experts/selection/selection.ts';
import type { IdentifiedInfo } from '../../models/identity.ts';
import { fitLedger, keptFigures } from '../evaluation/figure-ledger.ts';
import { Measuring, type Subject } from '../evaluation/measuring.ts';

export type PlannedFit = {
  readonly plan: FitPlan;
  readonly seconds: Readonly<Record<FitPhase, number>>;
  /** Number of ways of choosing experts that are measured in addition to the first one. */
  readonly ways: number;
  /** Number of figures that the choice of candidates depends on. */
  readonly figures: number;
  /** The scoring that the search begins with. */
  readonly score: PreparedScore;
  readonly making: FileOptions;
  /** Whether scoring collects the importance matrix that files are quantised by. */
  readonly importance: boolean;
  /** Candidates by the sample's losses. */
  readonly candidates: readonly Candidate<QuantType>[];
  /** Finds the candidates again by this model's losses. */
  readonly finder: CandidateFinder;
  /** The finder for files whose experts are chosen in another way. @throws WinnowError from reading a named importance matrix */
  readonly finderOf: (way: ChoosingWay) => Promise<CandidateFinder>;
  /** Whether files of single classes and of narrower experts are made to measure losses; false: it takes too long, or no mixes are looked for. */
  readonly measuresFiles: boolean;
  readonly texts: FitTexts;
  /** The demos that each made file is repaired by; null: no file is repaired. */
  readonly repairDemos: RepairDemos | null;
};

/**
 * Plans a search. Reads a model that is not known whole, and texts; counts tokens. Demos of files are added to their domain.
 * @param prepare plans the scoring
 * @throws WinnowError from inspecting, importing and the texts; NOTHING_FITS; USAGE: no such type
 */
export async function planFit(
  asked: FitRequest,
  context: EngineContext,
  task: Task,
  prepare: typeof prepareScore,
): Promise<PlannedFit> {
  const model = await inspectFile(asked.model, context);
  const { info } = model;
  requirePrunable(info);
  const { nextn = 'drop', requantise, imatrix = null, budgetBytes } = asked;
  const ctx = Math.min(asked.ctx, info.contextLength || Infinity);
  const way = firstWay(asked);
  const space = await searchSpaceOf(
    { ...asked, ctx },
    { model, grouping: way.grouping, nextn, imatrix, requantise },
    context,
  );
  await requireRoom(space, context);
  const source = await openSource(asked.demos, context.host);
  const request = { ...asked, ctx, holdBack: shareHeldBack(asked, source, context) };
  const importance = imatrix === null && space.types.some((type) => type !== null);

  using backend = new Backend(request.placement.gpu, context.host);
  if (imatrix !== null) await checkImatrix(imatrix, model, backend, task);
  const score = await prepare(scoreRequestOf(request, model, source, importance), context, backend, task);
  const { scoring, estimate } = score;
  const { domain, modelId } = scoring;
  const run = storedRunOf(context.store, scoring, importance);
  // a stored run may know the same demos by other names
  const scored = run ? { domain: run.domain, demos: listRunDemos(context.store, run.id) } : scoring;
  const finder = await finderFor(space, way, scored, context, backend);
  const finderOf = async (other: ChoosingWay): Promise<CandidateFinder> => {
    using reader = new Backend('off', context.host);
    return await finderFor(space, other, scored, context, reader);
  };
  const { candidates, unknown } = await finder.find(new Losses(info.nExpert));
  if (candidates.length === 0) throw await nothingFits(space, await leastMemory(space, context), context);
  const seen = [...scoring.demos, ...choosingDemosOfFile(context.store, model.kv)];
  const left = await demosLeft(source, domain, seen, context, task);
  const texts = await textsFor(request, domain, left, context, task);
  const repairDemos = request.repair === false ? null : ((await demosToRepairBy(scoring, context, task)) ?? null);
  const promising = promisingCount(candidates, info);
  const ways = countWays(request, info, promising);
  const time = await secondsOfFit(
    { request, model, modelId, candidates, unknown, ways, texts, repairDemos },
    run?.state === 'done' ? 0 : estimate.seconds,
    { context, backend, task },
  );
  const { measuresFiles } = time;
  const compared = sum(filesToMake(candidates, info.nExpert).map(({ bytes }) => bytes)) + time.recordedBytes;
  const plan: FitPlan = {
    modelName: modelName(info),
    fullBytes: info.bytes,
    sourceType: info.fileType,
    nExpert: info.nExpert,
    domain,
    isOnDemos: texts.isOnDemos,
    cutDemos: scoring.cut === 0 ? null : { cut: scoring.cut, of: scoring.demos.length, tokens: request.maxTokens },
    demos: { scored: scored.demos.length, aside: left.demos.length },
    budgetBytes,
    ctx,
    files: candidates.map(plannedOf),
    texts: [
      ...texts.inside.map(({ name }) => ({ name, inDomain: true })),
      ...texts.outside.map(({ name }) => ({ name, inDomain: false })),
    ],
    phases: FIT_PHASES.filter((phase) => phase === 'scoring' || time.phases[phase] > 0),
    // files of single classes are deleted before others are made
    scratchBytes: Math.max(compared, measuresFiles ? await finder.classFileBytes() : 0) + time.distributionBytes,
    seconds: time.seconds,
  };
  return {
    plan,
    seconds: time.phases,
    ways,
    figures: unknown.filter((figure) => isPreview(figure) || measuresFiles).length,
    score,
    making: space.making,
    importance,
    candidates,
    finder,
    finderOf,
    measuresFiles,
    texts,
    repairDemos,
  };
}

/** A candidate as it appears in a plan. */
export function plannedOf({ after: _, ...file }: Candidate<QuantType>): FitPlan['files'][number] {
  return file;
}

function scoreRequestOf(request: FitRequest, model: InspectedModel, demos: OpenedSource, importance: boolean) {
  const { limit, holdBack, maxTokens, nUbatch, placement } = request;
  return { model, demos, limit, holdBack, maxTokens, nUbatch, placement, fresh: false, importance };
}

export type SearchContext = {
  readonly request: FitRequest;
  readonly planned: PlannedFit;
  /** Options of files, with the importance matrix of the demos if one was collected. */
  readonly making: FileOptions;
  /** Fingerprint of the importance matrix; null: there is none. */
  readonly matrix: string | null;
  /** Folder in which files are made. */
  readonly folder: string;
  readonly chooser: Chooser;
  readonly measuring: FileMeasuring;
  readonly progress: SearchProgress;
  readonly context: EngineContext;
  /** Whether candidates are now settled by what has been measured so far. */
  readonly isSettled: () => boolean;
  /** Whether the time is up, so that nothing more is measured. */
  readonly isTimeUp: () => boolean;
};

type FileMeasuring = Measuring<Subject, HalfText>;

/** Measures files stage by stage against the source model. */
export function measuringBeside(
  source: IdentifiedInfo,
  { chunkTokens: ctx, placement }: FitRequest,
  context: EngineContext,
  task: Task,
): FileMeasuring {
  const full = { of: { info: source }, hash: maskedHash({ info: source }) };
  const asker = {
    ledger: fitLedger(context.store),
    rowOf: (subject: Subject, { id, name, domain, hash, half, whole }: HalfText, chunks: number | null) => {
      const file = subject === full ? null : subject.hash;
      const about = {
        file,
        source: source.fingerprint,
        text: { id, name, domain, hash, half, whole },
        chunks: chunks ?? 0,
      };
      return { ...about, placement };
    },
    pairsOf: (subject: Subject) => (subject === full ? ('nll' as const) : ('kl' as const)),
  };
  return new Measuring<Subject, HalfText>(full, keptFigures(asker, full, { ctx, placement }), {
    ctx,
    placement,
    context,
    task,
    onProgress: (done, total) => task.about({ step: { key: 'measuring', done, total } }),
  });
}
