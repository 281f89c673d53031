// Repository of held-out texts: a domain's models are measured on them, but never calibrated with them.
import { z } from 'zod';
import { heldOutTextSchema } from '../../contract/api/demos.ts';
import { evaluationDocumentSchema, type NamedText, hashDemo } from '../base/content/documents.ts';
import type { Store } from './database.ts';
import { hashJson } from '../base/files/canonical-json.ts';
import { jsonColumn } from './json.ts';

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
