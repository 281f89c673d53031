// Repository of the demos of a domain.
import { z } from 'zod';
import { demoContentSchema, type DemoContent, type ImportedDemo } from '../../contract/demo.ts';
import { WinnowError } from '../../contract/errors.ts';
import { msg } from '../../contract/sentences.ts';
import { hashDemo, summarise } from '../base/content/documents.ts';
import type { Store } from './database.ts';
import { jsonColumn } from './json.ts';
import { basename } from 'node:path';
import { inSlices } from './slices.ts';

const demoRow = z.object({
  id: z.int(),
  domainId: z.int(),
  hash: z.string(),
  content: jsonColumn(demoContentSchema),
  sourcePath: z.string(),
  sourceLine: z.int(),
});
type StoredDemo = Readonly<z.infer<typeof demoRow>>;

const summaryRow = z.object({
  id: z.int(),
  kind: z.enum(['text', 'chat']),
  turns: z.int(),
  promptOnly: z.int().transform(Boolean),
  opening: z.string(),
  chars: z.int(),
  sourcePath: z.string(),
  sourceLine: z.int(),
  /** The model that wrote the last answer. */
  answeredBy: z.string().nullable(),
});

const idRow = z.object({ id: z.int() });

const SOURCE = 'source_path AS sourcePath, source_line AS sourceLine';
const DEMO = `id, domain_id AS domainId, hash, content, ${SOURCE}`;
const SUMMARY = `id, kind, turns, prompt_only AS promptOnly, opening, chars, ${SOURCE}, answered_by AS answeredBy`;

/**
 * Adds the demos of one file; those that the domain already holds stay as they are.
 * @returns how many were added
 */
export function addDemos(store: Store, domainId: number, sourcePath: string, demos: readonly ImportedDemo[]): number {
  return store.transaction(() => {
    let added = 0;
    for (const { content, hash, line } of demos) {
      const about = summarise(content);
      const { changes } = store.run(
        `INSERT INTO demos
           (domain_id, hash, source_path, source_line, kind, turns, prompt_only, opening, chars, content)
         VALUES (@domainId, @hash, @sourcePath, @line, @kind, @turns, @promptOnly, @opening, @chars, @json)
         ON CONFLICT (domain_id, hash) DO NOTHING`,
        {
          domainId,
          hash,
          sourcePath,
          line,
          ...about,
          promptOnly: Number(about.promptOnly),
          json: JSON.stringify(content),
        },
      );
      added += changes;
    }
    return added;
  });
}

/** The demos of a domain, in the order in which they were added. */
export function listDemos(store: Store, domainId: number): StoredDemo[] {
  return store.all(demoRow, `SELECT ${DEMO} FROM demos WHERE domain_id = ? ORDER BY id`, domainId);
}

/** @throws WinnowError USAGE when the demo was deleted */
export function getDemo(store: Store, id: number): StoredDemo {
  const demo = store.get(demoRow, `SELECT ${DEMO} FROM demos WHERE id = ?`, id);
  if (demo) return demo;
  throw new WinnowError('USAGE', msg('demoDeleted'), { demoId: id });
}

/**
 * The ids of a domain's demos, in the order in which they were added.
 * @param page absent: all of them
 */
export function listDemoIds(store: Store, domainId: number, page = { offset: 0, limit: -1 }): number[] {
  return store.column(
    z.int(),
    'SELECT id FROM demos INDEXED BY demos_by_domain WHERE domain_id = @domainId ORDER BY id LIMIT @limit OFFSET @offset',
    { domainId, ...page },
  );
}

const sizeRow = z.object({ id: z.int(), hash: z.string(), bytes: z.int() });

/** A domain's demos with the stored bytes of each, in the order in which they were added. */
export function listDemoSizes(store: Store, domainId: number): Readonly<z.infer<typeof sizeRow>>[] {
  return store.all(
    sizeRow,
    `SELECT id, hash, length(CAST(content AS BLOB)) AS bytes
     FROM demos INDEXED BY demos_by_domain WHERE domain_id = ? ORDER BY id`,
    domainId,
  );
}

/** The sources of the demos of the domain with this name. */
export function listDemoSources(store: Store, domain: string): { hash: string; path: string; line: number }[] {
  return store.all(
    z.object({ hash: z.string(), path: z.string(), line: z.int() }),
    `SELECT hash, source_path AS path, source_line AS line FROM demos
     WHERE domain_id = (SELECT id FROM domains WHERE name = ?)`,
    domain,
  );
}

/**
 * Finds the demos of any domain that have one of the hashes.
 * @returns the name of a domain that holds the demo, by hash
 */
export function domainsOfDemos(store: Store, hashes: readonly string[]): ReadonlyMap<string, string> {
  const rows = store.all(
    z.object({ hash: z.string(), domain: z.string() }),
    `SELECT hash, domains.name AS domain FROM demos JOIN domains ON domains.id = domain_id
     WHERE hash IN (SELECT value FROM json_each(?))`,
    JSON.stringify(hashes),
  );
  return new Map(rows.map(({ hash, domain }) => [hash, domain]));
}

/** The content of the demo with this hash, whichever domain holds it; undefined: none does any more. */
export function findDemoContent(store: Store, hash: string): DemoContent | undefined {
  const row = z.object({ content: jsonColumn(demoContentSchema) });
  return store.get(row, 'SELECT content FROM demos WHERE hash = ? LIMIT 1', hash)?.content;
}

/** The ids of a domain's chats that have no answer yet, in order. */
export function listPromptOnlyIds(store: Store, domainId: number): number[] {
  return store.column(z.int(), 'SELECT id FROM demos WHERE domain_id = ? AND prompt_only = 1 ORDER BY id', domainId);
}

/** Some demos of a list, in the order of their ids. */
export function summariseDemos(store: Store, ids: readonly number[]): Readonly<z.infer<typeof summaryRow>>[] {
  return store.all(
    summaryRow,
    `SELECT ${SUMMARY} FROM demos WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id`,
    JSON.stringify(ids),
  );
}

/**
 * Gives a chat its answer. If the domain already holds the same chat with the same answer, the one without an answer is deleted.
 * @param content with the answer as last message
 * @param model the model that wrote it
 * @returns false when the chat was deleted or changed meanwhile: nothing is stored then
 */
export function answerDemo(
  store: Store,
  { id, domainId, hash }: StoredDemo,
  content: DemoContent,
  model: string,
): boolean {
  return store.transaction(() => {
    if (!store.get(idRow, 'SELECT id FROM demos WHERE id = ? AND hash = ?', id, hash)) return false;
    const answeredHash = hashDemo(content);
    if (store.get(idRow, 'SELECT id FROM demos WHERE domain_id = ? AND hash = ?', domainId, answeredHash)) {
      store.run('DELETE FROM demos WHERE id = ?', id);
      return true;
    }
    const about = summarise(content);
    store.run(
      `UPDATE demos SET content = @content, hash = @answeredHash, answered_by = @model, kind = @kind, turns = @turns,
         prompt_only = @promptOnly, opening = @opening,
         chars = @chars
       WHERE id = @id`,
      { id, content: JSON.stringify(content), answeredHash, model, ...about, promptOnly: Number(about.promptOnly) },
    );
    return true;
  });
}

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
  const ids: number[] = [];
  await inSlices(
    listDemoIds(store, domainId),
    (id) => {
      if (store.get(z.unknown(), HOLDS, id, files, pattern(asJson), pattern(search)) !== undefined) ids.push(id);
    },
    signal,
  );
  return ids;
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
