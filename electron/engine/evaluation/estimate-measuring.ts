// How long measuring a choice takes, by what reading as many tokens takes: a question for the owner of such estimates.
import type { ScoringEstimate } from '../../contract/api/runs.ts';
import type { Placement } from '../../contract/requests.ts';
import { Backend } from '../backend/backend.ts';
import type { EngineContext } from '../context/engine-context.ts';
import { estimateRun } from '../scoring/estimate-run.ts';
import { planRun, type RunSubject } from '../scoring/plan-run.ts';
import type { ChoiceMeasurement } from './choice-measurement.ts';
import { BATCH_TOKENS } from './measure-text.ts';

/** The full model and the choice, which is counted as if it were as large. */
const USUAL_MODELS = 2;

/**
 * @param models that read the tokens, one after the other; all are counted as if they were as large as the full one
 * @throws WinnowError of the worker, as `planRun`
 */
export async function estimateMeasuring(
  { tokens, ctx }: Pick<ChoiceMeasurement, 'tokens' | 'ctx'>,
  model: Pick<RunSubject, 'files' | 'shape' | 'modelRow'>,
  placement: Placement,
  { store, host }: Pick<EngineContext, 'store' | 'host'>,
  models = USUAL_MODELS,
): Promise<ScoringEstimate['seconds']> {
  using backend = new Backend(placement.gpu, host);
  const chunks = Array.from({ length: Math.max(1, Math.ceil(tokens / ctx)) }, () => ({ hash: '', tokens: ctx }));
  const wishes = { nUbatch: BATCH_TOKENS, maxTokens: 0, placement, fresh: true, hasBegun: false, only: null };
  const planned = await planRun({ ...model, demos: chunks, alone: false }, wishes, store, backend);
  return (await estimateRun(model, planned, models, { store, host }, backend)).seconds;
}
