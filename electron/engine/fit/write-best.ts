// Writes the best file where it was asked for, and stores the choice of its experts.
import { resolve } from 'node:path';
import type { FitResult } from '../../contract/fit.ts';
import type { FitRequest } from '../../contract/requests.ts';
import type { EngineContext } from '../context/engine-context.ts';
import type { Task } from '../context/task.ts';
import { provenanceKeys } from '../pruning/provenance.ts';
import { saveSelection } from '../selections/save-selection.ts';
import type { ChooserTools } from '../selections/choose-from-runs.ts';
import type { Candidate } from './candidates.ts';
import { makeFile, type FileType, type Making } from './fit-files.ts';
import { selectionRequest } from './selection-request.ts';

export type Best = Pick<Candidate<FileType>, 'keep' | 'type'> & {
  readonly kept: readonly (readonly number[])[];
};

/** @throws WinnowError of writing */
export async function writeBest(
  { keep, type, kept }: Best,
  { request, runId, output }: { readonly request: FitRequest; readonly runId: number; readonly output: string },
  making: Making,
  tools: ChooserTools,
  context: EngineContext,
  task: Task,
): Promise<NonNullable<FitResult['written']>> {
  const { info } = making.model;
  const isPruned = keep < info.nExpert;
  const selection = isPruned
    ? await saveSelection(
        context.store,
        selectionRequest(request, runId, keep),
        { name: '', changedFrom: null },
        tools,
        task.signal,
      )
    : null;
  task.about({ step: { key: 'writing', done: 0, total: 0 } });
  const { path, bytes } = await makeFile(
    { kept, type },
    {
      path: resolve(output),
      overwrite: request.overwrite,
      provenance: provenanceKeys(info, kept, selection),
      onProgress: (done, total) => task.progress(done, total, 'permille'),
    },
    making,
    context,
    task.signal,
  );
  return { path, bytes };
}
