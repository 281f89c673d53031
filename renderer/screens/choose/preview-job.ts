// The measuring of the preview: it goes on while another screen is shown, and is found again.
import { create } from 'zustand';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import type { ErrorData } from '../../../electron/contract/errors.ts';
import { useActiveJob, useJobs } from '../../state/jobs.ts';

type Started = { readonly jobId: number; readonly selectionId: number };

const useStarted = create<{ readonly last: Started | null }>()(() => ({ last: null }));

export function rememberPreview(last: Started): void {
  useStarted.setState({ last });
}

type PreviewJob = {
  /** Measures now, whatever it measures: jobs run one after the other. */
  readonly active: JobView | undefined;
  /** How the last preview of this selection failed. */
  readonly error: ErrorData | null;
};

/** @param selectionId undefined: nothing is stored yet */
export function usePreviewJob(selectionId: number | undefined): PreviewJob {
  const last = useStarted((started) => started.last);
  const ended = useJobs().find(({ id }) => id === last?.jobId);
  return {
    active: useActiveJob('evaluate'),
    error: last !== null && last.selectionId === selectionId ? (ended?.error ?? null) : null,
  };
}
