// Repository of domains, and of their held-out texts: models are measured on them, but never calibrated with them.
import { z } from 'zod';
import { domainSchema, type Domain, heldOutTextSchema } from '../../contract/api/demos.ts';
import { WinnowError } from '../../contract/errors.ts';
import { msg } from '../../contract/sentences.ts';
import type { Store } from './database.ts';
import { evaluationDocumentSchema, type NamedText, hashDemo } from '../base/content/documents.ts';
import { hashJson } from '../base/files/canonical-json.ts';
import { jsonColumn } from './json.ts';

const idRow = z.object({ id: z.int() });

const DOMAINS = `SELECT id, name,
  (SELECT count(*) FROM demos WHERE domain_id = domains.id) AS demos,
  (SELECT count(*) FROM demos WHERE domain_id = domains.id AND prompt_only = 1) AS promptOnly,
  (SELECT count(*) FROM held_out_texts WHERE domain_id = domains.id) AS texts
  FROM domains`;

/** The domain with this name, created if it does not exist. */
export function ensureDomain(store: Store, name: string): Domain {
  return store.transaction(() => {
    store.run('INSERT INTO domains (name) VALUES (?) ON CONFLICT (name) DO NOTHING', name);
    return store.get(domainSchema, `${DOMAINS} WHERE name = ?`, name)!;
  });
}

/** @throws WinnowError USAGE when a domain with this name exists */
export function createDomain(store: Store, name: string): Domain {
  return store.transaction(() => {
    requireFreeName(store, name);
    return ensureDomain(store, name);
  });
}

/** @throws WinnowError USAGE when the domain was deleted */
export function getDomain(store: Store, id: number): Domain {
  const domain = store.get(domainSchema, `${DOMAINS} WHERE id = ?`, id);
  if (domain) return domain;
  throw new WinnowError('USAGE', msg('domainDeleted'), { domainId: id });
}

/** All domains, by name. */
export function listDomains(store: Store): Domain[] {
  return store.all(domainSchema, `${DOMAINS} ORDER BY name`);
}

/** @throws WinnowError USAGE when another domain has this name */
export function renameDomain(store: Store, id: number, name: string): void {
  store.transaction(() => {
    requireFreeName(store, name, id);
    store.run('UPDATE domains SET name = ? WHERE id = ?', name, id);
  });
}

/** Deletes the domain, its demos and texts. Score runs keep the domain's name and the demos' hashes. */
export function deleteDomain(store: Store, id: number): void {
  store.run('DELETE FROM domains WHERE id = ?', id);
}

/**
 * Creates a deleted domain again, still empty.
 * @throws WinnowError USAGE when another domain now has its name
 */
export function restoreDomain(store: Store, { id, name }: Domain): void {
  store.transaction(() => {
    requireFreeName(store, name);
    store.run('INSERT INTO domains (id, name) VALUES (?, ?)', id, name);
  });
}

/** @param except the domain that may have the name */
function requireFreeName(store: Store, name: string, except: number | null = null): void {
  if (!store.get(idRow, 'SELECT id FROM domains WHERE name = ? AND id IS NOT ?', name, except)) return;
  throw new WinnowError('USAGE', msg('domainNameTaken', { name }), {
    name,
  });
}

const textRow = heldOutTextSchema.extend({ hash: z.string() });
type StoredText = Readonly<z.infer<typeof textRow>>;

const documentsColumn = jsonColumn(z.array(evaluationDocumentSchema));

const contentRow = textRow.extend({ content: z.string() }).transform(({ content, ...row }, context) => {
  if (row.documents === null) return { ...row, text: content };
  const documents = documentsColumn.safeParse(content);
  if (documents.success) return { ...row, text: documents.data };
  context.addIssue(documents.error.message);
  return z.NEVER;
});
type StoredTextWithContent = StoredText & NamedText;

const FROM = 'FROM held_out_texts AS text JOIN domains ON domains.id = text.domain_id';
const COLUMNS = `text.id, domain_id AS domainId, domains.name AS domain, text.name, hash, octet_length(content) AS bytes, documents`;

/** The hash of a text, equal to that of the same demo: the last line break does not count. Documents are hashed in order. SHA-256, hex. */
export function hashText(text: NamedText['text']): string {
  if (typeof text === 'string') return hashDemo({ kind: 'text', text: text.replace(/\n$/, '') });
  return hashJson(text.map(({ content }) => hashDemo(content)));
}

/** All held-out texts without their content, by domain and name. */
export function listHeldOutTexts(store: Store): StoredText[] {
  return store.all(textRow, `SELECT ${COLUMNS} ${FROM} ORDER BY domains.name, text.name, text.id`);
}

/** The text with its content; undefined: there is no such text. */
export function getHeldOutText(store: Store, id: number): StoredTextWithContent | undefined {
  return store.get(contentRow, `SELECT ${COLUMNS}, content ${FROM} WHERE text.id = ?`, id);
}

/**
 * Adds a text; a domain holds each content once.
 * @param text as `readDocuments` returns it
 */
export function addHeldOutText(store: Store, domainId: number, { name, text }: NamedText): StoredText {
  return store.transaction(() => {
    const hash = hashText(text);
    const [content, documents] = typeof text === 'string' ? [text, null] : [JSON.stringify(text), text.length];
    store.run(
      `INSERT INTO held_out_texts (domain_id, name, hash, content, documents)
       VALUES (@domainId, @name, @hash, @content, @documents) ON CONFLICT (domain_id, hash) DO NOTHING`,
      { domainId, name, hash, content, documents },
    );
    return store.get(textRow, `SELECT ${COLUMNS} ${FROM} WHERE domain_id = ? AND hash = ?`, domainId, hash)!;
  });
}
