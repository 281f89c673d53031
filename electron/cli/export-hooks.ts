// How commands that write a model follow it: written first, then read back, each half of the work.
import { displayBytes } from '../contract/display-bytes.ts';
import type { JobView } from '../contract/api/jobs.ts';
import type { Hooks } from '../engine/app/engine.ts';
import type { Context } from './context.ts';

/** Its progress, from its job. @param writing what its first half is called */
export function showExport({ output }: Context, writing: 'writing' | 'quantising'): (view: JobView) => void {
  return ({ done, total, perSecond }) =>
    output.progress(
      done <= total / 2 ? writing : 'verifying',
      done,
      total,
      perSecond === null || perSecond <= 0 ? '' : `${displayBytes(perSecond)}/s`,
    );
}

/**
 * Signal, warnings and progress of an export.
 * @param writing what its first half is called
 */
export function exportHooks({ signal, output }: Context, writing: 'writing' | 'quantising'): Hooks {
  return {
    signal,
    onWarning: (text) => output.warn(text),
    onProgress: ({ done, total, rate }) =>
      output.progress(
        done <= total / 2 ? writing : 'verifying',
        done,
        total,
        rate > 0 ? `${displayBytes(rate)}/s` : '',
      ),
  };
}
