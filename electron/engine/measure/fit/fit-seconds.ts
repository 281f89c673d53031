// How long a search for the best file takes.
import type { FitPlan } from '../../../contract/fit.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { QuantType } from '../../../contract/quantise.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import type { Backend } from '../../base/backend/backend.ts';
import { loadVocabulary } from '../../base/backend/load-files.ts';
import type { NamedText } from '../../base/content/documents.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { estimateMeasuring } from '../evaluation/estimate-measuring.ts';
import type { TextOfDomain } from '../evaluation/other-texts.ts';
import { tokenizeText } from '../evaluation/tokenize-text.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { modelShape, type ModelShape } from '../../models/placement/model-shape.ts';
import { quantiseSeconds } from '../../write/quantising/quantise-rate.ts';
import type { Candidate } from './candidates.ts';
import type { Prompt } from '../generation/prompts.ts';
import { secondsOfAnswers } from './answers.ts';
import { OUTSIDE_CHUNKS, STAGE_CHUNKS } from './stages.ts';
import type { FitTexts } from './texts.ts';

/** Seconds that each file takes whatever its size: workers start, headers are written, the file is read back. */
const MAKING_STARTS = 0.5;
/** Bytes that are copied in a second. */
const COPIED_A_SECOND = 1e9;

type Work = {
  readonly request: FitRequest;
  readonly model: InspectedModel;
  readonly modelId: number;
  readonly candidates: readonly Candidate<QuantType>[];
  readonly texts: FitTexts;
  /** That the best files answer. */
  readonly prompts: readonly Prompt[];
};

/**
 * Between the first two files alone, and all files on all texts; likely is the first stage of all, and the last of two. Each file is
 * counted as made and measured once, although that may be stored.
 * @param scoring what it takes before
 */
export async function secondsOfFit(
  { request, model, modelId, candidates, texts, prompts }: Work,
  scoring: FitPlan['seconds'],
  { context, backend }: { readonly context: EngineContext; readonly backend: Backend },
  signal: AbortSignal,
): Promise<FitPlan['seconds']> {
  const { chunkTokens, placement } = request;
  const tokens = await countTokens([...texts.inside, ...texts.outside], model.info, backend, signal);
  const tokensIn = (chunks: number, some: readonly TextOfDomain[]): number =>
    some.reduce((sum, text) => sum + Math.min(chunks * chunkTokens, tokens.get(text) ?? 0), 0);
  const [start = 0, ...stages] = STAGE_CHUNKS;
  const first = tokensIn(start, texts.inside) + tokensIn(OUTSIDE_CHUNKS, texts.outside);
  // a text that a stage reads to its end has no further ones
  const further = stages.filter((_, i) =>
    texts.inside.some((text) => (tokens.get(text) ?? 0) > STAGE_CHUNKS[i]! * chunkTokens),
  );
  const last = further.reduce((sum, chunks) => sum + tokensIn(chunks, texts.inside), 0);
  const shape = modelShape(model);
  const counted = { files: model.info, shape, modelRow: modelId, contextLength: model.info.contextLength };
  const once = await estimateMeasuring({ tokens: first, ctx: chunkTokens }, counted, placement, context, {
    models: 1,
    loads: 1,
  });
  const more = last / Math.max(1, first);
  const making = (files: readonly Candidate<QuantType>[]): number =>
    filesToMake(files, model.info).reduce((sum, file) => sum + secondsOfMaking(file, shape, context), 0);
  const few = candidates.slice(0, 2);
  const answering = await secondsOfAnswers(prompts, counted, placement, context);
  return {
    low: scoring.low + once.low * (1 + few.length) + making(few) + answering.low,
    likely: scoring.likely + once.likely * (1 + candidates.length + 3 * more) + making(candidates) + answering.likely,
    high: scoring.high + once.high * (1 + candidates.length) * (1 + more) + making(candidates) + answering.high,
  };
}

/** Those that differ in their active experts alone are one, and the source model is there. */
export function filesToMake(
  candidates: readonly Candidate<QuantType>[],
  { nExpert }: Pick<ModelInfo, 'nExpert'>,
): readonly Candidate<QuantType>[] {
  return candidates.filter(
    ({ keep, type }, index) =>
      !(keep === nExpert && type === null) &&
      candidates.findIndex((other) => other.keep === keep && other.type === type) === index,
  );
}

/** That one file takes to be made. */
export function secondsOfMaking(
  { keep, type, bytes }: Pick<Candidate<QuantType>, 'keep' | 'type' | 'bytes'>,
  shape: ModelShape,
  { store }: Pick<EngineContext, 'store'>,
): number {
  const writing = type === null ? bytes / COPIED_A_SECOND : quantiseSeconds(store, type, weightsOf(shape, keep));
  return MAKING_STARTS + writing;
}

/** In the matrices of a file with so many experts a layer. */
function weightsOf({ layers, nExpert, tokenEmbedding, outputHead }: ModelShape, keep: number): number {
  const head = outputHead.bytes > 0 ? outputHead.parameters : 0;
  return layers.reduce(
    (sum, { experts, others }) => sum + others.parameters + (experts.parameters * keep) / nExpert,
    tokenEmbedding.parameters + head,
  );
}

/** As the model reads them. */
export async function countTokens<Text extends NamedText>(
  texts: readonly Text[],
  info: ModelInfo,
  backend: Backend,
  signal: AbortSignal,
): Promise<ReadonlyMap<Text, number>> {
  const vocabulary = await loadVocabulary(backend, info);
  const counts = new Map<Text, number>();
  for (const text of texts) counts.set(text, (await tokenizeText(text, vocabulary, backend, signal)).length);
  return counts;
}
