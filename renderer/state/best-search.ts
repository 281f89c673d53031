// Searches for a best file in the window: which one is shown, and how its result is chosen.
import { create } from 'zustand';
import type { Trail } from '../../electron/contract/api/app.ts';
import type { FitSearch } from '../../electron/contract/api/fit.ts';
import { callEngine } from './calls.ts';
import { followJob } from './jobs.ts';
import { isActive } from './kept-jobs.ts';
import { go } from './navigation.ts';
import { reportFailure } from './report-failure.ts';
import { choose, useTrail } from './trail.ts';

/** The id of a search's job; `new`: a search that is being set up. */
type Shown = number | 'new';

const useShown = create<{ readonly byWork: Readonly<Record<string, Shown>> }>()(() => ({ byWork: {} }));

/** The model, and the domain that it should be good at. */
export type Work = { readonly modelId: string; readonly domainId: number };

function toKey({ modelId, domainId }: Work): string {
  return `${modelId} ${domainId}`;
}

/** Returns which search is shown. @returns undefined: the last one */
export function useShownSearch(work: Work): Shown | undefined {
  return useShown(({ byWork }) => byWork[toKey(work)]);
}

export function showSearch(work: Work, shown: Shown): void {
  useShown.setState(({ byWork }) => ({ byWork: { ...byWork, [toKey(work)]: shown } }));
}

/** Shows the last searches instead of those that are being set up. */
export function leaveSetUp(): void {
  useShown.setState(({ byWork }) => ({
    byWork: Object.fromEntries(Object.entries(byWork).filter(([, shown]) => shown !== 'new')),
  }));
}

/** Opens a search: its result, which is then chosen, or its progress. */
export function openSearch(search: FitSearch): void {
  const { jobId, modelId, domainId, found } = search;
  if (modelId !== null && domainId !== null) {
    choose(found === null ? { modelId, domainId } : foundChoice(search));
    showSearch({ modelId, domainId }, jobId);
  }
  go('new');
}

/** Chooses the result of a search once it is there, whatever screen is shown by then, unless other work is chosen. */
export function followSearch(jobId: number, work: Work): void {
  showSearch(work, jobId);
  follow(jobId, work);
}

/** Follows running searches that this page did not start: they go on while the page is reloaded. */
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
  if (search) await writeAnswers(search);
  if (search && trail.modelId === modelId && trail.domainId === domainId) choose(foundChoice(search));
}

/** Number of demos that the model and the found file answer. */
export const ANSWERED = 3;
/** Tokens of an answer, at most. */
const LONGEST_ANSWER = 96;

/** Has the model and the found file answer demos that chose no expert, if there are any. */
export async function writeAnswers({ domainId, found }: FitSearch): Promise<void> {
  const { selectionId = null, exportId } = found?.file ?? {};
  if (domainId === null || selectionId === null || !found?.result.demos?.aside) return;
  const lengths = { limit: ANSWERED, maxTokens: LONGEST_ANSWER };
  await callEngine('generations.start', { selectionId, exportId, domainIds: [domainId], ...lengths });
}

/** Returns the file of a search, and what it was made from. */
export function foundChoice({ modelId, domainId, found }: FitSearch): Partial<Trail> {
  return {
    ...(modelId !== null && { modelId }),
    ...(domainId !== null && { domainId }),
    ...(found?.runId && { runIds: [found.runId] }),
    selectionId: found?.file?.selectionId ?? null,
    exportId: found?.file?.exportId ?? null,
  };
}
