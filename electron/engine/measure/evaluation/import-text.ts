// Imports what models of a domain are measured on: a plain text, or a demo file in which each row is a document.
import { displayNameOf } from '../../base/files/display-path.ts';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { HeldOutText } from '../../../contract/api/demos.ts';
import type { DemoRejection, ReadAs } from '../../../contract/demo.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { DEMO_EXTENSIONS } from '../../../contract/file-extensions.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import type { EvaluationDocument } from '../../base/content/documents.ts';
import { identitiesOf } from '../../base/content/identity.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { importDemoFile } from '../../demos/import.ts';
import { displayBytes } from '../../../contract/display-bytes.ts';
import { say } from '../../../contract/sentences.ts';
import type { Store } from '../../store/database.ts';
import { domainsOfDemos } from '../../store/demos.ts';
import { addHeldOutText } from '../../store/held-out-texts.ts';
import { holdsRows, readEvaluationText } from './read-documents.ts';

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
 * @param as as for importDemoFile
 * @throws WinnowError DEMO_FORMAT: neither a text nor a demo file; FILE_UNREADABLE: too large, not UTF-8; USAGE: it is a demo;
 * DEMOS_EMPTY: no row is left; and as readEvaluationText and importDemoFile
 */
export async function importHeldOutText(
  { store, host }: EngineContext,
  domainId: number,
  path: string,
  as?: ReadAs,
): Promise<ImportedText> {
  const name = displayNameOf(path);
  if (!DEMO_EXTENSIONS.includes(extname(path).slice(1).toLowerCase())) {
    throw new WinnowError(
      'DEMO_FORMAT',
      say('neitherTextNorDemos', { name, formats: DEMO_EXTENSIONS.map((extension) => `.${extension}`).join(', ') }),
      { path },
    );
  }
  const info = await stat(path).catch(() => null);
  if (info?.isFile() && info.size > MAX_BYTES) {
    throw new WinnowError(
      'FILE_UNREADABLE',
      say('heldOutTooLarge', { name, size: displayBytes(info.size), limit: displayBytes(MAX_BYTES) }),
      { path },
    );
  }
  return holdsRows(path) ? importRows(store, host, domainId, path, as) : importPlainText(store, domainId, path);
}

async function importPlainText(store: Store, domainId: number, path: string): Promise<ImportedText> {
  const name = displayNameOf(path);
  const text = await readEvaluationText(path);
  if (text.includes('\0')) {
    throw new WinnowError('DEMO_FORMAT', say('binaryNotText', { name }), { path });
  }
  const [domain] = domainsOfDemos(store, identitiesOf({ kind: 'text', text })).values();
  if (domain !== undefined) {
    throw new WinnowError('USAGE', say('textIsDemo', { name, domain }), { path });
  }
  return { text: addHeldOutText(store, domainId, { name, text }), rejected: [] };
}

async function importRows(
  store: Store,
  host: WorkerHost,
  domainId: number,
  path: string,
  as: ReadAs | undefined,
): Promise<ImportedText> {
  const name = displayNameOf(path);
  const { demos, rejected } = await importDemoFile(path, host, as);
  const identities = demos.map(({ content }) => identitiesOf(content));
  const domains = domainsOfDemos(store, identities.flat());
  const documents: EvaluationDocument[] = [];
  const known: DemoRejection[] = [];
  demos.forEach(({ content, line }, i) => {
    const domain = identities[i]?.flatMap((hash) => domains.get(hash) ?? [])[0];
    if (domain === undefined) documents.push({ id: `${name}:${line}`, content });
    else known.push({ line, reason: say('isDemoOf', { domain }) });
  });
  const left = [...rejected, ...known].sort((a, b) => a.line - b.line);
  if (documents.length === 0) {
    const [first] = left;
    throw new WinnowError(
      known.length > 0 ? 'USAGE' : 'DEMOS_EMPTY',
      say('noDocument', { name, line: first?.line ?? 1, reason: first?.reason ?? say('isEmpty') }),
      { path },
    );
  }
  return { text: addHeldOutText(store, domainId, { name, text: documents }), rejected: left };
}
