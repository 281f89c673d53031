// The outcome of a job as the client receives it.
import { JOB_OUTCOMES } from '../../../contract/api/jobs.ts';
import type { Job } from '../jobs/job-table.ts';
import type { Jobs } from '../jobs/kinds.ts';
import type { Services } from './services.ts';

/** The outcome of a job. @returns null: it did not succeed, or another version stored it */
export function outcomeOf({ kind, summary }: Job, { pathText }: Services): unknown {
  if (summary === null) return null;
  return JOB_OUTCOMES[kind].safeParse(told(kind, summary, pathText)).data ?? null;
}

/** The summary with its paths in the client's form. */
function told(kind: Job['kind'], summary: unknown, pathText: Services['pathText']): unknown {
  switch (kind) {
    case 'get':
    case 'export':
    case 'quantise':
    case 'checkpoint': {
      const { path, ...rest } = summary as { readonly path: string };
      return { displayPath: pathText(path), ...rest };
    }
    case 'evaluate':
      return (summary as Partial<Jobs['evaluate']['outcome']>).ofFile ?? null;
    case 'tour': {
      const { files, ...rest } = summary as Partial<Jobs['tour']['outcome']>;
      return { ...rest, files: files && { full: pathText(files.full), pruned: pathText(files.pruned) } };
    }
    case 'fit': {
      const found = summary as Jobs['fit']['outcome'];
      return { ...found, written: found.written && { ...found.written, path: pathText(found.written.path) } };
    }
    case 'score': {
      const { demos, info, ...rest } = summary as Partial<Jobs['score']['outcome']>;
      return { ...rest, ...info, demos: demos?.length };
    }
    default:
      return summary;
  }
}
