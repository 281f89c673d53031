// The plans for each choice's file. Each choice has its own plan; a choice that results from an edit of another one takes over its plan.
import { create } from 'zustand';
import type { Export, ExportOptions } from '../../electron/contract/api/exports.ts';
import type { Selection } from '../../electron/contract/api/selections.ts';
import type { Grant } from '../../electron/contract/bridge.ts';
import { isFromChoice } from './choosing.ts';
import type { ChosenOptions } from './export-options.ts';

export type PlannedFile = ChosenOptions & {
  /** Where the user wants it; null: in the output folder, under a free name. */
  readonly target: Grant | null;
  /** The job that writes it. */
  readonly jobId: number | null;
  /** The plan is for another file than the written one that is chosen. */
  readonly isAnother: boolean;
};

const DEFAULTS: PlannedFile = {
  options: {
    nextn: 'scored',
    quantise: null,
    imatrix: null,
    imatrixRun: null,
    repair: null,
    allowFewerUsed: false,
    overwrite: false,
  },
  imatrix: 'run',
  target: null,
  jobId: null,
  isAnother: false,
};

/** The plans by selection. */
type Plans = Readonly<Record<number, PlannedFile>>;

const usePlans = create<{ readonly plans: Plans }>()(() => ({ plans: {} }));

export function usePlannedFile(selectionId: number): PlannedFile {
  return usePlans(({ plans }) => getPlan(plans, selectionId));
}

export function getPlan(plans: Plans, selectionId: number): PlannedFile {
  return plans[selectionId] ?? DEFAULTS;
}

export function changePlan(selectionId: number, change: Partial<PlannedFile>): void {
  usePlans.setState(({ plans }) => ({
    plans: { ...plans, [selectionId]: { ...getPlan(plans, selectionId), ...change } },
  }));
}

export function changePlanOptions(selectionId: number, change: Partial<ExportOptions>): void {
  const { options } = getPlan(usePlans.getState().plans, selectionId);
  changePlan(selectionId, { options: { ...options, ...change } });
}

/** Moves the plan along when a choice was edited and became another one. */
export function goOnWithPlan(from: number, to: number): void {
  usePlans.setState(({ plans }) => ({ plans: withPlanGoneOn(plans, from, to) }));
}

/** Returns the plans after that move, without the place if a file was already written there. */
export function withPlanGoneOn(plans: Plans, from: number, to: number): Plans {
  const plan = plans[from];
  if (plan === undefined || plans[to] !== undefined) return plans;
  const { options } = plan;
  const place = plan.jobId === null ? {} : { target: null, options: { ...options, overwrite: false } };
  return { ...plans, [to]: { ...plan, ...place, jobId: null, isAnother: false } };
}

/** Returns the chosen written file if it belongs to the choice and no other file is planned; null: it is still to be written. */
export function writtenFile(
  file: Export | null,
  selection: Pick<Selection, 'id' | 'hash'>,
  { isAnother }: Pick<PlannedFile, 'isAnother'>,
): Export | null {
  const isIts = file?.state === 'done' && file.modelId !== null && isFromChoice(file, selection);
  return isIts && !isAnother ? file : null;
}
