// The fit use case: the best file for a memory budget. Experts are scored, the promising files are made and measured until one of
// them is the best, and that one is written.
import { existsSync } from 'node:fs';
import { join, parse } from 'node:path';
import { displayBytes } from '../../../contract/display-bytes.ts';
import { freeFileName } from '../../../contract/file-names.ts';
import {
  isPlain,
  type ChoosingWay,
  type FitAnswers,
  type FitEnd,
  type FitFile,
  type FitResult,
} from '../../../contract/fit.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { RepairFacts } from '../../../contract/repair.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { QuantType } from '../../../contract/quantise.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import { KeptWorkers } from '../../base/backend/kept-workers.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { RunTotals } from '../../experts/runs/run-totals.ts';
import { runPrepared, type PreparedScore, type ScoredRun } from '../../experts/scoring/run-scoring.ts';
import { matrixName, writeImportanceMatrix } from '../../write/pruning/write-importance.ts';
import type { ChooserTools } from '../../experts/selections/scores-of-runs.ts';
import { maskedHash } from '../../experts/selection/selection.ts';
import type { IdentifiedInfo } from '../../models/identity.ts';
import { inspectFile } from '../../models/inspect.ts';
import { rulesOfMix } from '../../write/quantising/tensor-classes.ts';
import { makeScratchFolder } from '../../store/scratch-folder.ts';
import { fitLedger, keptFigures, type Figures } from '../evaluation/figure-ledger.ts';
import { Measuring, type Subject } from '../evaluation/measuring.ts';
import { nameOf, promisingCount, type Candidate } from './candidates.ts';
import { ScratchFiles, type FileOptions } from './fit-files.ts';
import { fileIdentity, matrixFingerprint } from './file-identity.ts';
import { keepFoundFigures } from './keep-found.ts';
import { answersOf } from './answers.ts';
import { Chooser } from './chooser.ts';
import { confirmation, measuredToConfirm, moreTokens, type ConfirmedFile } from './confirm.ts';
import { bestOf, judge, meanDivergence, nextStep, type Judgement, type StageSums } from './judge.ts';
import { combined, published, readTokens, sumsOf, tokensOf } from './stage-figures.ts';
import { COMPARED, LAST_STAGE, LOSS_CHUNKS, OUTSIDE_CHUNKS, STAGE_CHUNKS } from './stages.ts';
import { findByMeasuring, previewOf } from './measure-losses.ts';
import { planFit, plannedOf, type PlannedFit } from './plan-fit.ts';
import { Repairs } from './repairs.ts';
import { SearchProgress } from './search-progress.ts';
import { isOfRuns } from './selection-request.ts';
import type { FitTexts, HalfText } from './texts.ts';
import { stockCommand } from './stock-command.ts';
import { firstWay, isSameWay, settledWay } from './ways.ts';
import { writeBest } from './write-best.ts';

/** Share of the time limit after which the candidates are settled by what is measured until then. */
const SETTLING_SHARE = 0.4;

/** A file on its way: its experts, and what was measured of it. */
type Running = Candidate<QuantType> & {
  readonly kept: KeptExperts;
  readonly subject: Subject;
  /** By stage, then by text of the domain. */
  readonly inside: Map<number, readonly Figures[]>;
  /** By text. */
  outside: readonly Figures[] | null;
};

/**
 * @throws WinnowError as `planFit`, of scoring, making, measuring and writing; CANCELLED: what was scored and measured is kept, so that
 * the same request goes on
 */
export async function runFit(request: FitRequest, around: EngineContext, outer: Task): Promise<FitResult> {
  using workers = new KeptWorkers(around.host);
  const context = around.withHost(workers.host);
  const started = performance.now();
  const deadline = started + 1000 * (request.timeLimitSeconds ?? Infinity);
  const planned = await planFit(request, context, outer);
  const { texts, plan, importance } = planned;
  const first = firstWay(request);
  outer.about({ plan });
  const progress = new SearchProgress(outer, planned.seconds);
  const { task } = progress;
  progress.begin('scoring', 0);
  const { run } = await scored(planned.score, context, task);

  await using scratch = await makeScratchFolder(context.scratchDir, 'fit');
  const imatrix = join(scratch.path, matrixName(plan.domain));
  if (importance) await writeImportanceMatrix({ runId: run.id, path: imatrix, overwrite: false }, context, task.signal);
  const prepared: FileOptions = importance ? { ...planned.making, imatrix } : planned.making;
  const tools: ChooserTools = {
    store: context.store,
    totals: new RunTotals(context.store),
    memory: () => Promise.reject(new RangeError('counts are given')),
    header: () => Promise.resolve(planned.making.model),
  };
  await using measuring = measuringBeside(prepared.model.info, request, context, task);
  const matrix = prepared.imatrix === null ? null : await matrixFingerprint(prepared.imatrix);
  const chooser = new Chooser({
    ...{ request, runId: run.id, domain: plan.domain, model: prepared.model, sample: planned.sample },
    ...{ tools, context, task },
    makeRoom: () => measuring.rest(),
  });
  const keptBy = (by: ChoosingWay, keep: number, activeExperts: number | null): Promise<KeptExperts> =>
    chooser.kept(by, { keep, activeExperts });
  const settling = started + 1000 * SETTLING_SHARE * (request.timeLimitSeconds ?? Infinity);
  const isSettled = (): boolean => performance.now() > settling;
  let weighed = 0;
  let waysLeft = planned.ways;
  let known = planned.figures + waysLeft;
  if (known > 0) progress.begin('weighing', known);
  const soughtBy = async (by: ChoosingWay): Promise<Sought> => {
    const making = { ...prepared, grouping: by.grouping };
    const files = new ScratchFiles(scratch.path, making, context);
    const finder = by === first ? planned.finder : await planned.finderOf(by);
    const candidates = await findByMeasuring(
      {
        ...{ finder, making, imatrix: matrix, files, measuring },
        ...{ measuresFiles: planned.measuresFiles, texts: texts.inside, isTimeUp: isSettled },
        keptOf: (keep) => keptBy(by, keep, null),
        onStep: (left) => {
          known = Math.max(known, ++weighed + left + waysLeft);
          progress.count(weighed, known);
        },
      },
      task,
    );
    return { candidates, making, files };
  };
  const soughtFirst = await soughtBy(first);
  const way = await settledWay(request, soughtFirst.making.model.info, {
    keep: promisingCount(soughtFirst.candidates, plan),
    measure: async (by, keep) => {
      const kept = await keptBy(by, keep, null).catch((error: unknown) => leftOut(by, error, task));
      if (kept === null) return null;
      const preview = previewOf(kept, { ...prepared, grouping: by.grouping });
      const figures: Figures[] = [];
      for (const text of texts.inside) figures.push(await measuring.one(preview, text, LOSS_CHUNKS));
      if (!isSameWay(by, first)) {
        waysLeft--;
        progress.count(++weighed, known);
      }
      return sumsOf(figures);
    },
    isTimeUp: isSettled,
  });
  const { candidates, making, files } = isSameWay(way, first) ? soughtFirst : await soughtBy(way);
  const keptOf: Opening['keptOf'] = (keep, activeExperts) => keptBy(way, keep, activeExperts);
  await using repairs =
    planned.repairDemos === null
      ? null
      : new Repairs(making.model, planned.repairDemos, {
          ...{ placement: request.placement, context, task },
          makeRoom: () => measuring.rest(),
        });
  const running = await openCandidates({ candidates, making, matrix, keptOf, files, repairs }, task);
  const search = new Search(running, { texts, nExpert: plan.nExpert }, measuring);
  outer.about({ plan: { ...plan, files: candidates.map(plannedOf) } });
  progress.begin('trying', running.length, plan.files.length);
  let closer = 0;
  const ended = await search.run({
    isTimeUp: () => performance.now() > deadline,
    onFile: (measured) => progress.count(measured),
    onCloser: () => {
      // a text that ends with the first stage was not foreseen to be read further
      if (!plan.phases.includes('comparing')) return;
      if (closer === 0) progress.begin('comparing', COMPARED);
      progress.count(closer++, Math.max(COMPARED, closer));
    },
    drop: async (file) => {
      await measuring.release(files.path(nameOf(file)));
      await files.drop(nameOf(file));
    },
  });
  const found = search.found();
  const isLate = performance.now() > deadline;
  const toProve = [found.winner, ...(found.rival === null ? [] : [found.rival])];
  const toAnswer = planned.prompts.length === 0 ? 0 : toProve.length;
  progress.begin('proving', toProve.length + toAnswer);
  const proved: ConfirmedFile[] = [];
  for (const file of toProve) {
    const chunks = STAGE_CHUNKS[isLate ? 0 : LAST_STAGE]!;
    proved.push(await measuredToConfirm(file, running[file]!.subject, texts.confirm, chunks, measuring));
    progress.count(proved.length);
  }
  const [winner, rival = null] = proved;
  const { confirmed, ...proof } = confirmation(winner!, rival);
  const taken = request.takes === 'other' ? (proof.over?.file ?? null) : null;
  const best = running[taken ?? proof.best]!;
  const answers = await answersOfBest(proof, running, measuring, {
    ...{ prompts: planned.prompts, making, threads: request.placement.threads, task },
    isTimeUp: () => performance.now() > deadline,
    onFile: (answered) => progress.count(toProve.length + answered),
  });
  const isSource = isPlain(best, plan.nExpert) && best.type === null;
  const isWritten = request.output !== undefined && !(isSource && request.keepsSource);
  if (isWritten) progress.begin('writing', 0);
  const repaired = await repairedBest(best, repairs, context);
  if (isWritten) progress.count(1);
  const compared = {
    ...{
      ...proof,
      moreTokens: proof.moreTokens ?? found.moreTokens,
      plain: found.plain,
      searchedTokens: found.tokens,
      way,
      taken,
      ended: isLate ? ('time' as const) : ended,
    },
    files: found.files.map((file, i) => ({
      ...{ ...file, confirmed: confirmed.get(i) ?? null, answers: answers.get(i) ?? null },
      stock: stockCommand(running[i]!, making),
      repair: repairOf(repairs?.factsOf(nameOf(running[i]!))),
    })),
  };
  const written =
    request.output === undefined || !isWritten
      ? null
      : await writeBest(
          best,
          { request, way, runId: run.id, output: nameFor(request.output, best.bytes, request) },
          making,
          repaired,
          chooser,
          context,
          task,
        );
  if (written) {
    const { exportId } = written;
    const identity = best.subject.hash;
    await keepFoundFigures(
      { exportId, kept: best.kept, imatrix: making.imatrix ?? undefined, identity },
      context,
      task,
    );
  }
  return { ...plan, ...compared, written, seconds: (performance.now() - started) / 1000 };
}

/** As it is called where its size is part of its name. */
function nameFor(output: string, bytes: number, { sizesName = false, overwrite }: FitRequest): string {
  if (!sizesName) return output;
  const { dir, name, ext } = parse(output);
  const sized = `${name}-${displayBytes(bytes).replaceAll(' ', '')}${ext}`;
  return join(dir, overwrite ? sized : freeFileName(sized, (other) => existsSync(join(dir, other))));
}

/** A joint choice that this model or this machine does not allow is not tried. */
function leftOut({ criterion }: ChoosingWay, error: unknown, task: Task): null {
  const isRefused =
    error instanceof WinnowError && ['ARCH_REFUSED', 'OUT_OF_MEMORY', 'DEMOS_EMPTY'].includes(error.code);
  if (isOfRuns(criterion) || !isRefused) throw error;
  task.log(error.message);
  return null;
}

/** What a way of choosing experts leads to. */
type Sought = Pick<PlannedFit, 'making' | 'candidates'> & { readonly files: ScratchFiles };

/** The best file as it lies in scratch, where it was repaired; null: it was not. */
async function repairedBest(
  best: Running,
  repairs: Repairs | null,
  context: EngineContext,
): Promise<Parameters<typeof writeBest>[3]> {
  const { of } = best.subject;
  if (repairs === null || !('file' in of)) return null;
  // figures may be stored, and the file not made yet
  const { path } = await of.file.make();
  const facts = repairs.factsOf(of.file.name);
  return facts?.gate.kept ? { repaired: await inspectFile(path, context), facts } : null;
}

function repairOf(facts: RepairFacts | undefined): FitFile['repair'] {
  if (facts === undefined) return null;
  const { kl, demos, kept } = facts.gate;
  return { before: kl.before.value, after: kl.after.value, demos, isKept: kept };
}

/** The model that scores is gone before files are made. */
async function scored(score: PreparedScore, context: EngineContext, task: Task): Promise<ScoredRun> {
  using backend = new Backend(score.placement.gpu, context.host);
  return await runPrepared(score, context, backend, task);
}

type FileMeasuring = Measuring<Subject, HalfText>;

/** Stage by stage beside the source model. */
function measuringBeside(
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
      return { modelPath: source.path, settings: { ...about, placement } };
    },
    pairsOf: (subject: Subject) => (subject === full ? ('nll' as const) : ('kl' as const)),
    isListed: true,
  };
  return new Measuring<Subject, HalfText>(full, keptFigures(asker, full, { ctx, placement }), {
    ...{ ctx, placement, context, task },
    onProgress: (done, total) => task.about({ step: { key: 'measuring', done, total } }),
  });
}

type Answering = Pick<PlannedFit, 'prompts' | 'making'> & {
  readonly threads: number;
  readonly task: Task;
  readonly isTimeUp: () => boolean;
  /** So many have answered. */
  readonly onFile: (answered: number) => void;
};

/** Answers of the best file and of the one that it is compared with, by their indexes. Files that there was no time for have none. */
async function answersOfBest(
  { best, over }: Pick<FitResult, 'best' | 'over'>,
  running: readonly Running[],
  measuring: FileMeasuring,
  { prompts, making, threads, task, isTimeUp, onFile }: Answering,
): Promise<ReadonlyMap<number, FitAnswers>> {
  const answers = new Map<number, FitAnswers>();
  if (prompts.length === 0) return answers;
  for (const index of new Set([best, over?.file ?? best])) {
    if (isTimeUp()) break;
    const { backend } = await measuring.hold(running[index]!.subject);
    answers.set(index, await answersOf(backend, prompts, making.model.info.contextLength, threads, task));
    onFile(answers.size);
  }
  return answers;
}

type Opening = Sought & {
  /** Fingerprint of the importance matrix; null: there is none. */
  readonly matrix: string | null;
  readonly keptOf: (keep: number, activeExperts: number | null) => Promise<KeptExperts>;
  readonly repairs: Repairs | null;
};

async function openCandidates(
  { candidates, making, matrix, keptOf, files, repairs }: Opening,
  task: Task,
): Promise<Running[]> {
  const { grouping } = making;
  const { info } = making.model;
  const found: Running[] = [];
  for (const candidate of candidates) {
    const { keep, type, mix, activeExperts, width } = candidate;
    const isSource = keep === info.nExpert && type === null;
    const kept = await keptOf(keep, activeExperts);
    const rules = mix === null ? {} : rulesOfMix(mix);
    const hash = fileIdentity({
      info,
      kept,
      type,
      rules,
      imatrix: matrix,
      grouping,
      activeExperts,
      width,
      repair: repairs?.key ?? null,
    });
    const name = nameOf(candidate);
    const to = type === null ? null : { type, mix };
    const file = {
      name,
      make: () => files.makeRepaired(name, { kept, width, to }, repairs, task),
      drop: () => files.drop(name),
    };
    const active = activeExperts === null ? {} : { activeExperts };
    const subject: Subject = { hash, of: isSource ? { info, ...active } : { file, ...active } };
    found.push({ ...candidate, kept, subject, inside: new Map(), outside: null });
  }
  return found;
}

type SearchHooks = {
  readonly isTimeUp: () => boolean;
  /** So many files are measured, and another one is next. */
  readonly onFile: (measured: number) => void;
  /** One that is measured is to be measured on more text. */
  readonly onCloser: () => void;
  /** A file that is not looked at any more. */
  readonly drop: (file: Running) => Promise<void>;
};

type Found = {
  readonly files: readonly FitFile[];
  readonly winner: number;
  /** The best of the other kind, plain or not; null: none was measured. */
  readonly rival: number | null;
  readonly plain: number | null;
  /** Scored ones, of the winner. */
  readonly tokens: number;
  /** Of text that would decide between the files that are left, about; null: one is left, or nobody can tell. */
  readonly moreTokens: number | null;
};

/** Measures step by step what is least known. */
class Search {
  readonly #files: readonly Running[];
  readonly #texts: FitTexts;
  readonly #nExpert: number;
  readonly #measuring: FileMeasuring;
  /** The first stage that reads the texts to their end. */
  #lastStage: number = LAST_STAGE;

  constructor(
    files: readonly Running[],
    { texts, nExpert }: { readonly texts: FitTexts; readonly nExpert: number },
    measuring: FileMeasuring,
  ) {
    this.#files = files;
    this.#texts = texts;
    this.#nExpert = nExpert;
    this.#measuring = measuring;
  }

  async run({ isTimeUp, onFile, onCloser, drop }: SearchHooks): Promise<FitEnd> {
    for (let steps = 0; ; steps++) {
      const step = nextStep(
        this.#files.map((file) => ({ measured: standingOf(file), after: file.after })),
        this.#lastStage,
      );
      if (step === null) break;
      if (isTimeUp() && steps > 0) return 'time';
      const next = this.#files[step.file]!;
      if (step.stage > 0) onCloser();
      else onFile(this.#files.filter((file) => file.inside.size > 0).length);
      await this.#measure(next, step.stage);
      const { contenders } = this.#judgement();
      const needed = [...contenders, this.#plain() ?? []].flat().map((index) => nameOf(this.#files[index]!));
      for (const file of this.#files) {
        if (file.inside.size > 0 && !needed.includes(nameOf(file))) await drop(file);
      }
    }
    return this.#judgement().contenders.length > 1 ? 'texts' : 'decided';
  }

  found(): Found {
    const judgement = this.#judgement();
    const measured = this.#files.filter(({ inside }) => inside.size > 0);
    const shared = Math.min(...measured.map(({ inside }) => Math.max(...inside.keys())));
    const standings = this.#files.map(standingOf);
    const last = Math.min(...judgement.contenders.map((file) => standings[file]!.length)) - 1;
    const winner = bestOf(
      judgement,
      this.#files.map(({ keep }) => keep),
      standings.map((stages) => stages[last] ?? null),
      this.#files.map((file) => (file.outside === null ? null : sumsOf(file.outside))),
    );
    const plain = this.#plain();
    const isWinnerPlain = isPlain(this.#files[winner]!, this.#nExpert);
    const { inside } = this.#files[winner]!;
    const longest = inside.get(Math.max(...inside.keys())) ?? [];
    const open = judgement.contenders.map((file) => {
      const over = judgement.over[file];
      return over ? (moreTokens(over, readTokens(longest)) ?? 0) : 0;
    });
    return {
      files: this.#files.map((file, index) => fitFile(file, index, judgement, shared)),
      ...{ winner, plain, rival: isWinnerPlain ? this.#leastLost(false) : plain },
      tokens: tokensOf(longest),
      moreTokens: Math.max(...open) || null,
    };
  }

  async #measure(file: Running, stage: number): Promise<void> {
    const inside: Figures[] = [];
    for (const text of this.#texts.inside)
      inside.push(await this.#measuring.one(file.subject, text, STAGE_CHUNKS[stage]!));
    file.inside.set(stage, inside);
    if (file.outside === null) {
      const outside: Figures[] = [];
      for (const text of this.#texts.outside)
        outside.push(await this.#measuring.one(file.subject, text, OUTSIDE_CHUNKS));
      file.outside = outside;
    }
    const isWhole = inside.every(({ figures }) => figures.chunks < STAGE_CHUNKS[stage]!);
    if (isWhole) this.#lastStage = Math.min(this.#lastStage, stage);
  }

  #judgement(): Judgement {
    const judgement = judge(this.#files.map(standingOf));
    if (judgement === null) throw new RangeError('a file was measured');
    return judgement;
  }

  #plain(): number | null {
    return this.#leastLost(true);
  }

  /** Of the files that are plain, or of those that are not, the nearest to the source model, contenders first; null: none was measured. */
  #leastLost(plain: boolean): number | null {
    const { contenders } = this.#judgement();
    const measured = this.#files.flatMap((file, index) =>
      isPlain(file, this.#nExpert) === plain && file.inside.has(0) ? [index] : [],
    );
    const left = measured.filter((index) => contenders.includes(index));
    const [first, ...others] = left.length > 0 ? left : measured;
    if (first === undefined) return null;
    const stages = [first, ...others].map((index) => this.#files[index]!.inside);
    const shared = Math.max(...stages[0]!.keys().filter((stage) => stages.every((inside) => inside.has(stage))));
    const far = (index: number): number => meanDivergence(sumsOf(this.#files[index]!.inside.get(shared)!));
    return others.reduce((best, index) => (far(index) < far(best) ? index : best), first);
  }
}

/** The stages in their order, as far as there is none left out. */
function standingOf({ inside }: Running): StageSums[] {
  const stages: StageSums[] = [];
  for (let stage = inside.get(0); stage !== undefined; stage = inside.get(stages.length)) stages.push(sumsOf(stage));
  return stages;
}

/** @param stage that all measured files share, so that their figures can be compared */
function fitFile(file: Running, index: number, { over: overLeader, contenders }: Judgement, stage: number): FitFile {
  const { keep, type, mix, activeExperts, width, bytes, memoryBytes } = file;
  const inside = file.inside.get(stage) ?? [];
  const difference = overLeader[index];
  return {
    ...{ keep, type, mix, activeExperts, width, bytes, memoryBytes },
    inside: combined('ratio', inside),
    outside: combined('ratio', file.outside ?? []),
    klMean: combined('klMean', inside),
    top1: combined('top1', inside),
    overLeader: difference ? published(difference) : null,
    isContender: contenders.includes(index),
    ...{ confirmed: null, answers: null, stock: null, repair: null },
  };
}
