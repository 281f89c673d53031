// How commands that write a model follow it: written first, then read back, each half of the work.
import { displayBytes } from '../contract/display-bytes.ts';
import type { Hooks } from '../engine/app/engine.ts';
import type { Context } from './context.ts';
import type { Following } from './run-job.ts';

type Writing = 'writing' | 'quantising';

/** @param rate bytes per second; 0 before there is something to go by */
function showHalves({ output }: Context, writing: Writing, done: number, total: number, rate: number): void {
  output.progress(done <= total / 2 ? writing : 'verifying', done, total, rate > 0 ? `${displayBytes(rate)}/s` : '');
}

/** Its progress, from its job. @param writing what its first half is called */
export function showExport(context: Context, writing: Writing): Following {
  return {
    onProgress: ({ done, total, perSecond }) => showHalves(context, writing, done, total, perSecond ?? 0),
  };
}

/**
 * Signal, warnings and progress of an export.
 * @param writing what its first half is called
 */
export function exportHooks(context: Context, writing: Writing): Hooks {
  return {
    signal: context.signal,
    onWarning: (text) => context.output.warn(text),
    onProgress: ({ done, total, rate }) => showHalves(context, writing, done, total, rate),
  };
}
