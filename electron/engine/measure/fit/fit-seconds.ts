// Estimates how long a search for the best file takes.
import type { FitPlan } from '../../../contract/fit.ts';
import type { QuantType } from '../../../contract/quantise.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import type { Backend } from '../../base/backend/backend.ts';
import { slownessNow } from '../../base/backend/slowness-now.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { countTokens, distributionBytes, estimateMeasuring } from '../evaluation/estimate-measuring.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { modelShape } from '../../models/placement/model-shape.ts';
import { OTHERS_TYPE } from './find-candidates.ts';
import { filesToMake, type Candidate } from './candidates.ts';
import { plannedFile, planRepair, secondsOfFile } from '../../write/repairing/repair-cost.ts';
import type { RepairDemos } from '../../write/repairing/repair-demos.ts';
import type { Prompt } from '../generation/prompts.ts';
import { secondsOfAnswers } from './answers.ts';
import { isPreview, type Figure } from './losses.ts';
import { secondsOfMaking } from './making-seconds.ts';
import { COMPARED, LAST_STAGE, LOSS_CHUNKS, OUTSIDE_CHUNKS, STAGE_CHUNKS } from './stages.ts';
import { secondsOfPhase, type FitSeconds } from './search-progress.ts';
import type { FitTexts, HalfText } from './texts.ts';
import { sum } from '../../base/statistics/averages.ts';

/**
 * Files of single classes of tensors, and of narrower experts, are made and measured if that takes at most this many times the likely time
 * of the files that are compared.
 */
const MOST_FOR_FIGURES = 3;

/** The phases in which files are made and compared. */
const SEARCH_PHASES = ['trying', 'comparing', 'proving', 'writing'] as const;

type Seconds = FitPlan['seconds'];
type End = keyof Seconds;

type Work = {
  readonly request: FitRequest;
  readonly model: InspectedModel;
  readonly modelId: number;
  readonly candidates: readonly Candidate<QuantType>[];
  /** The figures that the choice of mixes depends on. */
  readonly unknown: readonly Figure[];
  /** Number of ways of choosing experts that are measured in addition to the first one. */
  readonly ways: number;
  readonly texts: FitTexts;
  /** The demos that each file is repaired by; null: no file is repaired. */
  readonly repairDemos: RepairDemos | null;
  /** The prompts that the best files answer. */
  readonly prompts: readonly Prompt[];
};

type Tools = { readonly context: EngineContext; readonly backend: Backend; readonly task: Task };

type FitTime = {
  readonly seconds: Seconds;
  /** The most that the full model's distributions take on disk: they stay until the search ends. */
  readonly distributionBytes: number;
  readonly measuresFiles: boolean;
  /** Likely seconds of each item of a phase. */
  readonly phases: FitSeconds;
};

/**
 * Estimates the time of the whole search. At best, two files are compared at their first stage. At worst, all files are compared on all
 * texts, at the slowest rates or on a machine as busy as it is now. The likely case is all files at their first stage and two at the last.
 * Proving the best file is part of each case. Every file counts as made and measured once, although its figures may be stored.
 * @param scoring seconds of scoring, which comes first
 */
export async function secondsOfFit(work: Work, scoring: Seconds, tools: Tools): Promise<FitTime> {
  const { candidates, request } = work;
  const reading = await readingTimes(work, tools);
  const making = await makingTimes(work, tools);
  const answering = await secondsOfAnswers(work.prompts, reading.model, request.placement, tools.context);
  const search = likelySearch(work, reading, making, answering.likely);
  const likely = sum(SEARCH_PHASES.map((phase) => secondsOfPhase(search, phase)));
  const weighing = await weighingTimes(work, reading, likely, tools);

  const made = (files: readonly Candidate<QuantType>[], end: End): number =>
    sum(files.map((file) => making.of(file) + making.repairing(file, end)));
  const { once, further, proving } = reading;
  const few = candidates.slice(0, 2);
  const saving = savingSeconds(request, making);
  const longest = (end: End): number =>
    scoring[end] +
    weighing.losses(end) +
    weighing.ofOtherWays[end] +
    once[end] * ((1 + candidates.length) * (1 + further) + proving) +
    made(candidates, end) +
    making.recording(end) +
    answering[end] +
    saving;
  return {
    measuresFiles: weighing.measuresFiles,
    distributionBytes: reading.distributionBytes,
    phases: { ...search, scoring: [scoring.likely], weighing: weighing.phase },
    seconds: {
      low:
        scoring.low +
        weighing.losses('low') +
        once.low * (1 + few.length + proving) +
        made(few, 'low') +
        making.recording('low') +
        answering.low,
      likely: scoring.likely + weighing.losses('likely') + likely,
      high: Math.max(longest('high'), slownessNow(request.placement.threads) * longest('likely')),
    },
  };
}

type ReadingTimes = {
  readonly distributionBytes: number;
  /** The model whose reading rates are used. */
  readonly model: Parameters<typeof estimateMeasuring>[1] & { readonly contextLength: number };
  /** Seconds of one file at its first stage, on the texts of the domain and on others. */
  readonly once: Seconds;
  /** Time of all further stages of a file, as a multiple of `once`. */
  readonly further: number;
  /** Time of the confirming texts for the best two files and the source model, as a multiple of `once`. */
  readonly proving: number;
  /** Seconds of measuring losses: a number of models, in a number of loads, read a short part of the domain's texts. */
  readonly losses: (models: number, loads: number) => Promise<Seconds>;
};

async function readingTimes(
  { request, model, modelId, texts }: Work,
  { context, backend, task }: Tools,
): Promise<ReadingTimes> {
  const { chunkTokens, placement } = request;
  const { confirm } = texts;
  const halves = [...texts.inside, ...texts.outside, ...confirm.inside, ...confirm.outside];
  const tokens = await countTokens(halves, model.info, chunkTokens, backend, task.signal);
  const tokensOf = (chunks: number, text: HalfText): number => Math.min(chunks * chunkTokens, tokens.get(text) ?? 0);
  const tokensIn = (chunks: number, some: readonly HalfText[]): number =>
    sum(some.map((text) => tokensOf(chunks, text)));
  const [start = 0, ...stages] = STAGE_CHUNKS;
  const first = tokensIn(start, texts.inside) + tokensIn(OUTSIDE_CHUNKS, texts.outside);
  // a text that a stage reads to the end has no further stages
  const further = stages.filter((_, i) =>
    texts.inside.some((text) => (tokens.get(text) ?? 0) > STAGE_CHUNKS[i]! * chunkTokens),
  );
  const later = further.reduce((sum, chunks) => sum + tokensIn(chunks, texts.inside), 0);
  const unseen = tokensIn(STAGE_CHUNKS[LAST_STAGE]!, confirm.inside) + tokensIn(OUTSIDE_CHUNKS, confirm.outside);
  const { contextLength } = model.info;
  const shape = modelShape(model);
  const bytesIn = (chunks: number, some: readonly HalfText[]): number =>
    sum(some.map((text) => distributionBytes(text, tokensOf(chunks, text), shape.nVocab)));
  const counted = { files: model.info, shape, modelRow: modelId, contextLength };
  const reading = async (some: number, models: number, loads: number): Promise<Seconds> =>
    models === 0
      ? { low: 0, likely: 0, high: 0 }
      : estimateMeasuring({ tokens: some, ctx: chunkTokens }, counted, placement, context, { models, loads });
  const ofLosses = tokensIn(LOSS_CHUNKS, texts.inside);
  return {
    model: counted,
    distributionBytes:
      sum([LOSS_CHUNKS, start, ...further].map((chunks) => bytesIn(chunks, texts.inside))) +
      bytesIn(STAGE_CHUNKS[LAST_STAGE]!, confirm.inside) +
      bytesIn(OUTSIDE_CHUNKS, [...texts.outside, ...confirm.outside]),
    once: await reading(first, 1, 1),
    further: later / Math.max(1, first),
    proving: (3 * unseen) / Math.max(1, first),
    losses: (models, loads) => reading(ofLosses, models, loads),
  };
}

type MakingTimes = {
  /** The files that are made. */
  readonly files: readonly Candidate<QuantType>[];
  /** Seconds to make a candidate's file; 0: it needs none. */
  readonly of: (file: Candidate<QuantType>) => number;
  readonly repairing: (file: Candidate<QuantType>, end: End) => number;
  /** Seconds to record the full model's outputs, which repairs are fitted to. */
  readonly recording: (end: End) => number;
};

async function makingTimes(
  { request, model, modelId, candidates, repairDemos }: Work,
  tools: Tools,
): Promise<MakingTimes> {
  const { context } = tools;
  const shape = modelShape(model);
  const files = filesToMake(candidates, model.info);
  const repair =
    repairDemos && (await planRepair(model, repairDemos, modelId, { ...tools, placement: request.placement }));
  return {
    files,
    of: (file) => (files.includes(file) ? secondsOfMaking(file, shape, context) : 0),
    repairing: (file, end) => {
      if (repair === null || !files.includes(file)) return 0;
      const { keep, width, bytes, type, mix } = file;
      const planned = plannedFile(model, {
        keep,
        width: width ?? 1,
        bytes,
        type: mix?.down ?? type?.toLowerCase(),
      });
      return secondsOfFile(repair, planned, context)[end];
    },
    recording: (end) => (files.length === 0 ? 0 : (repair?.teacher.seconds[end] ?? 0)),
  };
}

/** Likely seconds of the phases in which files are compared. @param answering seconds of the answers of both best files */
function likelySearch(
  { request, candidates, texts, prompts }: Work,
  { once, further, proving }: ReadingTimes,
  making: MakingTimes,
  answering: number,
): Pick<FitSeconds, (typeof SEARCH_PHASES)[number]> {
  const readings = texts.inside.length + texts.outside.length;
  // the source model is read before the first file, and recorded before the first repair
  const trying = candidates.map((file, index) => {
    const models = index === 0 ? 2 : 1;
    return {
      making: making.of(file),
      repairing: making.repairing(file, 'likely'),
      recording: file === making.files[0] ? making.recording('likely') : 0,
      measuring: once.likely * models,
      readings: readings * models,
    };
  });
  const isCompared = further > 0 && candidates.length > 1;
  // the best file with the source model, then the other file, then the answers of both
  const proofs = [(2 / 3) * once.likely * proving, (1 / 3) * once.likely * proving];
  const answers = prompts.length === 0 ? [] : [answering / 2, answering / 2];
  return {
    trying,
    comparing: Array.from({ length: isCompared ? COMPARED : 0 }, () => once.likely * further),
    proving: [...proofs, ...answers],
    // the best file exists as it was measured, and is written
    writing: [0, savingSeconds(request, making)],
  };
}

/** Seconds to write the best file to its place. */
function savingSeconds({ output }: FitRequest, { files, of }: MakingTimes): number {
  return output === undefined ? 0 : Math.max(0, ...files.map(of));
}

type WeighingTimes = {
  readonly measuresFiles: boolean;
  readonly phase: FitSeconds['weighing'];
  /** Seconds of the whole phase. */
  readonly losses: (end: End) => number;
  /** Seconds of measuring counts of experts again if another way of choosing wins. */
  readonly ofOtherWays: Seconds;
};

/** Seconds of finding the losses by which mixes and ways of choosing are weighed. @param likely likely seconds of comparing files */
async function weighingTimes(
  { model, unknown, ways }: Work,
  reading: ReadingTimes,
  likely: number,
  { context }: Tools,
): Promise<WeighingTimes> {
  const previews = unknown.filter(isPreview).length;
  // the source model is read before the previews
  const ofPreviews = await reading.losses(previews + ways === 0 ? 0 : 1 + previews + ways, 1);
  const ofOtherWays = await reading.losses(ways === 0 ? 0 : previews, 1);
  const figures = unknown.filter((figure) => !isPreview(figure));
  const ofFiles = await reading.losses(figures.length, figures.length);
  const { nExpert, bytes } = model.info;
  const making = figures.map(({ keep, ofClass, type }) => {
    const file =
      keep === undefined
        ? { keep: nExpert, type: OTHERS_TYPE, mix: { [ofClass]: type }, bytes }
        : { keep, type: null, mix: null, bytes: (bytes * keep) / nExpert };
    return secondsOfMaking(file, reading.model.shape, context);
  });
  const made = sum(making);
  const measuresFiles = figures.length > 0 && ofFiles.likely + made <= MOST_FOR_FIGURES * likely;
  const preview = ofPreviews.likely / (1 + previews + ways);
  return {
    measuresFiles,
    ofOtherWays,
    losses: (end) => ofPreviews[end] + (measuresFiles ? ofFiles[end] + made : 0),
    phase: [
      ...Array.from({ length: previews }, (_, i) => (i === 0 ? 2 : 1) * preview),
      ...(measuresFiles ? making.map((seconds) => seconds + ofFiles.likely / figures.length) : []),
      ...Array.from({ length: ways }, () => preview),
    ],
  };
}
