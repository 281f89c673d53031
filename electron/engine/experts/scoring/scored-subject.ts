// What is scored: the model's facts, and the demos as tokens or as lengths.
import { WinnowError } from '../../../contract/errors.ts';
import type { ModelFacts } from '../../../contract/model-info.ts';
import type { DemoSource, StoredDemos } from '../../../contract/requests.ts';
import { type Sentence, inEnglish, msg } from '../../../contract/sentences.ts';
import { type TakenDemos, takenDemosSchema } from '../../../contract/taken-demos.ts';
import { type Backend, type LoadedModel, loadVocabulary } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { collectDemos, type OpenedSource } from '../../demos/collect-demos.ts';
import { answerTokens } from '../../demos/answer-tokens.ts';
import { toChatTemplate, tokenizeDemos } from '../../demos/tokenize.ts';
import type { ChatTemplate } from '../../demos/template-messages.ts';
import { type IdentifiedInfo, identifying } from '../../models/identity.ts';
import { type ReadModel, identified, openModel, requirePrunable } from '../../models/inspect.ts';
import { withPrediction } from '../../models/prediction-blocks.ts';
import { type ModelShape, modelShape } from '../../models/placement/model-shape.ts';
import { knownModel, modelAt } from '../selection/known-model.ts';
import type { RunDemo } from '../../store/score-runs.ts';

/** A demo, with 1 for each token of an answer. */
type DemoSet = Awaited<ReturnType<typeof collectDemos>>;
type Tokenized = Awaited<ReturnType<typeof tokenizeDemos>>;
type ReadDemo = Tokenized['demos'][number] & { readonly answers: Uint8Array };

/** A model as it is scored. */
type ScoredModel = {
  /** Prediction blocks that are run are among the MoE layers. */
  readonly info: ModelFacts;
  /** The prediction blocks that are run; empty: they are left out. */
  readonly predictionLayers: readonly number[];
};

/** What is scored, as far as a plan depends on it. */
export type ScoringSubject = ScoredModel & {
  readonly shape: ModelShape;
  /** The model's row in the store; null: it is not stored. */
  readonly modelId: number | null;
  readonly domain: string;
  /** The demos as runs list them. */
  readonly demos: readonly RunDemo[];
  /** Whether the model has recurrent state, so that every demo runs by itself. */
  readonly isRecurrent: boolean;
  /** What the chat template leaves out of the demos. */
  readonly unwritten: readonly Sentence[];
};

/** The same with tokens and with a model that was read whole. */
type ReadSubject = ScoringSubject & {
  readonly info: IdentifiedInfo;
  readonly modelId: number;
  readonly tokenized: readonly ReadDemo[];
  /** The number of demos that `maxTokens` has cut. */
  readonly cut: number;
  /** Which demos were requested. */
  readonly taken: TakenDemos;
};

type DemosRequest = TakenDemos & {
  readonly maxTokens: number;
  readonly demos: DemoSource | OpenedSource | StoredDemos;
};

type OpenedModel = ScoredModel & { readonly model: ReadModel };

/**
 * Reads the model's headers before anything else. Its prediction blocks are also scored, if llama.cpp runs them.
 * @param source the model's path, or its headers if they are already read
 * @throws WinnowError errors of inspecting
 */
export async function openScored(source: string | ReadModel, backend: Backend, task: Task): Promise<OpenedModel> {
  const model = typeof source === 'string' ? await openModel(source, backend) : source;
  requirePrunable(model.info);
  const { predictionLayers = [] } = model.info;
  if (predictionLayers.length === 0 && model.info.nextnLayers.length > 0) {
    task.log(inEnglish(msg('predictionNotScored', { blocks: model.info.nextnLayers.length })));
  }
  const info = withPrediction(model.info, predictionLayers);
  return { model, info, predictionLayers };
}

/**
 * Reads the model whole, and the demos as tokens.
 * @param opened as `openScored` returns it
 * @throws WinnowError errors of importing; DEMOS_EMPTY when no token is left by which experts could be chosen; MODEL_CHANGED; the
 * signal's reason
 */
export async function readSubject(
  { model, info, predictionLayers }: OpenedModel,
  request: DemosRequest,
  context: EngineContext,
  backend: Backend,
  task: Task,
): Promise<ReadSubject> {
  const demosFailed = new AbortController();
  const reading = readDemos(request, info, context, backend, task);
  reading.catch((error: unknown) => demosFailed.abort(error));
  const signal = AbortSignal.any([task.signal, demosFailed.signal]);
  const [inspected, { set, ...read }] = await Promise.all([
    identified(model, { ...identifying(context, task), signal }),
    reading,
  ]);
  const modelId = knownModel(context.store, inspected.info).id;
  return {
    ...read,
    info: withPrediction(inspected.info, predictionLayers),
    predictionLayers,
    shape: modelShape(inspected, predictionLayers),
    modelId,
    domain: set.domain,
    demos: runDemos(set, read.tokenized),
    taken: takenDemosSchema.parse(request),
  };
}

/**
 * What is scored, from only the model's headers and the demos' lengths: no model is read whole.
 * @param opened as `openScored` returns it
 * @throws WinnowError errors of importing and loading the vocabulary; DEMOS_EMPTY; the signal's reason
 */
export async function countedSubject(
  { model, ...opened }: OpenedModel,
  request: DemosRequest,
  context: EngineContext,
  backend: Backend,
  task: Task,
): Promise<ScoringSubject> {
  const { info, predictionLayers } = opened;
  const set = await collect(request, context, task);
  const { demos, unwritten, vocabulary } = await tokenize(set, info, request, backend, task);
  if (demos.length === 0) throw withoutTokens(set.domain, []);
  return {
    ...opened,
    shape: modelShape(model, predictionLayers),
    modelId: modelAt(context.store, info)?.id ?? null,
    domain: set.domain,
    demos: runDemos(set, demos),
    isRecurrent: vocabulary.isRecurrent,
    unwritten,
  };
}

async function readDemos(
  request: DemosRequest,
  info: ModelFacts,
  context: EngineContext,
  backend: Backend,
  task: Task,
) {
  const set = await collect(request, context, task);
  const { demos, cut, skipped, unwritten, vocabulary } = await tokenize(set, info, request, backend, task);
  if (demos.length === 0) throw withoutTokens(set.domain, skipped.slice(0, 3));
  if (skipsFirst(info) && demos.every(({ tokens }) => tokens.length === 1))
    throw new WinnowError('DEMOS_EMPTY', msg('onlyFirstTokens', { domain: set.domain }), { domain: set.domain });
  const tokenized = await withAnswers(set.demos, demos, toChatTemplate(vocabulary), backend, task);
  return { set, tokenized, cut, unwritten, isRecurrent: vocabulary.isRecurrent };
}

async function collect(request: DemosRequest, context: EngineContext, task: Task): Promise<DemoSet> {
  const set = await collectDemos(request.demos, request, context, task.signal);
  set.warnings.forEach((warning) => task.log(warning));
  return set;
}

async function tokenize(
  { demos }: DemoSet,
  info: ModelFacts,
  { maxTokens, cutOff }: DemosRequest,
  backend: Backend,
  task: Task,
): Promise<Tokenized & { readonly vocabulary: LoadedModel }> {
  const vocabulary = await loadVocabulary(backend, info);
  const tokenized = await tokenizeDemos(demos, vocabulary, maxTokens, backend, {
    cutOff,
    signal: task.signal,
    onProgress: (done, total) => task.about({ step: { key: 'tokenising', done, total } }),
  });
  tokenized.warnings.forEach((warning) => task.log(warning));
  return { ...tokenized, vocabulary };
}

/** @param reasons why demos were left out */
function withoutTokens(domain: string, reasons: readonly Sentence[]): WinnowError {
  return new WinnowError('DEMOS_EMPTY', msg('demosWithoutTokens', { domain, reasons }), { domain });
}

/**
 * Whether position 0 does not count. If the first block has experts, the token there reaches them as a bare embedding: its routing
 * is the same in every demo, and its turn is the largest of all.
 */
export function skipsFirst({ moeLayers }: ModelFacts): boolean {
  return moeLayers[0] === 0;
}

async function withAnswers(
  demos: DemoSet['demos'],
  tokenized: Tokenized['demos'],
  template: ChatTemplate,
  backend: Backend,
  task: Task,
): Promise<ReadDemo[]> {
  const contents = new Map(demos.map(({ hash, content }) => [hash, content]));
  const read: ReadDemo[] = [];
  for (const demo of tokenized) {
    task.signal.throwIfAborted();
    const { answers } = await answerTokens(contents.get(demo.hash)!, demo.tokens, template, backend);
    read.push({ ...demo, answers });
  }
  return read;
}

/** The demos of a set that have tokens, as runs list them. */
function runDemos({ demos }: DemoSet, tokenized: Tokenized['demos']): RunDemo[] {
  const ids = new Map(demos.map(({ hash, id }) => [hash, id]));
  return tokenized.map(({ hash, tokens }) => ({ hash, id: ids.get(hash) ?? hash, tokens: tokens.length }));
}
