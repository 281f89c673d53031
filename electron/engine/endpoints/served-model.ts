// Prepares what an endpoint serves: a model's file, or a preview of one.
import type { ModelFacts } from '../../contract/model-info.ts';
import type { Masked } from '../experts/selection/selection.ts';
import { requireSelection, settingsOf } from '../experts/selections/selection-view.ts';
import { fileAsItIs, type Compared } from '../measure/evaluation/comparison-request.ts';
import { prepareSubjects } from '../measure/evaluation/prepare-subjects.ts';
import { openFile } from '../models/inspect.ts';
import type { EngineContext } from '../store/engine-context.ts';
import type { Task } from '../store/task.ts';

type ServedChoice =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'selection'; readonly selectionId: number };

type ServedRequest = {
  readonly model: string;
  /** null: the file as it is. */
  readonly choice: ServedChoice | null;
};

export type ServedModel = Omit<Masked, 'info'> & { readonly info: ModelFacts };

/**
 * Reads the headers, and the file of the choice.
 * @throws WinnowError from inspecting the model; CHOICE_INVALID, MODEL_CHANGED: the choice belongs to another model
 */
export async function prepareServed(
  { model, choice }: ServedRequest,
  context: EngineContext,
  task: Task,
): Promise<ServedModel> {
  if (choice === null) return { info: (await openFile(model, context.host)).info };
  const compared = comparedOf(model, choice, context);
  const { variants } = await prepareSubjects({ full: null, variants: [compared] }, context, task, ({ error }) => {
    throw error;
  });
  const { info, kept, ungrouped, activeExperts } = variants[0]!.of;
  return { info, kept, activeExperts, ...(ungrouped !== undefined && { ungrouped }) };
}

/** The name by which clients know it: a preview's is not the full model's. */
export function servedName(name: string, { info, kept, activeExperts }: ServedModel): string {
  const experts = kept === undefined ? [] : [`${kept[0]?.length ?? 0}-of-${info.nExpert}-experts`];
  const active = activeExperts === undefined ? [] : [`${activeExperts}-active`];
  return [name, ...experts, ...active].join('-');
}

function comparedOf(path: string, choice: ServedChoice, { store }: EngineContext): Compared {
  const file = { ...fileAsItIs(path), variant: null };
  if (choice.kind === 'file') return { ...file, choice: choice.path };
  const { selection, model } = requireSelection(store, choice.selectionId);
  const { grouping, activeExperts } = settingsOf(selection);
  return { ...file, fingerprint: model.fingerprint, kept: selection.kept, grouping, activeExperts };
}
