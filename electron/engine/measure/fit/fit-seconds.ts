// How long a search for the best file takes.
import type { FitPlan } from '../../../contract/fit.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { QuantType, TensorType } from '../../../contract/quantise.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import { REPAIR_PARTS } from '../../../contract/repair.ts';
import type { Backend } from '../../base/backend/backend.ts';
import { loadVocabulary } from '../../base/backend/load-files.ts';
import { slownessNow } from '../../base/backend/slowness-now.ts';
import type { NamedText } from '../../base/content/documents.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { estimateMeasuring } from '../evaluation/estimate-measuring.ts';
import { requireEnoughTokens } from '../evaluation/measure-text.ts';
import { tokenizeText } from '../evaluation/tokenize-text.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { modelShape, type ModelShape } from '../../models/placement/model-shape.ts';
import { quantiseSeconds } from '../../write/quantising/quantise-rate.ts';
import { OTHERS_TYPE } from './find-candidates.ts';
import { isSourceFile, nameOf, type Candidate } from './candidates.ts';
import { plannedFile, planRepair, secondsOfFile } from '../../write/repairing/repair-cost.ts';
import type { RepairDemos } from '../../write/repairing/repair-demos.ts';
import type { Prompt } from '../generation/prompts.ts';
import { secondsOfAnswers } from './answers.ts';
import { isPreview, type Figure } from './losses.ts';
import { COMPARED, LAST_STAGE, LOSS_CHUNKS, OUTSIDE_CHUNKS, STAGE_CHUNKS } from './stages.ts';
import { secondsOfPhase, type FitSeconds } from './search-progress.ts';
import type { FitTexts, HalfText } from './texts.ts';

/** Seconds that each file takes whatever its size: workers start, headers are written, the file is read back. */
const MAKING_STARTS = 0.5;
/**
 * Files of single classes of tensors, and of narrower experts, are made and measured where that takes no longer than so many times the
 * likely time of the files that are compared.
 */
const MOST_FOR_FIGURES = 3;
/** Bytes that are copied in a second. */
const COPIED_A_SECOND = 1e9;

type End = keyof FitPlan['seconds'];

type Work = {
  readonly request: FitRequest;
  readonly model: InspectedModel;
  readonly modelId: number;
  readonly candidates: readonly Candidate<QuantType>[];
  /** That the choice of mixes depends on. */
  readonly unknown: readonly Figure[];
  /** Ways of choosing experts that are measured beside the first one. */
  readonly ways: number;
  /** What a joint choice takes, where it is one of them; null: it is none. */
  readonly joint: Pick<FitPlan, 'seconds'> | null;
  readonly texts: FitTexts;
  /** By which each file is repaired; null: none is. */
  readonly repairDemos: RepairDemos | null;
  /** That the best files answer. */
  readonly prompts: readonly Prompt[];
};

type FitTime = {
  readonly seconds: FitPlan['seconds'];
  readonly measuresFiles: boolean;
  /** The likely time, of each thing that a phase does. */
  readonly phases: FitSeconds;
};

/**
 * Between the first two files alone, and all files on all texts, at the slowest of the rates or on a machine that is as busy as it is now;
 * likely is the first stage of all, and the last of two. All of them with what proves the best. Each file is counted as made and measured
 * once, although that may be stored.
 * @param scoring what it takes before
 */
export async function secondsOfFit(
  { request, model, modelId, candidates, unknown, ways, joint, texts, repairDemos, prompts }: Work,
  scoring: FitPlan['seconds'],
  tools: { readonly context: EngineContext; readonly backend: Backend; readonly task: Task },
): Promise<FitTime> {
  const { context, backend } = tools;
  const { signal } = tools.task;
  const { chunkTokens, placement } = request;
  const { confirm } = texts;
  const halves = [...texts.inside, ...texts.outside, ...confirm.inside, ...confirm.outside];
  const tokens = await countTokens(halves, model.info, chunkTokens, backend, signal);
  const tokensIn = (chunks: number, some: readonly HalfText[]): number =>
    some.reduce((sum, text) => sum + Math.min(chunks * chunkTokens, tokens.get(text) ?? 0), 0);
  const [start = 0, ...stages] = STAGE_CHUNKS;
  const first = tokensIn(start, texts.inside) + tokensIn(OUTSIDE_CHUNKS, texts.outside);
  // a text that a stage reads to its end has no further ones
  const further = stages.filter((_, i) =>
    texts.inside.some((text) => (tokens.get(text) ?? 0) > STAGE_CHUNKS[i]! * chunkTokens),
  );
  const last = further.reduce((sum, chunks) => sum + tokensIn(chunks, texts.inside), 0);
  // the best two and the source model
  const unseen = 3 * (tokensIn(STAGE_CHUNKS[LAST_STAGE]!, confirm.inside) + tokensIn(OUTSIDE_CHUNKS, confirm.outside));
  const shape = modelShape(model);
  const counted = { files: model.info, shape, modelRow: modelId, contextLength: model.info.contextLength };
  const reading = async (some: number, models: number, loads: number): Promise<FitPlan['seconds']> =>
    models === 0
      ? { low: 0, likely: 0, high: 0 }
      : estimateMeasuring({ tokens: some, ctx: chunkTokens }, counted, placement, context, { models, loads });
  const once = await reading(first, 1, 1);
  const more = last / Math.max(1, first);
  const proving = unseen / Math.max(1, first);
  const made = filesToMake(candidates, model.info);
  const isMade = (file: Candidate<QuantType>): boolean => made.includes(file);
  const making = (file: Candidate<QuantType>): number => (isMade(file) ? secondsOfMaking(file, shape, context) : 0);
  const few = candidates.slice(0, 2);
  const answering = await secondsOfAnswers(prompts, counted, placement, context);
  const repair = repairDemos && (await planRepair(model, repairDemos, modelId, { ...tools, placement }));
  const repairing = (file: Candidate<QuantType>, end: End): number => {
    if (repair === null || !isMade(file)) return 0;
    const { keep, width, bytes, type, mix } = file;
    const planned = plannedFile(model, {
      keep,
      width: width ?? 1,
      bytes,
      parts: REPAIR_PARTS,
      type: mix?.down ?? type?.toLowerCase(),
    });
    return secondsOfFile(repair, planned, context)[end];
  };
  const recording = (end: End): number => (made.length === 0 ? 0 : (repair?.teacher.seconds[end] ?? 0));
  const read = texts.inside.length + texts.outside.length;
  // the source model is read before the first file, and recorded before the first one that is made is repaired
  const trying = candidates.map((file, index) => {
    const models = index === 0 ? 2 : 1;
    return {
      making: making(file),
      repairing: repairing(file, 'likely'),
      recording: file === made[0] ? recording('likely') : 0,
      measuring: once.likely * models,
      readings: read * models,
    };
  });
  const isCompared = further.length > 0 && candidates.length > 1;
  const comparing = Array.from({ length: isCompared ? COMPARED : 0 }, () => once.likely * more);
  // the best one with the source model, the other one, and the answers of both
  const proofs = [(2 / 3) * once.likely * proving, (1 / 3) * once.likely * proving];
  const answers = prompts.length === 0 ? [] : [answering.likely / 2, answering.likely / 2];
  const saving = request.output === undefined ? 0 : Math.max(0, ...made.map(making));
  const search = {
    trying,
    comparing,
    proving: [...proofs, ...answers],
    // it lies there as it was measured, and is written
    writing: [0, saving],
  };
  const likely = (['trying', 'comparing', 'proving', 'writing'] as const).reduce(
    (sum, phase) => sum + secondsOfPhase(search, phase),
    0,
  );

  const some = tokensIn(LOSS_CHUNKS, texts.inside);
  const previews = unknown.filter(isPreview).length;
  // the source model is read before them
  const ofPreviews = await reading(some, previews + ways === 0 ? 0 : 1 + previews + ways, 1);
  // by another way counts of experts are measured anew
  const ofOthers = await reading(some, ways === 0 ? 0 : previews, 1);
  const toWeigh = unknown.filter((figure) => !isPreview(figure));
  const ofFiles = await reading(some, toWeigh.length, toWeigh.length);
  const { nExpert, bytes } = model.info;
  const writing = toWeigh.map(({ keep, ofClass, type }) => {
    const file =
      keep === undefined
        ? { keep: nExpert, type: OTHERS_TYPE, mix: { [ofClass]: type }, bytes }
        : { keep, type: null, mix: null, bytes: (bytes * keep) / nExpert };
    return secondsOfMaking(file, shape, context);
  });
  const written = total(writing);
  const measuresFiles = toWeigh.length > 0 && ofFiles.likely + written <= MOST_FOR_FIGURES * likely;
  const losses = (end: End): number =>
    ofPreviews[end] + (joint?.seconds[end] ?? 0) + (measuresFiles ? ofFiles[end] + written : 0);
  const preview = ofPreviews.likely / (1 + previews + ways);
  const weighing = [
    ...Array.from({ length: previews }, (_, i) => (i === 0 ? 2 : 1) * preview),
    ...(measuresFiles ? writing.map((seconds) => seconds + ofFiles.likely / toWeigh.length) : []),
    // a joint choice is the last one
    ...Array.from({ length: ways }, (_, i) => preview + (i === ways - 1 ? (joint?.seconds.likely ?? 0) : 0)),
  ];
  const phases = { ...search, scoring: [scoring.likely], weighing };
  const longest = (end: End): number =>
    scoring[end] +
    losses(end) +
    ofOthers[end] +
    once[end] * ((1 + candidates.length) * (1 + more) + proving) +
    total(candidates.map((file) => making(file) + repairing(file, end))) +
    recording(end) +
    answering[end] +
    saving;
  return {
    measuresFiles,
    phases,
    seconds: {
      low:
        scoring.low +
        losses('low') +
        once.low * (1 + few.length + proving) +
        total(few.map((file) => making(file) + repairing(file, 'low'))) +
        recording('low') +
        answering.low,
      likely: scoring.likely + losses('likely') + likely,
      high: Math.max(longest('high'), slownessNow(placement.threads) * longest('likely')),
    },
  };
}

function total(seconds: readonly number[]): number {
  return seconds.reduce((sum, one) => sum + one, 0);
}

/** Those that differ in their active experts alone are one, and the source model is there. */
export function filesToMake(
  candidates: readonly Candidate<QuantType>[],
  { nExpert }: Pick<ModelInfo, 'nExpert'>,
): readonly Candidate<QuantType>[] {
  const names = candidates.map(nameOf);
  return candidates.filter(
    (candidate, index) => !isSourceFile(candidate, nExpert) && names.indexOf(names[index]!) === index,
  );
}

/** What it takes to make one file. */
export function secondsOfMaking(
  { keep, type, mix, bytes }: Pick<Candidate<QuantType>, 'keep' | 'type' | 'mix' | 'bytes'>,
  shape: ModelShape,
  { store }: Pick<EngineContext, 'store'>,
): number {
  const weights = weightsOf(shape, keep);
  if (type === null) return MAKING_STARTS + bytes / COPIED_A_SECOND;
  if (mix === null) return MAKING_STARTS + quantiseSeconds(store, type, weights.experts + weights.others);
  // gate and up are two thirds of an expert
  const ofExperts = [mix.gateUp, mix.gateUp, mix.down].map((as) => secondsAs(as, weights.experts / 3, store));
  return [...ofExperts, secondsAs(mix.attention, weights.others, store)].reduce((sum, s) => sum + s, MAKING_STARTS);
}

/** Where the same search has ended before: one of its files is made and repaired again, and written. */
export function secondsOfWritingAgain({
  phases: { trying, writing },
}: Pick<FitTime, 'phases'>): Pick<FitTime, 'phases' | 'seconds'> {
  const files = trying.filter((one) => typeof one === 'object');
  const longest = (part: 'making' | 'recording' | 'repairing'): number => Math.max(0, ...files.map((one) => one[part]));
  const made = {
    making: longest('making'),
    recording: longest('recording'),
    repairing: longest('repairing'),
    measuring: 0,
    readings: 0,
  };
  const phases = {
    scoring: [],
    weighing: [],
    trying: [],
    comparing: [],
    proving: [],
    writing: [made, ...writing.slice(1)],
  };
  const likely = secondsOfPhase(phases, 'writing');
  return { phases, seconds: { low: likely / 2, likely, high: 2 * likely } };
}

/** @param type undefined: as a file type that is quick to write */
function secondsAs(type: TensorType | undefined, weights: number, store: EngineContext['store']): number {
  return quantiseSeconds(store, (type ?? 'q8_0').toUpperCase(), weights);
}

/** In the matrices of a file with so many experts a layer. */
function weightsOf(
  { layers, nExpert, tokenEmbedding, outputHead }: ModelShape,
  keep: number,
): { readonly experts: number; readonly others: number } {
  const head = outputHead.bytes > 0 ? outputHead.parameters : 0;
  return {
    experts: layers.reduce((sum, { experts }) => sum + (experts.parameters * keep) / nExpert, 0),
    others: layers.reduce((sum, { others }) => sum + others.parameters, tokenEmbedding.parameters + head),
  };
}

/**
 * As the model reads them, half of them of a single text that is halved.
 * @throws WinnowError as `requireEnoughTokens`; of loading the vocabulary; the signal's reason
 */
export async function countTokens<Text extends NamedText>(
  texts: readonly Text[],
  info: ModelInfo,
  ctx: number,
  backend: Backend,
  signal: AbortSignal,
): Promise<ReadonlyMap<Text, number>> {
  const vocabulary = await loadVocabulary(backend, info);
  const counts = new Map<Text, number>();
  // both halves of a single text are read from all of it
  const lengths = new Map<NamedText['text'], number>();
  for (const text of texts) {
    const length = lengths.get(text.text) ?? (await tokenizeText(text, vocabulary, backend, signal)).length;
    lengths.set(text.text, length);
    requireEnoughTokens(text, length, ctx);
    const isHalved = text.half !== undefined && typeof text.text === 'string';
    counts.set(text, isHalved ? Math.floor(length / 2) : length);
  }
  return counts;
}
