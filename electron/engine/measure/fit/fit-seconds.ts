// Estimates how long a search for the best file takes: what each phase reads, makes and repairs, at the rate of reading the first stage.
import type { FitPhase } from '../../../contract/fit.ts';
import type { QuantType } from '../../../contract/quantise.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import type { Backend } from '../../base/backend/backend.ts';
import { sum } from '../../base/statistics/numbers.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { modelShape } from '../../models/placement/model-shape.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { knownRates, secondsOf, type Rates, type Work } from '../../store/rates.ts';
import type { Task } from '../../store/task.ts';
import { plannedFile, planRepair, secondsOfFile, weightsIn } from '../../write/repairing/repair-cost.ts';
import type { RepairDemos } from '../../write/repairing/repair-demos.ts';
import { countTokens, distributionBytes, estimateMeasuring } from '../evaluation/estimate-measuring.ts';
import { filesToMake, type Candidate } from './candidates.ts';
import { OTHERS_TYPE } from './find-candidates.ts';
import { isPreview, type Figure } from './losses.ts';
import { COMPARED, LAST_STAGE, LOSS_CHUNKS, OUTSIDE_CHUNKS, STAGE_CHUNKS } from './judge.ts';
import type { FitTexts, HalfText } from './texts.ts';

/**
 * Files of single classes of tensors, and of narrower experts, are made and measured if that takes at most this many times the likely time
 * of the files that are compared.
 */
const MOST_FOR_FIGURES = 3;
/** Seconds per file, whatever its size: to start workers, write headers and read the file back. */
const MAKING_STARTS = 0.5;

type Search = {
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
};

type Tools = { readonly context: EngineContext; readonly backend: Backend; readonly task: Task };

type FitTime = {
  readonly seconds: number;
  /** The most that the full model's distributions take on disk: they stay until the search ends. */
  readonly distributionBytes: number;
  /** What the recording of the full model takes there, which repairs are fitted to. */
  readonly recordedBytes: number;
  /** Whether files of single classes are made and measured. */
  readonly measuresFiles: boolean;
  readonly phases: Readonly<Record<FitPhase, number>>;
};

/**
 * Estimates the time of the whole search: all files at their first stage and two at the last. Every file counts as made and measured once,
 * although its figures may be stored.
 * @param scoring seconds of scoring, which comes first
 */
export async function secondsOfFit(search: Search, scoring: number, tools: Tools): Promise<FitTime> {
  const { request, model, candidates, unknown, ways } = search;
  const { once, further, proving, losses, distributionBytes } = await readingTimes(search, tools);
  const rates = knownRates(tools.context.store, request.placement.threads);
  const files = filesToMake(candidates, model.info.nExpert);
  const { recording, recordedBytes, repairing } = await repairTimes(search, files, tools);
  const making = files.map(({ keep, type, bytes }) => secondsOfMaking(keep, type, bytes, model, rates));
  const made = sum(making) + files.length * repairing;
  const phases = {
    trying: once * (1 + candidates.length) + made + recording,
    comparing: further > 0 && candidates.length > 1 ? COMPARED * once * further : 0,
    proving: once * proving,
    writing: request.output === undefined ? 0 : Math.max(0, ...making),
  };
  const searching = sum(Object.values(phases));
  const previews = unknown.filter(isPreview).length;
  const figures = unknown.filter((figure) => !isPreview(figure));
  const { bytes, nExpert } = model.info;
  const ofFigures = figures.map(({ keep = nExpert, type }) =>
    secondsOfMaking(keep, type ? OTHERS_TYPE : null, (bytes * keep) / nExpert, model, rates),
  );
  const inFiles = sum(ofFigures) + figures.length * once * losses;
  const measuresFiles = figures.length > 0 && inFiles <= MOST_FOR_FIGURES * searching;
  // the source model is read before the previews
  const inPreviews = previews + ways === 0 ? 0 : (1 + previews + ways) * once * losses;
  const weighing = inPreviews + (measuresFiles ? inFiles : 0);
  return {
    measuresFiles,
    distributionBytes,
    recordedBytes,
    phases: { scoring, weighing, ...phases },
    seconds: scoring + weighing + searching,
  };
}

/**
 * @returns `once`: seconds of one file at its first stage, on the texts of the domain and on others; as multiples of it, a file's further
 * stages, the confirming texts for two files and the source model (`proving`), and a short text for a loss
 */
async function readingTimes({ request, model, modelId, texts }: Search, { context, backend, task }: Tools) {
  const { chunkTokens, placement } = request;
  const { confirm } = texts;
  const halves = [...texts.inside, ...texts.outside, ...confirm.inside, ...confirm.outside];
  const tokens = await countTokens(halves, model.info, chunkTokens, backend, task.signal);
  const shape = modelShape(model);
  let bytes = 0;
  const tokensIn = (chunks: number, some: readonly HalfText[]): number =>
    sum(
      some.map((text) => {
        const read = Math.min(chunks * chunkTokens, tokens.get(text) ?? 0);
        bytes += distributionBytes(text, read, shape.nVocab);
        return read;
      }),
    );
  const [start = 0, ...stages] = STAGE_CHUNKS;
  const first = tokensIn(start, texts.inside) + tokensIn(OUTSIDE_CHUNKS, texts.outside);
  // a text that a stage reads to the end has no further stages
  const further = stages.filter((_, i) =>
    texts.inside.some((text) => (tokens.get(text) ?? 0) > STAGE_CHUNKS[i]! * chunkTokens),
  );
  const later = sum(further.map((chunks) => tokensIn(chunks, texts.inside)));
  const unseen = tokensIn(STAGE_CHUNKS[LAST_STAGE]!, confirm.inside) + tokensIn(OUTSIDE_CHUNKS, confirm.outside);
  const short = tokensIn(LOSS_CHUNKS, texts.inside);
  const read = { files: model.info, shape, modelRow: modelId };
  const asked = { tokens: first, ctx: chunkTokens };
  return {
    distributionBytes: bytes,
    once: await estimateMeasuring(asked, read, placement, context, { models: 1, loads: 1 }),
    further: later / Math.max(1, first),
    proving: (3 * unseen) / Math.max(1, first),
    losses: short / Math.max(1, first),
  };
}

/** Seconds to record the full model, which repairs are fitted to, and to repair one file. */
async function repairTimes(
  { request, model, modelId, repairDemos }: Search,
  [file]: readonly Candidate<QuantType>[],
  tools: Tools,
) {
  if (repairDemos === null || file === undefined) return { recording: 0, recordedBytes: 0, repairing: 0 };
  const repair = await planRepair(model, repairDemos, modelId, { ...tools, placement: request.placement });
  const { keep, width, bytes, type, mix } = file;
  const planned = plannedFile(model, { keep, width: width ?? 1, bytes, type: mix?.down ?? type?.toLowerCase() });
  const { teacher, teacherBytes: recordedBytes } = repair;
  return { recording: teacher.seconds, recordedBytes, repairing: secondsOfFile(repair, planned) };
}

/** Seconds to make one file. */
function secondsOfMaking(
  keep: number,
  type: QuantType | null,
  bytes: number,
  { info, tensors }: InspectedModel,
  rates: Rates,
): number {
  const weights = sum(tensors.map(({ ne }) => weightsIn(ne)));
  const work: Work = type === null ? { copy: bytes } : { [`quantise ${type}`]: (weights * keep) / info.nExpert };
  return MAKING_STARTS + secondsOf(work, rates);
}
