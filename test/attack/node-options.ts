// What Winnow's processes are made to do from inside, by a module that each of them loads first: NODE_OPTIONS goes with them.
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { ROOT } from '../integration/support.ts';

const LOOK_MS = 20;

/** A loop that never returns, or a query that does not, in which no JavaScript runs. */
export type HeldBy = 'loop' | 'sqlite';

const HOLDS: Readonly<Record<HeldBy, string>> = {
  loop: 'for (;;);',
  sqlite: `new Database(':memory:')
    .prepare('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n').get();`,
};

function importing(code: string): string {
  return `${process.env['NODE_OPTIONS'] ?? ''} --import=data:text/javascript,${encodeURIComponent(code)}`;
}

/** @returns options by which the engine's main thread is held once the file `flag` is there; then `flag`.held is, too */
export function heldEngine(flag: string, by: HeldBy): string {
  const sqlite = pathToFileURL(join(ROOT, 'node_modules/better-sqlite3/lib/index.js')).href;
  return importing(`
    import { existsSync, writeFileSync } from 'node:fs';
    import { isMainThread } from 'node:worker_threads';
    if (isMainThread && /engine-process/.test(process.argv[1] ?? '')) {
      ${by === 'sqlite' ? `const { default: Database } = await import(${JSON.stringify(sqlite)});` : ''}
      setInterval(() => {
        if (!existsSync(${JSON.stringify(flag)})) return;
        writeFileSync(${JSON.stringify(`${flag}.held`)}, '');
        ${HOLDS[by]}
      }, ${LOOK_MS}).unref();
    }`);
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
