// How commands that write a model follow it: written first, then read back, each half of the work; then repaired, where that was asked for.
// A repair counts its own steps.
import { displayBytes } from '../contract/display-bytes.ts';
import type { Context } from './context.ts';
import type { Following } from './run-job.ts';

/** @param writing what its first half is called */
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
