// Finds, reads and tokenises the demos of a fit.
import type { RepairRequest } from '../../../contract/requests.ts';
import { REPAIR_TOKENS } from '../../../contract/repair.ts';
import type { Backend } from '../../base/backend/backend.ts';
import { readSubject } from '../../experts/scoring/scored-subject.ts';
import { type InspectedModel, requirePrunable } from '../../models/inspect.ts';
import { windowOf } from '../../models/placement/packs.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { type RepairDemos, groupedDemos, repairDemos } from './repair-demos.ts';
import type { Store } from '../../store/database.ts';
import { findDemoContent } from '../../store/demos.ts';
import { choosingDemosOfSelection } from '../pruning/choosing-demos.ts';

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

/** The demos that a selection's experts were chosen by, as far as they are still stored. */
export function knownDemos(
  store: Store,
  selection: Parameters<typeof choosingDemosOfSelection>[1],
): { id: string; hash: string }[] {
  return choosingDemosOfSelection(store, selection).flatMap(({ id, hash }) =>
    hash !== null && findDemoContent(store, hash) ? [{ id, hash }] : [],
  );
}

/** Takes at most `most` items of a list at equal distances, so that each of several domains has its share. */
export function evenly<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)]!);
}
