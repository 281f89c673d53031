// Prepares what an endpoint serves: a model's file, or a preview of one, with the routers and down matrices that replace its own.
import type { FittedRouter } from '../../../native/index.ts';
import { WinnowError } from '../../contract/errors.ts';
import type { ModelFacts } from '../../contract/model-info.ts';
import type { Grouping } from '../../contract/requests.ts';
import { say } from '../../contract/sentences.ts';
import { Backend } from '../base/backend/backend.ts';
import type { Masked } from '../experts/selection/selection.ts';
import { requireSelection, settingsOf } from '../experts/selections/selection-view.ts';
import { fileAsItIs, type Compared } from '../measure/evaluation/comparison-request.ts';
import { prepareSubjects } from '../measure/evaluation/prepare-subjects.ts';
import { inspectFile, openFile } from '../models/inspect.ts';
import type { EngineContext } from '../store/engine-context.ts';
import type { Task } from '../store/task.ts';
import {
  calibratedMatrices,
  calibratedRouters,
  readCalibration,
  type FittedMatrices,
} from '../write/pruning/calibration-file.ts';

type ServedChoice =
  | { readonly kind: 'mask'; readonly path: string; readonly grouping?: Grouping | undefined }
  | { readonly kind: 'selection'; readonly selectionId: number };

type ServedRequest = {
  readonly model: string;
  /** null: the file as it is. */
  readonly choice: ServedChoice | null;
  /** Path of a calibration that was fitted to the choice's experts. */
  readonly calibration?: string | undefined;
};

export type ServedModel = Omit<Masked, 'info'> & {
  readonly info: ModelFacts;
  readonly routers: readonly FittedRouter[];
  /** Fitted down matrices of the choice's experts. */
  readonly matrices: readonly FittedMatrices[];
};

/**
 * Reads the headers, and the files of the choice and its calibration.
 * @throws WinnowError from inspecting the model; MASK_INVALID, MODEL_CHANGED: the choice or the calibration belongs to another model;
 *   USAGE: a calibration without a choice
 */
export async function prepareServed(
  { model, choice, calibration }: ServedRequest,
  context: Pick<EngineContext, 'host' | 'known' | 'store'>,
  task: Pick<Task, 'signal' | 'log'>,
): Promise<ServedModel> {
  if (choice === null) {
    if (calibration !== undefined) throw new WinnowError('USAGE', say('calibrationAlone'));
    return { info: (await openFile(model, context.host)).info, routers: [], matrices: [] };
  }
  const compared = comparedOf(model, choice, context);
  const { variants } = await prepareSubjects({ full: null, variants: [compared] }, context, task, ({ error }) => {
    throw error;
  });
  const { info, kept, ungrouped, activeExperts } = variants[0]!.of;
  const served = { info, kept, activeExperts, ...(ungrouped !== undefined && { ungrouped }) };
  if (calibration === undefined || kept === undefined) return { ...served, routers: [], matrices: [] };
  using backend = new Backend('off', context.host);
  const grouping = ungrouped === true ? 'ungrouped' : 'balanced';
  const of = { kept, grouping, activeExperts: activeExperts ?? null } as const;
  const read = await readCalibration(calibration, await inspectFile(model, context), of, backend);
  return { ...served, routers: await calibratedRouters(read, info, backend), matrices: calibratedMatrices(read, info) };
}

/** The name by which clients know it: a preview's is not the full model's. */
export function servedName(name: string, { info, kept, activeExperts }: ServedModel): string {
  const experts = kept === undefined ? [] : [`${kept[0]?.length ?? 0}-of-${info.nExpert}-experts`];
  const active = activeExperts === undefined ? [] : [`${activeExperts}-active`];
  return [name, ...experts, ...active].join('-');
}

function comparedOf(path: string, choice: ServedChoice, { store }: Pick<EngineContext, 'store'>): Compared {
  const file = { ...fileAsItIs(path), variant: null };
  if (choice.kind === 'mask') return { ...file, mask: { path: choice.path, grouping: choice.grouping } };
  const { selection, model } = requireSelection(store, choice.selectionId);
  const { grouping, activeExperts } = settingsOf(selection);
  return { ...file, fingerprint: model.fingerprint, kept: selection.kept, grouping, activeExperts };
}
