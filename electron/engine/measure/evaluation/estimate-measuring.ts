// How long measuring a choice takes, by what reading as many tokens takes: a question for the owner of such estimates.
import type { ScoringEstimate } from '../../../contract/api/runs.ts';
import type { Placement } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { estimateRun } from '../../experts/scoring/estimate-run.ts';
import { planRun, type RunSubject } from '../../experts/scoring/plan-run.ts';
import type { ChoiceMeasurement } from './choice-measurement.ts';
import { BATCH_TOKENS } from './measure-text.ts';

/** Perplexity goes by the second half of each chunk. */
const LOGIT_SHARE = 0.5;

/** Both are counted as if they were as large as the full model. */
export type MeasuredModels = {
  /** That read the tokens, one after the other. */
  readonly models: number;
  /** Files that are loaded for that: a preview is the full model's. */
  readonly loads: number;
};

/** @throws WinnowError of the worker, as `planRun` */
export async function estimateMeasuring(
  { tokens, ctx }: Pick<ChoiceMeasurement, 'tokens' | 'ctx'>,
  model: Pick<RunSubject, 'files' | 'shape' | 'modelRow'>,
  placement: Placement,
  { store, host }: Pick<EngineContext, 'store' | 'host'>,
  { models, loads }: MeasuredModels,
): Promise<ScoringEstimate['seconds']> {
  const startMs = performance.now();
  using backend = new Backend(placement.gpu, host);
  // this worker starts as those do that measure: its process, llama.cpp, the devices
  await backend.call('devices', {});
  const starting = (loads * (performance.now() - startMs)) / 1000;
  const chunks = Array.from({ length: Math.max(1, Math.ceil(tokens / ctx)) }, () => ({ hash: '', tokens: ctx }));
  const wishes = { nUbatch: BATCH_TOKENS, maxTokens: 0, placement, fresh: true, hasBegun: false, only: null };
  const planned = await planRun({ ...model, demos: chunks, alone: false }, wishes, store, backend);
  const repeats = { rounds: models, loads, logitShare: LOGIT_SHARE };
  const { low, likely, high } = (await estimateRun(model, planned, repeats, { store, host }, backend)).seconds;
  return { low: low + starting, likely: likely + starting, high: high + starting };
}
