// What a database holds that must never be lost, and whether all of it is still there.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { sha256 } from '../../hash.ts';

/** A demo's domain, and its number. */
const DEMO = `(SELECT name FROM domains WHERE domains.id = domain_id) || ' ' || id`;

/** Rows that stay as they are once they are committed, by what tells them apart. */
const COMMITTED: Readonly<Record<string, string>> = {
  'demos with an answer': `SELECT ${DEMO}, content FROM demos WHERE prompt_only = 0`,
  demos: `SELECT ${DEMO}, domain_id FROM demos`,
  'held-out texts': `SELECT id, content FROM held_out_texts`,
  'scores of demos': `SELECT run_id || ' ' || position, sums FROM demo_scores`,
  'finished runs': `SELECT id, tokens FROM score_runs WHERE state = 'done'`,
  selections: `SELECT id, kept FROM selections`,
  'finished exports': `SELECT id, sha256 FROM exports WHERE state = 'done'`,
  measurements: `SELECT id, result FROM evaluations`,
  'generation checks': `SELECT id, result FROM generation_checks`,
  jobs: `SELECT id, params FROM jobs`,
};

const rowSchema = z.tuple([
  z.union([z.number(), z.string()]),
  z.union([z.number(), z.string(), z.instanceof(Uint8Array), z.null()]),
]);

/** By name and key the hash of a row. */
export type Ledger = ReadonlyMap<string, string>;

/** @throws when the database is damaged: its own check, and that of its references */
export function readLedger(home: string): Ledger {
  const db = new Database(join(home, 'winnow.db'), { readonly: true });
  try {
    const integrity = db.pragma('integrity_check', { simple: true });
    if (integrity !== 'ok') throw new Error(`the database is damaged: ${String(integrity)}`);
    const dangling = z.array(z.unknown()).parse(db.pragma('foreign_key_check'));
    if (dangling.length > 0) throw new Error(`${dangling.length} rows refer to rows that are not there`);
    const ledger = new Map<string, string>();
    for (const [name, query] of Object.entries(COMMITTED)) {
      for (const raw of db.prepare(query).raw().iterate()) {
        const [key, value] = rowSchema.parse(raw);
        ledger.set(`${name} ${key}`, sha256(value instanceof Uint8Array ? value : String(value)));
      }
    }
    return ledger;
  } finally {
    db.close();
  }
}

/** Names of the rows that are gone or changed. */
export function lostRows(before: Ledger, after: Ledger): string[] {
  return [...before].filter(([name, hash]) => after.get(name) !== hash).map(([name]) => name);
}
