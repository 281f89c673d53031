// How long a search for the best file takes.
import type { FitPlan } from '../../../contract/fit.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { QuantType, TensorType } from '../../../contract/quantise.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import { REPAIR_PARTS } from '../../../contract/repair.ts';
import type { Backend } from '../../base/backend/backend.ts';
import { loadVocabulary } from '../../base/backend/load-files.ts';
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
import { nameOf, type Candidate } from './candidates.ts';
import { plannedFile, planRepair, secondsOfFile } from '../../write/repairing/repair-cost.ts';
import type { RepairDemos } from '../../write/repairing/repair-demos.ts';
import type { Prompt } from '../generation/prompts.ts';
import { secondsOfAnswers } from './answers.ts';
import type { EliminationCost } from '../slow-criteria/eliminate-experts.ts';
import { isPreview, type Figure } from './losses.ts';
import { LAST_STAGE, LOSS_CHUNKS, OUTSIDE_CHUNKS, STAGE_CHUNKS } from './stages.ts';
import type { FitSeconds } from './search-progress.ts';
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
  readonly joint: EliminationCost | null;
  readonly texts: FitTexts;
  /** By which each file is repaired; null: none is. */
  readonly repairDemos: RepairDemos | null;
  /** That the best files answer. */
  readonly prompts: readonly Prompt[];
};

type FitTime = {
  readonly seconds: FitPlan['seconds'];
  readonly measuresFiles: boolean;
  /** The likely time, by phases. */
  readonly phases: FitSeconds;
};

/**
 * Between the first two files alone, and all files on all texts; likely is the first stage of all, and the last of two. All of them with
 * what proves the best. Each file is
 * counted as made and measured once, although that may be stored.
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
  const making = (files: readonly Candidate<QuantType>[]): number =>
    filesToMake(files, model.info).reduce((sum, file) => sum + secondsOfMaking(file, shape, context), 0);
  const few = candidates.slice(0, 2);
  const answering = await secondsOfAnswers(prompts, counted, placement, context);
  const repair = repairDemos && (await planRepair(model, repairDemos, modelId, { ...tools, placement }));
  const repairing = (files: readonly Candidate<QuantType>[], end: 'low' | 'likely' | 'high'): number => {
    if (repair === null) return 0;
    const planned = filesToMake(files, model.info).map(({ keep, width, bytes, type, mix }) =>
      plannedFile(model, {
        ...{ keep, width: width ?? 1, bytes, parts: REPAIR_PARTS },
        type: mix?.down ?? type?.toLowerCase(),
      }),
    );
    return planned.reduce((sum, file) => sum + secondsOfFile(repair, file, context)[end], repair.teacher.seconds[end]);
  };
  const trying = once.likely * (1 + candidates.length) + making(candidates) + repairing(candidates, 'likely');
  const comparing = once.likely * 3 * more;
  const proof = once.likely * proving + answering.likely;
  const toMake = request.output === undefined ? [] : filesToMake(candidates, model.info);
  const saving = Math.max(0, ...toMake.map((file) => secondsOfMaking(file, shape, context)));
  const likely = trying + comparing + proof + saving;

  const some = tokensIn(LOSS_CHUNKS, texts.inside);
  const previews = unknown.filter(isPreview).length;
  const ofPreviews = await reading(some, previews + ways, 1);
  // by another way counts of experts are measured anew
  const ofOthers = await reading(some, ways === 0 ? 0 : previews, 1);
  const made = unknown.filter((figure) => !isPreview(figure));
  const ofMade = await reading(some, made.length, made.length);
  const { nExpert, bytes } = model.info;
  const writing = made.reduce((sum, { keep, ofClass, type }) => {
    const file =
      keep === undefined
        ? { keep: nExpert, type: OTHERS_TYPE, mix: { [ofClass]: type }, bytes }
        : { keep, type: null, mix: null, bytes: (bytes * keep) / nExpert };
    return sum + secondsOfMaking(file, shape, context);
  }, 0);
  const measuresFiles = made.length > 0 && ofMade.likely + writing <= MOST_FOR_FIGURES * likely;
  const losses = (end: 'low' | 'likely' | 'high'): number =>
    ofPreviews[end] + (joint?.seconds[end] ?? 0) + (measuresFiles ? ofMade[end] + writing : 0);
  const weighing = losses('likely');
  return {
    measuresFiles,
    phases: { scoring: scoring.likely, weighing, trying, comparing, proving: proof, writing: saving },
    seconds: {
      low:
        scoring.low +
        losses('low') +
        once.low * (1 + few.length + proving) +
        making(few) +
        repairing(few, 'low') +
        answering.low,
      likely: scoring.likely + weighing + likely,
      high:
        scoring.high +
        losses('high') +
        ofOthers.high +
        once.high * ((1 + candidates.length) * (1 + more) + proving) +
        making(candidates) +
        repairing(candidates, 'high') +
        answering.high,
    },
  };
}

/** Those that differ in their active experts alone are one, and the source model is there. */
export function filesToMake(
  candidates: readonly Candidate<QuantType>[],
  { nExpert }: Pick<ModelInfo, 'nExpert'>,
): readonly Candidate<QuantType>[] {
  const names = candidates.map(nameOf);
  return candidates.filter(
    ({ keep, type }, index) => !(keep === nExpert && type === null) && names.indexOf(names[index]!) === index,
  );
}

/** That one file takes to be made. */
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

/** Where the same search has ended before: one of its files is made again, and written. */
export function secondsOfWritingAgain(
  { phases: { trying, writing } }: Pick<FitTime, 'phases'>,
  files: number,
): Pick<FitTime, 'phases' | 'seconds'> {
  const proving = trying / Math.max(1, files);
  const likely = proving + writing;
  return {
    phases: { scoring: 0, weighing: 0, trying: 0, comparing: 0, proving, writing },
    seconds: { low: likely / 2, likely, high: 2 * likely },
  };
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
  for (const text of texts) {
    const { length } = await tokenizeText(text, vocabulary, backend, signal);
    requireEnoughTokens(text, length, ctx);
    const isHalved = text.half !== undefined && typeof text.text === 'string';
    counts.set(text, isHalved ? Math.floor(length / 2) : length);
  }
  return counts;
}
