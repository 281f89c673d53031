// What a scoring needs before the model is loaded: the model's facts, the demos as tokens, and the settings that the
// scores depend on.
import { z } from 'zod';
import { llamaSource } from '../../../native/index.ts';
import { WinnowError } from '../../contract/errors.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { ScoreRequest } from '../../contract/requests.ts';
import type { Backend } from '../backend/backend.ts';
import { howToLoad } from '../placement/load-model.ts';
import { loadVocabulary } from '../backend/load-files.ts';
import type { LoadPlan, PlacedModel } from '../placement/place-model.ts';
import { settledPlacement } from '../placement/machine-split.ts';
import { scoringNeed } from '../placement/workload.ts';
import type { EngineContext } from '../context/engine-context.ts';
import type { Task } from '../context/task.ts';
import { collectDemos, type DemoSet } from '../demos/collect-demos.ts';
import { tokenizeDemos, type TokenizedDemo } from '../demos/tokenize.ts';
import { inspectModel, requirePrunable } from '../models/inspect.ts';
import type { MaskSetting } from '../runs/run-mask.ts';
import { modelShape, type ModelShape } from '../placement/model-shape.ts';
import { rememberModel } from '../store/models.ts';
import { listRunsOfDemos, settingsHash, type RunDemo, type ScoreRun } from '../store/score-runs.ts';
import type { Batch, Paging } from '../placement/choose-batch.ts';
import { placeAsBefore } from '../placement/keep-placement.ts';
import { planBatch } from '../placement/plan-batch.ts';

/** Raise it when a change of the code changes scores: stored runs of another version are not reused. */
const SCORING_VERSION = 2;

/** What has an influence on the scores' bits, besides model and demos. */
export type RunSettings = Batch & {
  readonly version: number;
  readonly llama: string;
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
  /** Where the model is to lie. */
  readonly placed: LoadPlan;
  readonly paging: Paging | null;
};

type Request = Pick<ScoreRequest, 'model' | 'demos' | 'limit' | 'maxTokens' | 'nUbatch' | 'placement'> &
  Partial<Pick<ScoreRequest, 'fresh'>>;

/**
 * @param placedBefore where the same model was placed for other demos
 * @throws WinnowError of inspecting and importing; DEMOS_EMPTY when no token is left; the signal's reason
 */
export async function prepareScoring(
  request: Request,
  context: Pick<EngineContext, 'store' | 'host'>,
  backend: Backend,
  task: Task,
  placedBefore?: LoadPlan,
): Promise<PreparedScoring> {
  const inspected = await inspectModel(request.model, backend);
  const { info } = inspected;
  const shape = modelShape(inspected);
  requirePrunable(info);
  const set = await collectDemos(request.demos, request.limit, context, task.signal);
  set.warnings.forEach((warning) => task.log(warning));
  const modelId = rememberModel(context.store, info).id;
  const { tokenized, isRecurrent } = await tokenize(set, info, request, backend, task);
  const demos = runDemos(set, tokenized);
  const lengths = tokenized.map(({ tokens }) => tokens.length);
  const need = scoringNeed(request.nUbatch, lengths);
  const { placement } = request;
  const fixed = {
    version: SCORING_VERSION,
    llama: llamaSource().tag,
    maxTokens: request.maxTokens,
    threads: placement.threads,
  };
  // scoring afresh begins anew, unless its job began already
  const mayGoOn = !request.fresh || task.rows.runId !== undefined;
  const runs = !mayGoOn
    ? []
    : listRunsOfDemos(
        context.store,
        modelId,
        demos.map(({ hash }) => hash),
      );
  const placed =
    placedBefore ?? (await placeAsBefore({ info, shape, need, placement, runs, settings: fixed }, backend));
  const unbatched = { ...fixed, placement: settledPlacement(placed, placement) };
  const begun = request.nUbatch === 'auto' ? begunWith(runs, unbatched) : null;
  const chosen =
    begun?.isDone && !request.fresh
      ? { ...begun.batch, paging: null } // nothing will be computed
      : await planBatch(
          { info, shape },
          {
            lengths,
            alone: isRecurrent,
            nUbatch: request.nUbatch,
            placement,
            placed: await howToLoad(backend, info, placement, { placed, signal: task.signal }),
            begun: begun?.batch ?? null,
          },
          backend,
          { signal: task.signal },
        );
  const { nUbatch, nSlice, kvType, paging } = chosen;
  const settings: RunSettings = { ...unbatched, nUbatch, nSlice, kvType };
  return { info, shape, isRecurrent, modelId, domain: set.domain, tokenized, demos, settings, placed, paging };
}

const storedBatch = z.looseObject({ nUbatch: z.int(), nSlice: z.int(), kvType: z.enum(['f16', 'q8_0']) });

/** The batch of the newest run that differs in nothing else, so that an automatic choice finds it again. */
function begunWith(
  runs: readonly ScoreRun[],
  unbatched: Omit<RunSettings, keyof Batch>,
): { readonly batch: Batch; readonly isDone: boolean } | null {
  const hash = settingsHash(unbatched);
  for (const { settings, state } of runs) {
    const stored = storedBatch.safeParse(settings);
    if (!stored.success) continue;
    const { nUbatch, nSlice, kvType, mask: _, ...rest } = stored.data;
    if (settingsHash(rest) !== hash) continue;
    return { batch: { nUbatch, nSlice, kvType }, isDone: state === 'done' };
  }
  return null;
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
