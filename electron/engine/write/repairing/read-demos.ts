// Reads and tokenises the demos of a fit.
import type { RepairRequest } from '../../../contract/requests.ts';
import { REPAIR_TOKENS } from '../../../contract/repair.ts';
import type { Backend } from '../../base/backend/backend.ts';
import { readSubject } from '../../experts/scoring/scored-subject.ts';
import { requirePrunable, type InspectedModel } from '../../models/inspect.ts';
import { windowOf } from '../../models/placement/packs.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { groupedDemos, repairDemos, type RepairDemos } from './repair-demos.ts';

/** Tokens read of each demo, at most, before its window is chosen. */
const MOST_READ = 8192;

type Asked = { readonly demos: NonNullable<RepairRequest['demos']>; readonly limit: number };

/**
 * Reads and tokenises the demos. Demos that are given as files are added to their domain.
 * @param model the full model
 * @returns the demos, and the model's row in the store
 * @throws WinnowError as `requirePrunable`, `readSubject` and `repairDemos`
 */
export async function readRepairDemos(
  model: InspectedModel,
  asked: Asked,
  context: EngineContext,
  backend: Backend,
  task: Task,
): Promise<{ readonly demos: RepairDemos; readonly modelId: number }> {
  requirePrunable(model.info);
  const opened = { model, info: model.info, predictionLayers: [], stop: null };
  const subject = await readSubject(opened, { ...asked, maxTokens: MOST_READ }, context, backend, task);
  const limits = { tokens: REPAIR_TOKENS, most: windowOf(model.info), alone: subject.isRecurrent };
  const { tokenized, demos, domain, modelId } = subject;
  const grouped = await groupedDemos(tokenized, demos, context.store, task.signal);
  return { demos: repairDemos(grouped, domain, limits), modelId };
}
