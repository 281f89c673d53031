// Finds the demos of a domain that contain a text, or come from a file of that name.
import { basename } from 'node:path';
import { z } from 'zod';
import type { Store } from './database.ts';
import { listDemoIds } from './demos.ts';
import { inSlices } from './slices.ts';

/**
 * The first condition searches the stored JSON as it is, and spares most demos the second one, which reads the texts: names
 * of keys and roles are not text.
 */
const HOLDS = `SELECT 1 AS found FROM demos WHERE id = ?
  AND (source_path IN (SELECT value FROM json_each(?)) OR (
    content LIKE ? ESCAPE '^'
    AND EXISTS (
      SELECT 1 FROM json_tree(demos.content)
      WHERE type = 'text' AND key IN ('text', 'content', 'reasoning_content') AND value LIKE ? ESCAPE '^')))`;

/**
 * @param search may occur anywhere in a demo's texts or in its file's name; ASCII letters match in either case
 * @returns ids in the order in which the demos were added
 * @throws the signal's reason
 */
export async function findDemos(
  store: Store,
  domainId: number,
  search: string,
  signal?: AbortSignal,
): Promise<number[]> {
  const asJson = JSON.stringify(search).slice(1, -1);
  const files = JSON.stringify(filesNamed(store, domainId, search));
  const found: number[] = [];
  await inSlices(
    listDemoIds(store, domainId),
    (id) => {
      if (store.get(z.unknown(), HOLDS, id, files, pattern(asJson), pattern(search)) !== undefined) found.push(id);
    },
    signal,
  );
  return found;
}

/** Paths of the files whose names contain `search`; the names of their folders do not count. */
function filesNamed(store: Store, domainId: number, search: string): string[] {
  const named = z.object({ path: z.string(), name: z.string() });
  const paths = store.column(z.string(), 'SELECT DISTINCT source_path FROM demos WHERE domain_id = ?', domainId);
  const names = JSON.stringify(paths.map((path) => ({ path, name: basename(path) })));
  return store
    .all(
      named,
      `SELECT value ->> 'path' AS path, value ->> 'name' AS name FROM json_each(?) WHERE name LIKE ? ESCAPE '^'`,
      names,
      pattern(search),
    )
    .map(({ path }) => path);
}

function pattern(text: string): string {
  return `%${text.replace(/[%_^]/g, '^$&')}%`;
}
