// How commands that write a model follow it: written first, then read back, each half of the work; then repaired, where that was asked for.
import { displayBytes } from '../contract/display-bytes.ts';
import type { Context } from './context.ts';
import type { Following } from './run-job.ts';

/** The steps of a repair, which begins when the file is whole. */
const REPAIR_STEPS = ['recording', 'judging', 'repairing'];

/** @param writing what its first half is called */
export function showExport({ output }: Context, writing: 'writing' | 'quantising'): Following {
  return {
    onProgress: ({ done, total, perSecond, step }) => {
      if (step && REPAIR_STEPS.includes(step.key)) {
        output.progress(step.key, step.done, step.total);
        return;
      }
      const rate = perSecond ? `${displayBytes(perSecond)}/s` : '';
      output.progress(done <= total / 2 ? writing : 'verifying', done, total, rate);
    },
  };
}
