// What is known about a planned file in another type or with a repair.
import type { Export, ExportOptions, ExportPlan } from '../../electron/contract/api/exports.ts';
import type { Selection } from '../../electron/contract/api/selections.ts';
import type { Verdict } from '../../electron/contract/verdict.ts';
import { isFromChoice } from '../state/choosing.ts';

/** Whether the file was written with the current plan. */
export function sameFile(file: Export, selection: Pick<Selection, 'id' | 'hash'>, options: ExportOptions): boolean {
  const { quantise, repair } = options;
  return (
    file.state === 'done' &&
    file.modelId !== null &&
    isFromChoice(file, selection) &&
    file.quantType === (quantise?.type ?? null) &&
    (file.repair !== null) === (repair !== null) &&
    Object.keys(quantise?.rules ?? {}).length === 0
  );
}

type Planned = { readonly plan: Pick<ExportPlan, 'prunedBytes' | 'fullBytes'>; readonly options: ExportOptions };

/** Returns the verdict on the planned file: its size comes from the plan, and measurements of the plain choice say nothing about it. */
export function unwritten({ domains }: Verdict, { plan, options }: Planned): Verdict {
  const { quantise, repair } = options;
  return {
    bytes: { full: plan.fullBytes, pruned: plan.prunedBytes, predicted: true },
    ...(quantise !== null && { type: quantise.type }),
    ...(repair !== null && { repaired: true as const }),
    domains,
    inside: null,
    outside: null,
    unknown: null,
    answers: null,
    grade: null,
  };
}
