// What Winnow's processes are made to do from inside, by a module that each of them loads first: NODE_OPTIONS goes with them.
import { existsSync, writeFileSync } from 'node:fs';
import { until } from '../../integration/processes.ts';

function importing(code: string): string {
  return `${process.env['NODE_OPTIONS'] ?? ''} --import=data:text/javascript,${encodeURIComponent(code)}`;
}

/** @returns options by which the engine's main thread can be held in a loop that never returns: see `hold` */
export function heldEngine(flag: string): string {
  return importing(`
    import { existsSync, rmSync } from 'node:fs';
    import { isMainThread } from 'node:worker_threads';
    if (isMainThread && /engine-process/.test(process.argv[1] ?? '')) {
      setInterval(() => {
        if (!existsSync(${JSON.stringify(flag)})) return;
        rmSync(${JSON.stringify(flag)});
        for (;;);
      }, 20).unref();
    }`);
}

/** Holds an engine that was started with `heldEngine` of this file. @throws when it is not held within a minute */
export async function hold(flag: string): Promise<void> {
  writeFileSync(flag, '');
  await until('the engine is held', () => !existsSync(flag));
}

/** @returns options by which what JavaScript takes for the date is set by so much once the file `flag` is there */
export function clockSet(flag: string, byMs: number): string {
  return importing(`
    import { existsSync } from 'node:fs';
    const now = () => Real.now() + (existsSync(${JSON.stringify(flag)}) ? ${byMs} : 0);
    const Real = Date;
    // a date stays an instance of Date
    globalThis.Date = new Proxy(Real, {
      construct: (_, parts) => (parts.length === 0 ? new Real(now()) : new Real(...parts)),
      get: (_, name) => (name === 'now' ? now : Real[name]),
    });`);
}
