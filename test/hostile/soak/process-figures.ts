// What a running app takes of the machine, and what its folder holds. Linux: /proc tells.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { statusNumber } from '../../linux-processes.ts';

export const FIGURES = [
  'engineBytes',
  'hostBytes',
  'workerBytes',
  'handles',
  'threads',
  'workers',
  'unstoredBytes',
  'databaseBytes',
  'logBytes',
] as const;
export type Figures = Readonly<Record<(typeof FIGURES)[number], number>>;

/** @param home folder of the database */
export function readFigures(
  { host, engine, workers }: { readonly host: number; readonly engine: number; readonly workers: readonly number[] },
  home: string,
): Figures {
  const database = databaseFigures(join(home, 'winnow.db'));
  return {
    engineBytes: statusNumber(engine, 'VmRSS') * 1024,
    hostBytes: statusNumber(host, 'VmRSS') * 1024,
    workerBytes: workers.reduce((sum, pid) => sum + statusNumber(pid, 'VmRSS') * 1024, 0),
    handles: handlesOf(engine) + handlesOf(host),
    threads: statusNumber(engine, 'Threads') + statusNumber(host, 'Threads'),
    workers: workers.length,
    unstoredBytes: database.used - database.stored,
    databaseBytes: folderBytes(home, /^winnow\.db/),
    logBytes: folderBytes(join(home, 'logs'), /./),
  };
}

const handlesOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

function folderBytes(folder: string, names: RegExp): number {
  const files = readdirSync(folder).filter((name) => names.test(name));
  return files.reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** Bytes of the pages in use, and of the values that stand in them. */
function databaseFigures(file: string): { used: number; stored: number } {
  const db = new Database(file, { readonly: true });
  try {
    const number = (pragma: string): number => z.number().parse(db.pragma(pragma, { simple: true }));
    const used = (number('page_count') - number('freelist_count')) * number('page_size');
    const names = z.array(z.string());
    const tables = names.parse(db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).pluck().all());
    const stored = tables.reduce((sum, table) => {
      const columns = names.parse(db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table));
      const length = columns.map((column) => `coalesce(octet_length("${column}"), 0)`).join(' + ');
      return sum + z.number().parse(db.prepare(`SELECT coalesce(sum(${length}), 0) FROM "${table}"`).pluck().get());
    }, 0);
    return { used, stored };
  } finally {
    db.close();
  }
}
