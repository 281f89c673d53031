// The fit use case: finds the best file for a memory budget. It scores experts, makes and measures promising files until one of
// them is the best, and writes that one.
import { existsSync } from 'node:fs';
import { join, parse } from 'node:path';
import { displayBytes } from '../../../contract/display-bytes.ts';
import { freeFileName } from '../../../contract/file-names.ts';
import { isSource, type FitEnd, type FitFile, type FitResult } from '../../../contract/fit.ts';
import type { RepairFacts } from '../../../contract/repair.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { RunTotals } from '../../experts/runs/run-totals.ts';
import type { runPrepared } from '../../experts/scoring/score-run.ts';
import type { prepareScore } from '../../experts/scoring/prepare-scoring.ts';
import { matrixName, writeImportanceMatrix } from '../../write/pruning/write-importance.ts';
import type { KnownRepair } from '../../write/repairing/write-model.ts';
import { hashOfFile } from '../../models/identity.ts';
import { inspectFile } from '../../models/inspect.ts';
import { makeScratchFolder } from '../../store/scratch-folder.ts';
import { nameOf } from './candidates.ts';
import { Chooser } from './ways.ts';
import { chooseWay } from './choose-way.ts';
import type { FileOptions, ScratchFiles } from './fit-files.ts';
import { writingRequest, type WriteFound } from './write-best.ts';
import { planFit, plannedOf, type PlannedFit, measuringBeside, type SearchContext } from './plan-fit.ts';
import { prove } from './prove.ts';
import { Repairs } from './repairs.ts';
import { openCandidates, type Running, Search } from './search.ts';
import { SearchProgress } from './search-progress.ts';
import { COMPARED } from './judge.ts';

/** Share of the time limit after which the candidates are settled by what has been measured so far. */
const SETTLING_SHARE = 0.4;

/** The other jobs' work that a search is made of, as they do it. */
export type FitVerbs = {
  readonly prepare: typeof prepareScore;
  readonly score: typeof runPrepared;
  readonly write: WriteFound;
};

/**
 * Runs a search.
 * @throws WinnowError as `planFit`, from scoring, making, measuring and writing; CANCELLED: what was scored and measured is kept, so
 * that the same request can resume
 */
export async function runFit(
  request: FitRequest,
  context: EngineContext,
  outer: Task,
  { prepare, score, write }: FitVerbs,
): Promise<FitResult> {
  const started = performance.now();
  const { timeLimitSeconds = Infinity } = request;
  const isPast = (share: number): boolean => performance.now() > started + 1000 * share * timeLimitSeconds;
  const planned = await planFit(request, context, outer, prepare);
  const { plan } = planned;
  outer.about({ plan });
  const progress = new SearchProgress(outer, planned.seconds);
  const { task } = progress;
  progress.begin('scoring', 0);
  const { run } = await scored();

  await using scratch = await makeScratchFolder(context.scratchDir, 'fit');
  const folder = scratch.path;
  const prepared = await withMatrix(planned, { runId: run.id, folder }, context, task);
  await using measuring = measuringBeside(prepared.model.info, request, context, task);
  const search: SearchContext = {
    request,
    planned,
    making: prepared,
    folder,
    measuring,
    progress,
    context,
    matrix: prepared.imatrix === null ? null : await hashOfFile(prepared.imatrix),
    chooser: new Chooser(
      request,
      run.id,
      {
        store: context.store,
        totals: new RunTotals(context.store),
        memory: () => Promise.reject(new RangeError('counts are given')),
        header: () => Promise.resolve(planned.making.model),
      },
      task.signal,
    ),
    isSettled: () => isPast(SETTLING_SHARE),
    isTimeUp: () => isPast(1),
  };
  const { way, ...sought } = await chooseWay(search);
  const { making, candidates, files } = sought;
  await using repairs = repairsBy(making, search);
  const keptOf = (keep: number) => search.chooser.kept(way, keep);
  const running = await openCandidates({ ...sought, matrix: search.matrix, keptOf, repairs }, task);
  outer.about({ plan: { ...plan, files: candidates.map(plannedOf) } });
  const { found, ended } = await tryFiles(running, files, search);
  const isLate = search.isTimeUp();
  const { confirmed, contends, ...proof } = await prove(found, running, search, isLate);
  const best = running[proof.best]!;
  const written = await writeBest(best);
  return {
    ...plan,
    ...proof,
    way,
    written,
    plain: found.plain,
    searchedTokens: found.tokens,
    ended: isLate ? 'time' : ended,
    files: found.files.map((file, i) => ({
      ...file,
      isContender: contends(i, file.isContender),
      confirmed: confirmed.get(i) ?? null,
      repair: repairOf(repairs?.factsOf(nameOf(running[i]!))),
    })),
    seconds: (performance.now() - started) / 1000,
  };

  /** Scores the demos. The scoring model is released before files are made. */
  async function scored(): ReturnType<typeof runPrepared> {
    using backend = new Backend(request.placement.gpu, context.host);
    return await score(planned.score, context, backend, task);
  }

  /** Writes the best file, if that is asked for and it is not the model itself. */
  async function writeBest(file: Running): Promise<FitResult['written']> {
    const { output } = request;
    const { nExpert } = plan;
    if (output === undefined || isSource(file, nExpert)) return null;
    progress.begin('writing', 0);
    const repair = await repairOfBest(file, repairs, context);
    progress.count(1);
    const asked = writingRequest(request, {
      ...{ file, kept: file.kept, grouping: making.grouping, ctx: making.ctx, nExpert },
      selectionId: (await search.chooser.stored(way, file.keep)).id,
      matrixRun: planned.importance ? run.id : null,
      output: nameFor(output, file.bytes, request),
    });
    task.about({ step: { key: 'writing', done: 0, total: 0 } });
    const { path, bytes, exportId } = await write(asked, { identity: file.subject.hash, repair }, task);
    return { path, bytes, exportId };
  }
}

/** The options of files, with the demos' importance matrix if scoring collected one. */
async function withMatrix(
  { importance, making, plan }: PlannedFit,
  { runId, folder }: { readonly runId: number; readonly folder: string },
  context: EngineContext,
  { signal }: Task,
): Promise<FileOptions> {
  if (!importance) return making;
  const imatrix = join(folder, matrixName(plan.domain));
  await writeImportanceMatrix({ runId, path: imatrix, overwrite: false }, context, signal);
  return { ...making, imatrix };
}

/** The repairs of a search; null: no file is repaired. */
function repairsBy(
  { model }: FileOptions,
  { request, planned, measuring, progress: { task }, context }: SearchContext,
): Repairs | null {
  if (planned.repairDemos === null) return null;
  const { placement } = request;
  return new Repairs(model, planned.repairDemos, { placement, context, task, makeRoom: () => measuring.rest() });
}

/** Makes and measures files until it is known which is the best. */
async function tryFiles(
  running: readonly Running[],
  files: ScratchFiles,
  { planned, measuring, progress, isTimeUp }: SearchContext,
): Promise<{ readonly found: ReturnType<Search['found']>; readonly ended: FitEnd }> {
  const { texts, plan } = planned;
  const search = new Search(running, { texts, nExpert: plan.nExpert }, measuring);
  progress.begin('trying', running.length, plan.files.length);
  let closer = 0;
  const ended = await search.run({
    isTimeUp,
    onFile: (measured) => progress.count(measured),
    onCloser: () => {
      // without this phase in the plan, no text was expected to be read beyond the first stage
      if (!plan.phases.includes('comparing')) return;
      if (closer === 0) progress.begin('comparing', COMPARED);
      progress.count(closer++, Math.max(COMPARED, closer));
    },
    drop: async (file) => {
      await measuring.release(files.path(nameOf(file)));
      await files.drop(nameOf(file));
    },
  });
  return { found: search.found(), ended };
}

/** The path of the written file, with its size in the name if requested. */
function nameFor(output: string, bytes: number, { sizesName = false, overwrite }: FitRequest): string {
  if (!sizesName) return output;
  const { dir, name, ext } = parse(output);
  const sized = `${name}-${displayBytes(bytes).replaceAll(' ', '')}${ext}`;
  return join(dir, overwrite ? sized : freeFileName(sized, (other) => existsSync(join(dir, other))));
}

/** The best file in the scratch folder, if it was repaired; null: it was not. */
async function repairOfBest(
  best: Running,
  repairs: Repairs | null,
  context: EngineContext,
): Promise<KnownRepair | null> {
  const { of } = best.subject;
  if (repairs === null || !('file' in of)) return null;
  // the file may not have been made yet if its figures were stored
  const { path } = await of.file.make();
  const facts = repairs.factsOf(of.file.name);
  return facts?.gate.kept ? { repaired: await inspectFile(path, context), facts } : null;
}

function repairOf(facts: RepairFacts | undefined): FitFile['repair'] {
  if (facts === undefined) return null;
  const { kl, demos, kept } = facts.gate;
  return { before: kl.before.value, after: kl.after.value, demos, isKept: kept };
}
