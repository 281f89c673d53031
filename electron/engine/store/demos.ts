// Repository of domains and their demos.
import { z } from 'zod';
import { demoContentSchema, type ImportedDemo } from '../../contract/demo.ts';
import { WinnowError } from '../../contract/errors.ts';
import type { Store } from './database.ts';
import { jsonColumn } from './json.ts';

const domainRow = z.object({ id: z.int(), name: z.string(), demos: z.int() });
export type Domain = Readonly<z.infer<typeof domainRow>>;

const demoRow = z.object({
  id: z.int(),
  domainId: z.int(),
  hash: z.string(),
  content: jsonColumn(demoContentSchema),
  sourcePath: z.string(),
  sourceLine: z.int(),
  addedMs: z.number(),
});
export type StoredDemo = Readonly<z.infer<typeof demoRow>>;

const idRow = z.object({ id: z.int() });

const DOMAINS = `SELECT id, name, (SELECT count(*) FROM demos WHERE domain_id = domains.id) AS demos FROM domains`;

/** The domain of that name, made where it is missing. */
export function ensureDomain(store: Store, name: string): Domain {
  return store.transaction(() => {
    store.run('INSERT INTO domains (name) VALUES (?) ON CONFLICT (name) DO NOTHING', name);
    return store.get(domainRow, `${DOMAINS} WHERE name = ?`, name)!;
  });
}

/** By name. */
export function listDomains(store: Store): Domain[] {
  return store.all(domainRow, `${DOMAINS} ORDER BY name`);
}

/** @throws WinnowError USAGE when another domain has that name */
export function renameDomain(store: Store, id: number, name: string): void {
  store.transaction(() => {
    const taken = store.get(idRow, 'SELECT id FROM domains WHERE name = ? AND id <> ?', name, id);
    if (taken) {
      throw new WinnowError('USAGE', `There is a domain "${name}" already. Choose another name.`, { name });
    }
    store.run('UPDATE domains SET name = ? WHERE id = ?', name, id);
  });
}

/** Deletes the domain and its demos. Score runs keep the domain's name and the demos' hashes. */
export function deleteDomain(store: Store, id: number): void {
  store.run('DELETE FROM domains WHERE id = ?', id);
}

/**
 * Adds the demos of one file; those that the domain holds already stay as they are.
 * @returns how many were added and how many were known
 */
export function addDemos(
  store: Store,
  domainId: number,
  sourcePath: string,
  demos: readonly ImportedDemo[],
  nowMs: number = Date.now(),
): { readonly added: number; readonly known: number } {
  return store.transaction(() => {
    let added = 0;
    for (const demo of demos) {
      added += store.run(
        `INSERT INTO demos (domain_id, hash, content, source_path, source_line, added_ms) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (domain_id, hash) DO NOTHING`,
        domainId,
        demo.hash,
        JSON.stringify(demo.content),
        sourcePath,
        demo.line,
        nowMs,
      ).changes;
    }
    return { added, known: demos.length - added };
  });
}

/** In the order in which they were added. */
export function listDemos(store: Store, domainId: number): StoredDemo[] {
  return store.all(
    demoRow,
    `SELECT id, domain_id AS domainId, hash, content, source_path AS sourcePath, source_line AS sourceLine,
       added_ms AS addedMs
     FROM demos WHERE domain_id = ? ORDER BY id`,
    domainId,
  );
}

export function deleteDemos(store: Store, ids: readonly number[]): void {
  store.run('DELETE FROM demos WHERE id IN (SELECT value FROM json_each(?))', JSON.stringify(ids));
}
