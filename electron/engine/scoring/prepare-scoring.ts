// What a scoring needs before the model is loaded: the model's facts, the demos as tokens, and the settings that the
// scores depend on.
import type { ModelInfo } from '../../contract/model-info.ts';
import type { ScoreRequest } from '../../contract/requests.ts';
import { WinnowError } from '../../contract/errors.ts';
import { llamaSource } from '../../../native/index.ts';
import type { Backend } from '../backend/backend.ts';
import { loadVocabulary } from '../backend/load-model.ts';
import type { PlacedModel } from '../backend/placement.ts';
import { placeApart } from '../backend/rpc-devices.ts';
import type { EngineContext, Task } from '../context.ts';
import { inspectModel, requirePrunable } from '../models/inspect.ts';
import { modelShape, type ModelShape } from '../scale/model-shape.ts';
import { rememberModel } from '../store/models.ts';
import type { RunDemo } from '../store/score-runs.ts';
import { collectDemos, type DemoSet } from './demo-source.ts';
import type { MaskSetting } from './run-mask.ts';
import { tokenizeDemos, type TokenizedDemo } from './tokenize.ts';

/** Raise it when a change of the code changes scores: stored runs of another version are not reused. */
const SCORING_VERSION = 1;

/** What has an influence on the scores' bits, besides model and demos. */
export type RunSettings = {
  readonly version: number;
  readonly llama: string;
  readonly nUbatch: number;
  readonly maxTokens: number;
  /** As placed, not as asked for: "auto" may mean something else tomorrow. Without machines, wherever they are. */
  readonly placement: PlacedModel;
  /** llama.cpp splits a lone token's attention by thread. */
  readonly threads: number;
  /** Without it all experts took part. */
  readonly mask?: MaskSetting;
};

export type PreparedScoring = {
  readonly info: ModelInfo;
  readonly shape: ModelShape;
  /** Each demo is scored by itself. */
  readonly isRecurrent: boolean;
  readonly modelId: number;
  readonly domain: string;
  readonly tokenized: readonly TokenizedDemo[];
  /** The same, as runs list them. */
  readonly demos: readonly RunDemo[];
  readonly settings: RunSettings;
};

type Request = Pick<ScoreRequest, 'model' | 'demos' | 'limit' | 'maxTokens' | 'nUbatch' | 'placement'>;

/** @throws WinnowError of inspecting and importing; DEMOS_EMPTY when no token is left; the signal's reason */
export async function prepareScoring(
  request: Request,
  context: Pick<EngineContext, 'store' | 'host'>,
  backend: Backend,
  task: Task,
): Promise<PreparedScoring> {
  const model = await inspectModel(request.model, backend);
  const { info } = model;
  requirePrunable(info);
  const set = await collectDemos(request.demos, request.limit, context, task.signal);
  set.warnings.forEach((warning) => task.log(warning));
  const modelId = rememberModel(context.store, info).id;
  const { tokenized, isRecurrent } = await tokenize(set, info, request, backend, task);
  const settings: RunSettings = {
    version: SCORING_VERSION,
    llama: llamaSource().tag,
    nUbatch: request.nUbatch,
    maxTokens: request.maxTokens,
    placement: await placeApart(info, request.placement, backend),
    threads: request.placement.threads,
  };
  const { domain } = set;
  const demos = runDemos(set, tokenized);
  return { info, shape: modelShape(model), isRecurrent, modelId, domain, tokenized, demos, settings };
}

async function tokenize(
  { domain, demos }: DemoSet,
  info: ModelInfo,
  { maxTokens }: Request,
  backend: Backend,
  task: Task,
): Promise<Pick<PreparedScoring, 'tokenized' | 'isRecurrent'>> {
  const vocabulary = await loadVocabulary(backend, info);
  const tokenized = await tokenizeDemos(demos, vocabulary, maxTokens, backend, {
    signal: task.signal,
    onProgress: (done, total) => task.about({ step: { key: 'tokenising', done, total } }),
  });
  tokenized.warnings.forEach((warning) => task.log(warning));
  const { isRecurrent } = vocabulary;
  if (tokenized.demos.length > 0) return { tokenized: tokenized.demos, isRecurrent };
  throw new WinnowError('DEMOS_EMPTY', `The demos of "${domain}" have no tokens.`, { domain });
}

function runDemos({ demos }: DemoSet, tokenized: readonly TokenizedDemo[]): RunDemo[] {
  const ids = new Map(demos.map(({ hash, id }) => [hash, id]));
  return tokenized.map(({ hash, tokens }) => ({ hash, id: ids.get(hash) ?? hash, tokens: tokens.length }));
}
