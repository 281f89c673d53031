// What a client is told of how a job ended.
import { JOB_OUTCOMES } from '../../../contract/api/jobs.ts';
import type { Job } from '../jobs/job-table.ts';
import type { Jobs } from '../jobs/kinds.ts';
import type { Services } from './services.ts';

/** @returns null: it has not ended well, or another version stored it */
export function outcomeOf({ kind, summary }: Pick<Job, 'kind' | 'summary'>, { pathText }: Services): unknown {
  if (summary === null) return null;
  return JOB_OUTCOMES[kind].safeParse(told(kind, summary, pathText)).data ?? null;
}

/** With its paths as the client is told them. */
function told(kind: Job['kind'], summary: unknown, pathText: Services['pathText']): unknown {
  const shown = <File extends { readonly path: string }>({ path, ...file }: File) => ({
    displayPath: pathText(path),
    ...file,
  });
  switch (kind) {
    case 'calibrate': {
      const { file, ...rest } = summary as Jobs['calibrate']['summary'];
      return { ...rest, file: file && shown(file) };
    }
    case 'checkpoint': {
      const { path, ...rest } = summary as Jobs['checkpoint']['summary'];
      return { displayPath: pathText(path), ...rest };
    }
    case 'evaluate':
      return (summary as Partial<Jobs['evaluate']['summary']>).ofFile ?? null;
    case 'compare': {
      const { info, ...rest } = summary as Partial<Jobs['compare']['summary']>;
      return { ...rest, info: info && { ...info, path: pathText(info.path) } };
    }
    case 'tour': {
      const { files, ...rest } = summary as Partial<Jobs['tour']['summary']>;
      return { ...rest, files: files && { full: pathText(files.full), pruned: pathText(files.pruned) } };
    }
    case 'get':
      return shown(summary as Jobs['get']['summary']);
    case 'export': {
      const { files, imatrix, ...rest } = summary as Jobs['export']['summary'];
      return { ...rest, files: files.map(shown), imatrix: imatrix && shown(imatrix) };
    }
    case 'fit': {
      const found = summary as Jobs['fit']['summary'];
      return { ...found, written: found.written && { ...found.written, path: pathText(found.written.path) } };
    }
    case 'quantise': {
      const { files, ...rest } = summary as Jobs['quantise']['summary'];
      return { ...rest, files: files.map(shown) };
    }
    case 'score': {
      const { demos, info, ...rest } = summary as Partial<Jobs['score']['summary']>;
      return { ...rest, ...info, demos: demos?.length };
    }
    default:
      return summary;
  }
}
