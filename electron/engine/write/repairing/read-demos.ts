// Reads and tokenises the demos of a fit.
import type { CalibrateRequest } from '../../../contract/requests.ts';
import { REPAIR_TOKENS } from '../../../contract/repair.ts';
import type { Backend } from '../../base/backend/backend.ts';
import { prepareScoring } from '../../experts/scoring/prepare-scoring.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { namedDemos, repairDemos, type RepairDemos } from './repair-demos.ts';

/** Of a demo, before its window is chosen. */
const MOST_READ = 8192;

type Asked = Pick<CalibrateRequest, 'model' | 'demos' | 'limit' | 'limitBy' | 'limitSeed' | 'maxTokens' | 'placement'>;

export type ReadDemos = {
  readonly demos: RepairDemos;
  /** Row of the model in the store; null: it was never scored. */
  readonly modelId: number | null;
};

/**
 * Demos of files are added to their domain.
 * @throws WinnowError as `prepareScoring` and `repairDemos`
 */
export async function readRepairDemos(
  { maxTokens, ...asked }: Asked,
  context: EngineContext,
  backend: Backend,
  task: Task,
): Promise<ReadDemos> {
  const whole = { ...asked, maxTokens: MOST_READ, nUbatch: 'auto' as const, fresh: true };
  const scoring = await prepareScoring(whole, context, backend, task, { prediction: false });
  const limits = { tokens: REPAIR_TOKENS, most: maxTokens, alone: scoring.plan.alone };
  return { demos: repairDemos(namedDemos(scoring), scoring.domain, limits), modelId: scoring.modelId };
}
