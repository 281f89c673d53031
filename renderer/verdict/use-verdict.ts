// The verdict on the planned file of a choice, from the engine.
import type { Selection } from '../../electron/contract/api/selections.ts';
import type { Verdict } from '../../electron/contract/verdict.ts';
import { useCall } from '../state/calls.ts';
import { useFilePlan } from '../state/planned-file.ts';
import { usePlannedFile } from '../state/plans.ts';
import { sameFile, unwritten } from './planned-verdict.ts';

/** The subject of a verdict. */
export type VerdictSubject = { readonly selectionId: number; readonly exportId: number | null };

type Planned = {
  readonly subject: VerdictSubject;
  /** The plan of a file that differs from the plain choice and is not written; undefined: not known yet; null: the choice itself counts. */
  readonly plan: Parameters<typeof unwritten>[1] | undefined | null;
};

/** Returns the written file that is chosen or planned; a plain choice stands for its file. */
export function usePlannedSubject(selection: Selection | null): Planned {
  const { options } = usePlannedFile(selection?.id ?? 0);
  const isMore = options.quantise !== null || options.repair !== null;
  const file = useFilePlan(selection, isMore);
  const exports = useCall('exports.list', {}).data ?? [];
  const same = selection && isMore ? exports.find((one) => sameFile(one, selection, file.options)) : undefined;
  const exportId = file.written?.id ?? same?.id ?? null;
  const isNew = isMore && exportId === null;
  return {
    subject: { selectionId: selection?.id ?? 0, exportId },
    plan: isNew ? file.plan && { plan: file.plan, options: file.options } : null,
  };
}

/** @returns undefined: there is no selection, or the verdict is not known yet */
export function useVerdict(selection: Selection | null): Verdict | undefined {
  const { subject, plan } = usePlannedSubject(selection);
  const { data } = useCall('evaluations.verdict', subject, { enabled: selection !== null });
  if (data === undefined || plan === undefined) return undefined;
  return plan === null ? data : unwritten(data, plan);
}
