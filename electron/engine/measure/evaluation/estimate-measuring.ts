// How long measuring a choice takes, by what reading as many tokens takes.
import type { ScoringEstimate } from '../../../contract/api/runs.ts';
import type { Placement } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { secondsOfReading } from '../../experts/scoring/estimate-run.ts';
import type { Reading } from '../../experts/scoring/plan-run.ts';
import type { ChoiceMeasurement } from './choice-measurement.ts';
import { BATCH_TOKENS } from './measure-text.ts';

/** Perplexity goes by the second half of each chunk. */
const LOGIT_SHARE = 0.5;

/** Both are counted as if they were as large as the full model. */
type MeasuredModels = {
  /** That read the tokens, one after the other. */
  readonly models: number;
  /** Files that are loaded for that: a preview is the full model's. */
  readonly loads: number;
};

/** @throws WinnowError of the worker, as `secondsOfReading` */
export async function estimateMeasuring(
  { tokens, ctx }: Pick<ChoiceMeasurement, 'tokens' | 'ctx'>,
  model: Pick<Reading, 'files' | 'shape' | 'modelRow'>,
  placement: Placement,
  { store, host }: Pick<EngineContext, 'store' | 'host'>,
  { models, loads }: MeasuredModels,
): Promise<ScoringEstimate['seconds']> {
  const startMs = performance.now();
  using backend = new Backend(placement.gpu, host);
  // this worker starts as those do that measure: its process, llama.cpp, the devices
  await backend.call('devices', {});
  const starting = (loads * (performance.now() - startMs)) / 1000;
  const lengths = Array.from({ length: Math.max(1, Math.ceil(tokens / ctx)) }, () => ctx);
  const reading = { ...model, lengths, alone: false, nUbatch: BATCH_TOKENS, placement };
  const repeats = { rounds: models, loads, logitShare: LOGIT_SHARE };
  const { low, likely, high } = await secondsOfReading(reading, repeats, { store, host }, backend);
  return { low: low + starting, likely: likely + starting, high: high + starting };
}
