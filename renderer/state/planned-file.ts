// The planned file of the current choice, as the engine would write it: every size, verdict and breadcrumb is about that file.
import { useQuery } from '@tanstack/react-query';
import type { Export, ExportOptions, ExportPlan } from '../../electron/contract/api/exports.ts';
import type { Selection } from '../../electron/contract/api/selections.ts';
import type { Grant } from '../../electron/contract/bridge.ts';
import type { WinnowError } from '../../electron/contract/errors.ts';
import { bridge } from './bridge.ts';
import { useCall } from './calls.ts';
import { findMatrixRun, optionsWith } from './export-options.ts';
import { followJob } from './jobs.ts';
import { changePlan, usePlannedFile, writtenFile } from './plans.ts';
import { useTrailExport } from './trail-items.ts';
import { choose, useTrail } from './trail.ts';

/** Chooses the file once it is there, whatever screen is shown by then, unless another choice is made. */
export function followWriting(selectionId: number, jobId: number): void {
  changePlan(selectionId, { jobId });
  followJob(jobId, ({ state, exportId }) => {
    if (state !== 'done' || exportId === null) return;
    changePlan(selectionId, { isAnother: false });
    if (useTrail.getState().selectionId === selectionId) choose({ exportId });
  });
}

export type FilePlan = {
  /** The file itself, if it is written. */
  readonly written: Export | null;
  readonly options: ExportOptions;
  /** Where to write it; null: not known yet. */
  readonly target: Grant | null;
  /** What writing it would do; undefined: it is written, being written, or not known yet. */
  readonly plan: ExportPlan | undefined;
  /** The plan for the latest settings has not arrived yet. */
  readonly isOld: boolean;
  readonly error: WinnowError | null;
  readonly refetch: () => void;
};

type Choice = Pick<Selection, 'id' | 'hash' | 'request'>;

/** No row has this id. */
const NO_CHOICE: Choice = { id: 0, hash: '', request: null };

/** @param isWanted false: the plan is not needed */
export function useFilePlan(choice: Choice | null, isWanted = true): FilePlan {
  const selection = choice ?? NO_CHOICE;
  const planned = usePlannedFile(selection.id);
  const written = writtenFile(useTrailExport(), selection, planned);
  const runs = useCall('runs.list', {}).data;
  const options = optionsWith(planned, findMatrixRun(selection, runs ?? []));
  const isOpen = isWanted && choice !== null && written === null && planned.jobId === null;
  const proposed = useProposedTarget(selection, options, isOpen && planned.target === null);
  const target = planned.target ?? proposed;
  const { data, error, isPlaceholderData, refetch } = useCall(
    'exports.plan',
    { choice: { kind: 'selection', selectionId: selection.id }, target: target?.id ?? '', options },
    { enabled: isOpen && target !== null && runs !== undefined, keepPrevious: true, isOfFiles: true },
  );
  return {
    written,
    options,
    target,
    error: isOpen ? error : null,
    isOld: isPlaceholderData,
    plan: written === null ? data : undefined,
    refetch: () => void refetch(),
  };
}

/** Returns a new file in the output folder, whose name says what it is. */
function useProposedTarget({ id }: Choice, { quantise }: ExportOptions, isWanted: boolean): Grant | null {
  const params = { selectionId: id, quantType: quantise?.type ?? null };
  const name = useCall('exports.suggestName', params, { enabled: isWanted }).data?.name;
  // a file that is written in the meantime takes its name
  const files = useCall('exports.list', {}).data?.length;
  const { data } = useQuery({
    queryKey: ['new-target', name, files],
    queryFn: () => bridge().newTarget('model', name ?? ''),
    enabled: isWanted && name !== undefined && files !== undefined,
    staleTime: Infinity,
  });
  return isWanted ? (data ?? null) : null;
}
