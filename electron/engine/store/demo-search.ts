// Finds the demos of a domain that hold a text.
import { z } from 'zod';
import type { Store } from './database.ts';
import { listDemoIds } from './demos.ts';
import { inSlices } from './slices.ts';

/**
 * The first condition looks at the stored JSON as it lies and spares most demos the second, which reads its texts:
 * names of keys and roles are no text.
 */
const HOLDS = `SELECT 1 AS found FROM demos WHERE id = ?
  AND content LIKE ? ESCAPE '^'
  AND EXISTS (
    SELECT 1 FROM json_tree(demos.content)
    WHERE type = 'text' AND key IN ('text', 'content', 'reasoning_content') AND value LIKE ? ESCAPE '^')`;

/**
 * @param search found anywhere in a demo's texts; upper and lower case ASCII letters are alike
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
  const found: number[] = [];
  await inSlices(
    listDemoIds(store, domainId),
    (id) => {
      if (store.get(z.unknown(), HOLDS, id, pattern(asJson), pattern(search)) !== undefined) found.push(id);
    },
    signal,
  );
  return found;
}

function pattern(text: string): string {
  return `%${text.replace(/[%_^]/g, '^$&')}%`;
}
