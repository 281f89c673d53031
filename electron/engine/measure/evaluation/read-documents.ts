// Reads files to measure on: plain texts, and demo files in which each row is a document.
import { displayNameOf } from '../../base/files/paths.ts';
import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import { DEMO_FORMATS, DEMO_EXTENSIONS } from '../../../contract/file-extensions.ts';
import { forkWorker, type WorkerHost } from '../../base/backend/worker-host.ts';
import { type EvaluationDocument, type NamedText, hashDemo, toIdentities } from '../../base/content/documents.ts';
import { gatherDemos } from '../../demos/collect-demos.ts';
import { readWhole } from '../../base/files/read-whole.ts';
import { displayBytes } from '../../../contract/display-bytes.ts';
import { msg } from '../../../contract/sentences.ts';
import type { HeldOutText } from '../../../contract/api/demos.ts';
import type { ColumnRoles, DemoRejection } from '../../../contract/demo.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { importDemoFile } from '../../demos/import.ts';
import type { Store } from '../../store/database.ts';
import { domainsOfDemos } from '../../store/demos.ts';
import { addHeldOutText } from '../../store/domains.ts';

/** Maximum size of a text, which is tokenised as a whole. */
const MAX_TEXT_BYTES = 256 << 20;

/** Whether each row of the file is a document, judged by its extension. */
export function holdsRows(path: string): boolean {
  const format = DEMO_FORMATS.get(extname(path).slice(1).toLowerCase());
  return format !== undefined && format !== 'text' && format !== 'markdown';
}

/**
 * Reads files as one text to measure on. A single plain text is taken as it is; otherwise every plain text and every row of
 * a demo file is a document. A document that occurs twice counts once.
 * @param paths at least one
 * @param host host of the processes that decode demo files
 * @returns the text, and what was left out of the files, one line each
 * @throws WinnowError as readEvaluationText and gatherDemos
 */
export async function readDocuments(
  paths: readonly string[],
  host: WorkerHost = forkWorker,
  signal?: AbortSignal,
): Promise<{ readonly text: NamedText; readonly warnings: readonly string[] }> {
  const [first = ''] = paths;
  const file = displayNameOf(first);
  const name = paths.length === 1 ? file : `${file} and ${paths.length - 1} more`;
  if (paths.length === 1 && !holdsRows(first))
    return { text: { name, text: await readEvaluationText(first, signal) }, warnings: [] };
  const documents = new Map<string, EvaluationDocument>();
  const warnings: string[] = [];
  for (const path of paths) {
    const rows = holdsRows(path) ? await gatherDemos([path], host) : null;
    warnings.push(...(rows?.warnings ?? []));
    const read = rows?.demos ?? [
      { id: basename(path), content: { kind: 'text' as const, text: await readEvaluationText(path, signal) } },
    ];
    for (const { id, content } of read) {
      const hash = hashDemo(content);
      if (!documents.has(hash)) documents.set(hash, { id, content });
    }
  }
  return { text: { name, text: [...documents.values()] }, warnings };
}

/**
 * Reads an evaluation text as llama-perplexity does: completely, without the last line break.
 * @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE, TEXT_TOO_SHORT, CANCELLED
 */
export async function readEvaluationText(path: string, signal?: AbortSignal): Promise<string> {
  const info = await stat(path).catch(() => null);
  if (!info) throw new WinnowError('FILE_NOT_FOUND', msg('textMissing', { path }), { path });
  if (!info.isFile()) throw new WinnowError('FILE_UNREADABLE', msg('textNoFile', { path }), { path });
  const tooLarge = (): WinnowError =>
    new WinnowError(
      'FILE_UNREADABLE',
      msg('textTooLarge', {
        path,
        size: displayBytes(Math.max(info.size, MAX_TEXT_BYTES + 1)),
        limit: displayBytes(MAX_TEXT_BYTES),
      }),
      { path },
    );
  if (info.size > MAX_TEXT_BYTES) throw tooLarge();
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(
      await readWhole(path, { maxBytes: MAX_TEXT_BYTES, tooLarge, signal }),
    );
  } catch (error) {
    if (error instanceof WinnowError) throw error;
    const reason = error instanceof TypeError ? msg('notUtf8Text') : (error as Error).message;
    throw new WinnowError('FILE_UNREADABLE', msg('textUnusable', { path, reason }), { path }, error);
  }
  if (text.trim() === '') throw new WinnowError('TEXT_TOO_SHORT', msg('textEmpty', { path }), { path });
  return text.replace(/\n$/, '');
}

/** Sixteen MiB are about four million tokens, hours of measuring. The database keeps the text. */
const MAX_BYTES = 16 << 20;

type ImportedText = {
  /** The text, even if the domain already held it. */
  readonly text: HeldOutText;
  /** Lines of a demo file that were not imported. */
  readonly rejected: readonly DemoRejection[];
};

/**
 * Imports a held-out text. Demos of any domain are refused: what chooses experts must not measure them.
 * @param columns as for importDemoFile
 * @throws WinnowError DEMO_FORMAT: neither a text nor a demo file; FILE_UNREADABLE: too large, not UTF-8; USAGE: it is a demo;
 * DEMOS_EMPTY: no row is left; and as readEvaluationText and importDemoFile
 */
export async function importHeldOutText(
  { store, host }: EngineContext,
  domainId: number,
  path: string,
  columns?: ColumnRoles,
): Promise<ImportedText> {
  const name = displayNameOf(path);
  if (!DEMO_EXTENSIONS.includes(extname(path).slice(1).toLowerCase())) {
    throw new WinnowError(
      'DEMO_FORMAT',
      msg('neitherTextNorDemos', { name, formats: DEMO_EXTENSIONS.map((extension) => `.${extension}`).join(', ') }),
      { path },
    );
  }
  const info = await stat(path).catch(() => null);
  if (info?.isFile() && info.size > MAX_BYTES) {
    throw new WinnowError(
      'FILE_UNREADABLE',
      msg('heldOutTooLarge', { name, size: displayBytes(info.size), limit: displayBytes(MAX_BYTES) }),
      { path },
    );
  }
  return holdsRows(path) ? importRows(store, host, domainId, path, columns) : importPlainText(store, domainId, path);
}

async function importPlainText(store: Store, domainId: number, path: string): Promise<ImportedText> {
  const name = displayNameOf(path);
  const text = await readEvaluationText(path);
  if (text.includes('\0')) {
    throw new WinnowError('DEMO_FORMAT', msg('binaryNotText', { name }), { path });
  }
  const [domain] = domainsOfDemos(store, toIdentities({ kind: 'text', text })).values();
  if (domain !== undefined) {
    throw new WinnowError('USAGE', msg('textIsDemo', { name, domain }), { path });
  }
  return { text: addHeldOutText(store, domainId, { name, text }), rejected: [] };
}

async function importRows(
  store: Store,
  host: WorkerHost,
  domainId: number,
  path: string,
  columns: ColumnRoles | undefined,
): Promise<ImportedText> {
  const name = displayNameOf(path);
  const { demos, rejected } = await importDemoFile(path, host, columns);
  const identities = demos.map(({ content }) => toIdentities(content));
  const domains = domainsOfDemos(store, identities.flat());
  const documents: EvaluationDocument[] = [];
  const duplicates: DemoRejection[] = [];
  demos.forEach(({ content, line }, i) => {
    const domain = identities[i]?.flatMap((hash) => domains.get(hash) ?? [])[0];
    if (domain === undefined) documents.push({ id: `${name}:${line}`, content });
    else duplicates.push({ line, reason: msg('isDemoOf', { domain }) });
  });
  const left = [...rejected, ...duplicates].sort((a, b) => a.line - b.line);
  if (documents.length === 0) {
    const [first] = left;
    throw new WinnowError(
      duplicates.length > 0 ? 'USAGE' : 'DEMOS_EMPTY',
      msg('noDocument', { name, line: first?.line ?? 1, reason: first?.reason ?? msg('isEmpty') }),
      { path },
    );
  }
  return { text: addHeldOutText(store, domainId, { name, text: documents }), rejected: left };
}
