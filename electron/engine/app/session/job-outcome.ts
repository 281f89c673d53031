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
  const shown = <File extends { readonly path: string }>({ path, ...file }: File) => ({
    displayPath: pathText(path),
    ...file,
  });
  switch (kind) {
    case 'checkpoint': {
      const { path, ...rest } = summary as Jobs['checkpoint']['outcome'];
      return { displayPath: pathText(path), ...rest };
    }
    case 'evaluate':
      return (summary as Partial<Jobs['evaluate']['outcome']>).ofFile ?? null;
    case 'tour': {
      const { files, ...rest } = summary as Partial<Jobs['tour']['outcome']>;
      return { ...rest, files: files && { full: pathText(files.full), pruned: pathText(files.pruned) } };
    }
    case 'get':
      return shown(summary as Jobs['get']['outcome']);
    case 'export': {
      const { files, imatrix, ...rest } = summary as Jobs['export']['outcome'];
      return { ...rest, files: files.map(shown), imatrix: imatrix && shown(imatrix) };
    }
    case 'fit': {
      const found = summary as Jobs['fit']['outcome'];
      return { ...found, written: found.written && { ...found.written, path: pathText(found.written.path) } };
    }
    case 'quantise': {
      const { files, ...rest } = summary as Jobs['quantise']['outcome'];
      return { ...rest, files: files.map(shown) };
    }
    case 'score': {
      const { demos, info, ...rest } = summary as Partial<Jobs['score']['outcome']>;
      return { ...rest, ...info, demos: demos?.length };
    }
    default:
      return summary;
  }
}
