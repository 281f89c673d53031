// What the search for the best file would compare, and what that takes: settled before anything is computed.
import type { FitPlan } from '../../contract/fit.ts';
import { WinnowError } from '../../contract/errors.ts';
import { displayBytes } from '../../contract/display-bytes.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import { quantTypeSchema, usualTypesBelow, type QuantType } from '../../contract/quantise.ts';
import type { FitRequest, ScoreRequest } from '../../contract/requests.ts';
import { Backend } from '../backend/backend.ts';
import type { EngineContext } from '../context/engine-context.ts';
import type { Task } from '../context/task.ts';
import { documentsOf, spokenText, type NamedText } from '../content/documents.ts';
import { estimateMeasuring } from '../evaluation/estimate-measuring.ts';
import type { TextOfDomain } from '../evaluation/other-texts.ts';
import { inspectFile, requirePrunable, type InspectedModel } from '../models/inspect.ts';
import { modelName } from '../models/model-name.ts';
import { chatBuffers } from '../placement/chat-buffers.ts';
import { modelShape } from '../placement/model-shape.ts';
import { estimateRun } from '../scoring/estimate-run.ts';
import { prepareScoring } from '../scoring/prepare-scoring.ts';
import { countLimits } from '../selection/choose-experts.ts';
import { candidatesFor, type Candidate, type FileSize } from './candidates.ts';
import { sizeOf, type FileType, type Making } from './fit-files.ts';
import { OUTSIDE_CHUNKS, STAGE_CHUNKS } from './measuring.ts';
import { textsFor, type FitTexts } from './texts.ts';

/** Bytes of the source that one thread quantises in a second, about: k-quants by an importance matrix take longer. */
const QUANTISED_A_SECOND = 12e6;
/** On average. */
const BYTES_A_TOKEN = 4;

export type PlannedFit = {
  readonly plan: FitPlan;
  readonly making: Making;
  readonly candidates: readonly Candidate<QuantType>[];
  readonly texts: FitTexts;
};

/**
 * Reads headers and texts, and counts tokens.
 * @throws WinnowError of inspecting, importing and the texts; SELECTION_IMPOSSIBLE: nothing fits; USAGE: no such type
 */
export async function planFit(request: FitRequest, context: EngineContext, task: Task): Promise<PlannedFit> {
  const model = await inspectFile(request.model, context.host);
  const { info } = model;
  requirePrunable(info);
  const { grouping, requantise, ctx, imatrix = null, budgetBytes } = request;
  const computeBytes = await buffersFor(info, request, context);
  const making: Making = { model, grouping, imatrix, requantise, ctx, computeBytes };
  const candidates = await fittingFiles(request, making, context);

  using backend = new Backend(request.placement.gpu, context.host);
  const scoring = await prepareScoring(scoreRequestOf(request, collects(request, candidates)), context, backend, task);
  const { domain, demos, modelId } = scoring;
  const texts = await textsFor(request, domain, demos, context, task);
  const estimate = await estimateRun({ files: info, modelRow: modelId }, scoring, {}, context, backend, task.signal);
  const plan: FitPlan = {
    modelName: modelName(info),
    fullBytes: info.bytes,
    sourceType: info.fileType,
    nExpert: info.nExpert,
    domain,
    isOnDemos: texts.isOnDemos,
    budgetBytes,
    ctx,
    files: candidates.map(({ keep, type, bytes, memoryBytes }) => ({ keep, type, bytes, memoryBytes })),
    texts: [
      ...texts.inside.map(({ name }) => ({ name, inDomain: true })),
      ...texts.outside.map(({ name }) => ({ name, inDomain: false })),
    ],
    scratchBytes: candidates.reduce((sum, { bytes }) => sum + bytes, 0),
    seconds: await secondsFor({ request, model, modelId, candidates, texts }, estimate.seconds, context),
  };
  return { plan, making, candidates, texts };
}

/** Never of more tokens than the model was made for. */
async function buffersFor(
  info: ModelInfo,
  { ctx, placement }: FitRequest,
  { host }: EngineContext,
): Promise<number | null> {
  using backend = new Backend('off', host);
  const tokens = info.contextLength > 0 ? Math.min(ctx, info.contextLength) : ctx;
  return await chatBuffers(backend, info, { ctx: tokens, threads: placement.threads });
}

/** @throws WinnowError SELECTION_IMPOSSIBLE: none fits; USAGE: no such type */
async function fittingFiles(
  request: FitRequest,
  making: Making,
  { host, scratchDir }: EngineContext,
): Promise<Candidate<QuantType>[]> {
  const { budgetBytes, grouping } = request;
  const { info } = making.model;
  const types = typesFor(request, making.model);
  const counts = countsFor(making.model, grouping);
  using backend = new Backend('off', host);
  const size = (keep: number, type: FileType): Promise<FileSize> => sizeOf(keep, type, making, { backend, scratchDir });
  const candidates = await candidatesFor<QuantType>({ budgetBytes, types, counts, sizeOf: size });
  if (candidates.length > 0) return candidates;
  const [fewest = info.nExpert] = counts;
  const needed: number[] = [];
  for (const type of types) needed.push((await size(fewest, type)).memoryBytes);
  const neededBytes = Math.min(...needed);
  const again = types.length === 1 ? ', allow weights that are quantised to be quantised again' : '';
  throw new WinnowError(
    'SELECTION_IMPOSSIBLE',
    `Even with ${fewest} of ${info.nExpert} experts and the smallest of the types, the model needs ${displayBytes(neededBytes)}: more than the budget of ${displayBytes(budgetBytes)}. Raise the budget, shorten the context${again}, or take a smaller model.`,
    { neededBytes, budgetBytes },
  );
}

/** Whether scoring collects the importance matrix that files are quantised by. */
export function collects({ imatrix }: FitRequest, candidates: readonly Candidate<QuantType>[]): boolean {
  return imatrix === undefined && candidates.some(({ type }) => type !== null);
}

/** The request to score that the search begins with. */
export function scoreRequestOf(request: FitRequest, importance: boolean): ScoreRequest {
  const { model, demos, limit, holdBack, maxTokens, nUbatch, placement } = request;
  return { model, demos, limit, holdBack, maxTokens, nUbatch, placement, fresh: false, importance };
}

/** The source's own weights, and types with fewer bits than its own: of quantised weights only where that was asked for. */
function typesFor({ types, requantise }: FitRequest, { info, tensors }: InspectedModel): readonly FileType[] {
  if (types !== undefined) return [null, ...types.map(requireType)];
  const isQuantised = tensors.some(({ type, ne }) => ne.length > 1 && !['f32', 'f16', 'bf16'].includes(type));
  if (isQuantised && !requantise) return [null];
  return [null, ...usualTypesBelow(info.fileType)];
}

function requireType(name: string): QuantType {
  const type = quantTypeSchema.safeParse(name);
  if (type.success) return type.data;
  throw new WinnowError('USAGE', `"${name}" is no type that llama.cpp quantises to. Write one like Q4_K_M.`, { name });
}

function countsFor({ info }: InspectedModel, grouping: FitRequest['grouping']): number[] {
  const { unit, smallest } = countLimits(info, grouping);
  const first = Math.ceil(smallest / unit) * unit;
  const counts: number[] = [];
  for (let keep = first; keep < info.nExpert; keep += unit) counts.push(keep);
  return [...counts, info.nExpert];
}

type Work = Pick<PlannedFit, 'candidates' | 'texts'> & {
  readonly request: FitRequest;
  readonly model: InspectedModel;
  readonly modelId: number;
};

/**
 * Between the first two files alone, and all files on all texts; likely is the first stage of all, and the last of two. Scoring is
 * counted although it may be stored, and making each file once.
 */
async function secondsFor(
  { request, model, modelId, candidates, texts }: Work,
  scoring: FitPlan['seconds'],
  context: EngineContext,
): Promise<FitPlan['seconds']> {
  const { chunkTokens, placement } = request;
  const tokensIn = (chunks: number, some: readonly TextOfDomain[]): number =>
    some.reduce((sum, text) => sum + Math.min(chunks * chunkTokens, tokensOf(text)), 0);
  const [start = 0, ...stages] = STAGE_CHUNKS;
  const first = tokensIn(start, texts.inside) + tokensIn(OUTSIDE_CHUNKS, texts.outside);
  // a text that a stage reads to its end has no further ones
  const further = stages.filter((_, i) => texts.inside.some((text) => tokensOf(text) > STAGE_CHUNKS[i]! * chunkTokens));
  const last = further.reduce((sum, chunks) => sum + tokensIn(chunks, texts.inside), 0);
  const counted = { files: model.info, shape: modelShape(model), modelRow: modelId };
  const once = await estimateMeasuring({ tokens: first, ctx: chunkTokens }, counted, placement, context, {
    models: 1,
    loads: 1,
  });
  const more = last / Math.max(1, first);
  const making = (files: readonly Candidate<QuantType>[]): number =>
    files.reduce(
      (sum, { type, bytes }) => sum + (type === null ? bytes / 1e9 : secondsOfMaking(model, bytes, placement.threads)),
      0,
    );
  const few = candidates.slice(0, 2);
  return {
    low: scoring.low + once.low * (1 + few.length) + making(few),
    likely: scoring.likely + once.likely * (1 + candidates.length + 3 * more) + making(candidates),
    high: scoring.high + once.high * (1 + candidates.length) * (1 + more) + making(candidates),
  };
}

/** All weights that go into a file are read as they are in the source. */
export function secondsOfMaking({ info }: InspectedModel, bytes: number, threads: number): number {
  return Math.min(info.bytes, 2 * bytes) / (QUANTISED_A_SECOND * threads);
}

/** About. */
export function tokensOf(text: NamedText): number {
  const bytes = documentsOf(text).reduce((sum, { content }) => sum + Buffer.byteLength(spokenText(content)), 0);
  return Math.ceil(bytes / BYTES_A_TOKEN);
}
