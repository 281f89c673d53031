// Every job that finished successfully leads to its result, which is chosen in the trail and shown.
import type { CallResult } from '../../electron/contract/api.ts';
import type { JobView } from '../../electron/contract/api/jobs.ts';
import { openSearch } from '../state/best-search.ts';
import { callEngine } from '../state/calls.ts';
import { fileChoice, selectionChoice } from '../state/choosing.ts';
import { go } from '../state/navigation.ts';
import { choose } from '../state/trail.ts';

type Opens = (job: JobView) => void | Promise<void>;

/** Kinds of jobs whose result has its own place in the window. */
const OPENS: Readonly<Partial<Record<JobView['kind'], Opens>>> = {
  fit: async ({ id }) => {
    const search = (await callEngine('fit.list', {})).find(({ jobId }) => jobId === id);
    if (search) openSearch(search);
  },
  get: async ({ subject }) => {
    const file = await callEngine('hub.find', { address: subject });
    if (file?.modelId) choose({ modelId: file.modelId });
    go('new');
  },
  score: ({ runId }) => {
    if (runId !== null) choose({ runIds: [runId] });
    go('score');
  },
  export: async ({ exportId }) => {
    const file = (await callEngine('exports.list', {})).find(({ id }) => id === exportId);
    if (file) choose(await choiceOfFile(file));
    go('export');
  },
  evaluate: openProof,
  generate: openProof,
  quantise: () => go('files'),
  respond: () => go('demos'),
};

/** @returns a function that opens the result; null: there is nothing to see */
export function resultOpener(job: JobView): (() => void | Promise<void>) | null {
  const open = OPENS[job.kind];
  return job.state === 'done' && open !== undefined ? () => open(job) : null;
}

type File = CallResult<'exports.list'>[number];

async function choiceOfFile(file: File): Promise<Parameters<typeof choose>[0]> {
  const selections = await callEngine('selections.list', { modelId: null });
  return { ...(file.sourceModelId !== null && { modelId: file.sourceModelId }), ...fileChoice(file, selections) };
}

async function openProof({ selectionId }: JobView): Promise<void> {
  if (selectionId !== null) {
    const selection = await callEngine('selections.get', { selectionId });
    choose({ ...(selection.modelId !== null && { modelId: selection.modelId }), ...selectionChoice(selection) });
  }
  go('prove');
}
