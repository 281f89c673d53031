// How commands that write a model follow the work: writing and reading back count as one half each; then comes the
// repair, if one was asked for, which counts its own steps.
import { displayBytes } from '../contract/display-bytes.ts';
import type { Context } from './context.ts';
import type { Following } from './run-job.ts';

/** Returns what prints the progress. @param writing the name of the first half */
export function showExport({ output }: Context, writing: 'writing' | 'quantising'): Following {
  return {
    onProgress: ({ done, total, perSecond, step, unit }) => {
      if (step && step.total > 0) {
        output.progress(step.key, step.done, step.total);
      } else if (unit === 'bytes') {
        const rate = perSecond ? `${displayBytes(perSecond)}/s` : '';
        output.progress(done <= total / 2 ? writing : 'verifying', done, total, rate);
      }
    },
  };
}
