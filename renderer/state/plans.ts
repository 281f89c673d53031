// What is planned of each choice's file. What is planned of one choice is never another's; a choice that comes of another by an edit goes on
// with its plan.
import { create } from 'zustand';
import type { Export, ExportOptions } from '../../electron/contract/api/exports.ts';
import type { Selection } from '../../electron/contract/api/selections.ts';
import type { Grant } from '../../electron/contract/bridge.ts';
import { isFileOf } from './choosing.ts';
import type { ChosenOptions } from './export-options.ts';

export type PlannedFile = ChosenOptions & {
  /** Where a person wants it; null: in the folder of results, under a name that is free. */
  readonly target: Grant | null;
  /** The job that writes it. */
  readonly jobId: number | null;
  /** Another file than the written one that is chosen. */
  readonly isAnother: boolean;
};

const DEFAULTS: PlannedFile = {
  options: {
    nextn: 'scored',
    split: 'single',
    splitMaxBytes: null,
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

/** By selection. */
type Plans = Readonly<Record<number, PlannedFile>>;

const usePlans = create<{ readonly plans: Plans }>()(() => ({ plans: {} }));

export function usePlannedFile(selectionId: number): PlannedFile {
  return usePlans(({ plans }) => planOf(plans, selectionId));
}

export function planOf(plans: Plans, selectionId: number): PlannedFile {
  return plans[selectionId] ?? DEFAULTS;
}

export function changePlan(selectionId: number, change: Partial<PlannedFile>): void {
  usePlans.setState(({ plans }) => ({
    plans: { ...plans, [selectionId]: { ...planOf(plans, selectionId), ...change } },
  }));
}

export function changePlanOptions(selectionId: number, change: Partial<ExportOptions>): void {
  const { options } = planOf(usePlans.getState().plans, selectionId);
  changePlan(selectionId, { options: { ...options, ...change } });
}

/** A choice was changed, which led to another one. */
export function goOnWithPlan(from: number, to: number): void {
  usePlans.setState(({ plans }) => ({ plans: withPlanGoneOn(plans, from, to) }));
}

/** A place that was written to is taken. */
export function withPlanGoneOn(plans: Plans, from: number, to: number): Plans {
  const plan = plans[from];
  if (plan === undefined || plans[to] !== undefined) return plans;
  const { options } = plan;
  const place = plan.jobId === null ? {} : { target: null, options: { ...options, overwrite: false } };
  return { ...plans, [to]: { ...plan, ...place, jobId: null, isAnother: false } };
}

/** The written file that is chosen, where it is the choice's and no other is planned; null: it is still to be written. */
export function writtenFileOf(
  file: Export | null,
  selection: Pick<Selection, 'id' | 'hash'>,
  { isAnother }: Pick<PlannedFile, 'isAnother'>,
): Export | null {
  const isIts = file?.state === 'done' && file.modelId !== null && isFileOf(file, selection);
  return isIts && !isAnother ? file : null;
}
