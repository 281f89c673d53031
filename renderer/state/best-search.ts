// Searches for a best file as the window sees them: which one is shown, and that what one finds is chosen.
import { create } from 'zustand';
import type { Trail } from '../../electron/contract/api/app.ts';
import type { FitSearch } from '../../electron/contract/api/fit.ts';
import { callEngine } from './calls.ts';
import { followJob } from './jobs.ts';
import { isActive } from './kept-jobs.ts';
import { go } from './navigation.ts';
import { reportFailure } from './report-failure.ts';
import { choose, useTrail } from './trail.ts';

/** A search's job; `new`: one that is being set up. */
type Shown = number | 'new';

const useShown = create<{ readonly byWork: Readonly<Record<string, Shown>> }>()(() => ({ byWork: {} }));

/** The model, and what it is to be good at. */
export type Work = { readonly modelId: string; readonly domainId: number };

function keyOf({ modelId, domainId }: Work): string {
  return `${modelId} ${domainId}`;
}

/** @returns undefined: the last one */
export function useShownSearch(work: Work): Shown | undefined {
  return useShown(({ byWork }) => byWork[keyOf(work)]);
}

export function showSearch(work: Work, shown: Shown): void {
  useShown.setState(({ byWork }) => ({ byWork: { ...byWork, [keyOf(work)]: shown } }));
}

/** Searches that are being set up give way to the last ones. */
export function leaveSetUp(): void {
  useShown.setState(({ byWork }) => ({
    byWork: Object.fromEntries(Object.entries(byWork).filter(([, shown]) => shown !== 'new')),
  }));
}

/** Goes to what a search found, which is chosen then, or to how far it is. */
export function openSearch(search: FitSearch): void {
  const { jobId, modelId, domainId, found } = search;
  if (modelId !== null && domainId !== null) {
    choose(found === null ? { modelId, domainId } : foundChoice(search));
    showSearch({ modelId, domainId }, jobId);
  }
  go('best');
}

/** What the search found is chosen once it is there, whatever screen is shown by then; unless other work is. */
export function followSearch(jobId: number, work: Work): void {
  showSearch(work, jobId);
  follow(jobId, work);
}

/** Those under way that this page has not begun: they run on while it is loaded anew. */
export function followSearches(searches: readonly FitSearch[]): void {
  for (const search of searches) {
    const { jobId, modelId, domainId } = search;
    if (isActive(search) && modelId !== null && domainId !== null) follow(jobId, { modelId, domainId });
  }
}

const followed = new Set<number>();

function follow(jobId: number, work: Work): void {
  if (followed.has(jobId)) return;
  followed.add(jobId);
  followJob(jobId, ({ state }) => {
    if (state === 'done') takeFound(jobId, work).catch(reportFailure);
  });
}

async function takeFound(jobId: number, { modelId, domainId }: Work): Promise<void> {
  const search = (await callEngine('fit.list', {})).find((one) => one.jobId === jobId);
  const trail = useTrail.getState();
  if (search && trail.modelId === modelId && trail.domainId === domainId) choose(foundChoice(search));
}

/** The file of a search, and what it was made from. */
export function foundChoice({ modelId, domainId, found }: FitSearch): Partial<Trail> {
  return {
    ...(modelId !== null && { modelId }),
    ...(domainId !== null && { domainId }),
    ...(found?.runId && { runIds: [found.runId] }),
    selectionId: found?.file?.selectionId ?? null,
    exportId: found?.file?.exportId ?? null,
  };
}
