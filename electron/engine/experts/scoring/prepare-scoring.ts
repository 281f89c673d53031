// What a scoring needs before the model is loaded: the model's facts, the demos as tokens, and the settings that the
// scores depend on.
import { WinnowError } from '../../../contract/errors.ts';
import type { ModelFacts, ModelInfo } from '../../../contract/model-info.ts';
import type { ScoreRequest, StoredDemos } from '../../../contract/requests.ts';
import type { StopRule } from '../../../contract/stop-rule.ts';
import { inEnglish, say } from '../../../contract/sentences.ts';
import { CLASSES_OF_CHOICE, defaultTokens, TOKEN_CLASSES } from '../../../contract/token-classes.ts';
import type { Backend } from '../../base/backend/backend.ts';
import { loadVocabulary } from '../../base/backend/load-files.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { identifying } from '../../models/identifying.ts';
import type { Task } from '../../store/task.ts';
import { collectDemos, type DemoSet } from '../../demos/collect-demos.ts';
import { tokenClasses } from '../../demos/token-classes.ts';
import { chatTemplateOf, tokenizeDemos, type TokenizedDemo } from '../../demos/tokenize.ts';
import type { ChatTemplate } from '../../demos/chat-template.ts';
import type { IdentifiedInfo } from '../../models/identity.ts';
import { identified, openModel, requirePrunable } from '../../models/inspect.ts';
import { withPrediction } from '../../models/prediction-blocks.ts';
import { modelShape } from '../../models/placement/model-shape.ts';
import { maskSetting } from '../runs/run-mask.ts';
import { knownModel } from '../selection/known-model.ts';
import type { Mask } from '../selection/selection.ts';
import type { RunDemo, TakenDemos } from '../../store/score-runs.ts';
import { planRun, type PlacedRun, type PlannedRun } from './plan-run.ts';
import { inStopOrder, stopRule } from './stop-when-stable.ts';

/** With each token's class, as its place in TOKEN_CLASSES. */
export type ClassifiedDemo = TokenizedDemo & { readonly classes: Uint8Array };

export type PreparedScoring = PlannedRun & {
  /** As it is scored: prediction blocks that are run are among the MoE layers. */
  readonly info: IdentifiedInfo;
  readonly modelId: number;
  readonly domain: string;
  /** When scoring ends before all demos are scored; they are in an order for that. null: all are scored. */
  readonly stop: StopRule | null;
  readonly tokenized: readonly ClassifiedDemo[];
  /** The same, as runs list them. */
  readonly demos: readonly RunDemo[];
  /** Demos that `maxTokens` has cut. */
  readonly cut: number;
  /** How they were asked for. */
  readonly taken: TakenDemos;
};

type Request = Pick<
  ScoreRequest,
  'model' | 'limit' | 'limitBy' | 'limitSeed' | 'cutOff' | 'holdBack' | 'maxTokens' | 'nUbatch' | 'placement'
> &
  Partial<Pick<ScoreRequest, 'fresh' | 'importance' | 'stopWhenStable'>> & {
    readonly demos: ScoreRequest['demos'] | StoredDemos;
  };

/**
 * @param how placedBefore: where the same model was placed for other demos; onlyMask: what the demos will be scored under,
 * where that is in one pass; prediction: score prediction blocks as well, where llama.cpp runs them
 * @throws WinnowError of inspecting and importing; DEMOS_EMPTY when no token is left that experts could be chosen by; of `stopRule`; the signal's reason
 */
export async function prepareScoring(
  request: Request,
  context: Pick<EngineContext, 'store' | 'host' | 'known'>,
  backend: Backend,
  task: Task,
  {
    placedBefore,
    onlyMask,
    prediction,
  }: {
    readonly placedBefore?: PlacedRun | undefined;
    readonly onlyMask?: ((info: ModelInfo) => Mask | null) | undefined;
    readonly prediction: boolean;
  },
): Promise<PreparedScoring> {
  const model = await openModel(request.model, backend);
  requirePrunable(model.info);
  const { predictionLayers = [] } = prediction ? model.info : {};
  if (prediction && predictionLayers.length === 0 && model.info.nextnLayers.length > 0) {
    task.log(inEnglish(say('predictionNotScored', { blocks: model.info.nextnLayers.length })));
  }
  const scored = withPrediction(model.info, predictionLayers);
  const stop = request.stopWhenStable ? stopRule(request.stopWhenStable, scored) : null;
  const demosFailed = new AbortController();
  const reading = readDemos(request, scored, context, backend, task);
  reading.catch((error: unknown) => demosFailed.abort(error));
  const signal = AbortSignal.any([task.signal, demosFailed.signal]);
  const [inspected, { set, tokenized: inSet, cut, isRecurrent }] = await Promise.all([
    identified(model, { ...identifying(context, task), signal }),
    reading,
  ]);
  const info = withPrediction(inspected.info, predictionLayers);
  const modelId = knownModel(context.store, inspected.info).id;
  const tokenized = stop ? inStopOrder(inSet) : inSet;
  const demos = runDemos(set, tokenized);
  const mask = onlyMask?.(info);
  const only = mask === undefined ? null : { mask: mask && maskSetting(mask, info.nExpert), stop };
  const planned = await planRun(
    {
      ...{ files: info, shape: modelShape(inspected, predictionLayers), modelRow: modelId },
      ...{ demos, alone: isRecurrent, predictionLayers },
    },
    // scoring afresh begins anew, unless its job began already
    {
      ...request,
      importance: request.importance ?? false,
      fresh: request.fresh ?? false,
      hasBegun: task.rows.runId !== undefined,
      only,
    },
    context.store,
    backend,
    { signal: task.signal },
    placedBefore,
  );
  const { limit, limitBy, limitSeed, holdBack, cutOff } = request;
  const taken = { limit, limitBy, limitSeed, holdBack, cutOff };
  return { ...planned, info, modelId, domain: set.domain, stop, tokenized, demos, cut, taken };
}

type ReadDemos = Pick<PreparedScoring, 'tokenized' | 'cut'> & { readonly set: DemoSet; readonly isRecurrent: boolean };

async function readDemos(
  request: Request,
  info: ModelFacts,
  context: Pick<EngineContext, 'store' | 'host'>,
  backend: Backend,
  task: Task,
): Promise<ReadDemos> {
  const set = await collectDemos(request.demos, request, context, task.signal);
  set.warnings.forEach((warning) => task.log(warning));
  return { set, ...(await tokenize(set, info, request, backend, task)) };
}

async function tokenize(
  { domain, demos }: DemoSet,
  info: ModelFacts,
  { maxTokens, cutOff }: Request,
  backend: Backend,
  task: Task,
): Promise<Omit<ReadDemos, 'set'>> {
  const vocabulary = await loadVocabulary(backend, info);
  const tokenized = await tokenizeDemos(demos, vocabulary, maxTokens, backend, {
    cutOff,
    signal: task.signal,
    onProgress: (done, total) => task.about({ step: { key: 'tokenising', done, total } }),
  });
  tokenized.warnings.forEach((warning) => task.log(warning));
  const { isRecurrent } = vocabulary;
  const { cut } = tokenized;
  if (tokenized.demos.length > 0) {
    const template = chatTemplateOf(vocabulary);
    const classified = await classify(demos, tokenized.demos, template, backend, task);
    requireCounted(classified, info, domain);
    return { tokenized: classified, cut, isRecurrent };
  }
  throw new WinnowError('DEMOS_EMPTY', say('demosWithoutTokens', { domain }), { domain });
}

/** @throws WinnowError DEMOS_EMPTY: no token is of those that experts are chosen by unless others are asked for */
function requireCounted(demos: readonly ClassifiedDemo[], { moeLayers }: ModelFacts, domain: string): void {
  const counted = new Set(CLASSES_OF_CHOICE[defaultTokens(moeLayers)].map((name) => TOKEN_CLASSES.indexOf(name)));
  if (demos.some(({ classes }) => classes.some((tokenClass) => counted.has(tokenClass)))) return;
  throw new WinnowError('DEMOS_EMPTY', say('onlyFirstTokens', { domain }), { domain });
}

async function classify(
  demos: DemoSet['demos'],
  tokenized: readonly TokenizedDemo[],
  template: ChatTemplate,
  backend: Backend,
  task: Task,
): Promise<ClassifiedDemo[]> {
  const contents = new Map(demos.map(({ hash, content }) => [hash, content]));
  const classified: ClassifiedDemo[] = [];
  let withoutParts = 0;
  for (const demo of tokenized) {
    task.signal.throwIfAborted();
    const { classes, isTold } = await tokenClasses(contents.get(demo.hash)!, demo.tokens, template, backend);
    if (!isTold) withoutParts += 1;
    classified.push({ ...demo, classes });
  }
  if (withoutParts > 0) {
    task.log(
      `In ${withoutParts} of ${demos.length} demos Winnow cannot tell which tokens are prompt, reasoning or answer. Choices by answers or prompts alone leave these demos out.`,
    );
  }
  return classified;
}

function runDemos({ demos }: DemoSet, tokenized: readonly TokenizedDemo[]): RunDemo[] {
  const ids = new Map(demos.map(({ hash, id }) => [hash, id]));
  return tokenized.map(({ hash, tokens }) => ({ hash, id: ids.get(hash) ?? hash, tokens: tokens.length }));
}
