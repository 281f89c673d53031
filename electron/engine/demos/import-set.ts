// Imports a file into a domain.
import type { HeldOutText } from '../../contract/api/demos.ts';
import type { ColumnRoles, DemoRejection, ImportReport } from '../../contract/demo.ts';
import { say } from '../../contract/sentences.ts';
import { documentsOf } from '../base/content/documents.ts';
import { identitiesOf } from '../base/content/identity.ts';
import type { EngineContext } from '../store/engine-context.ts';
import type { Store } from '../store/database.ts';
import { addDemos } from '../store/demos.ts';
import { getHeldOutText, listHeldOutTexts } from '../store/held-out-texts.ts';
import { inTransactions } from '../store/slices.ts';
import { importDemoFile } from './import.ts';

type SetImport = ImportReport & {
  /** How many demos are new in the domain. */
  readonly added: number;
  /** How many demos the domain already holds. */
  readonly known: number;
};

/**
 * Adds the demos of a file to a domain. Texts that are held out to measure a model are rejected.
 * @param columns as in importDemoFile
 * @throws WinnowError as importDemoFile; the signal's reason, in which case what was added so far stays
 */
export async function importIntoDomain(
  { store, host }: EngineContext,
  domainId: number,
  path: string,
  signal: AbortSignal,
  columns?: ColumnRoles,
): Promise<SetImport> {
  const report = await importDemoFile(path, host, columns);
  const heldOut = heldOutTexts(store);
  const rejected: DemoRejection[] = [...report.rejected];
  let added = 0;
  let taken = 0;
  await inTransactions(
    store,
    report.demos,
    (demo) => {
      const text =
        heldOut.size > 0 ? identitiesOf(demo.content).flatMap((hash) => heldOut.get(hash) ?? [])[0] : undefined;
      if (text) {
        const named = { text: text.name, domain: text.domain };
        const reason = text.documents === null ? say('isHeldOutText', named) : say('isHeldOutDocument', named);
        rejected.push({ line: demo.line, reason });
        return;
      }
      taken += 1;
      added += addDemos(store, domainId, path, [demo]);
    },
    signal,
  );
  rejected.sort((a, b) => a.line - b.line);
  return { ...report, added, known: taken - added, rejected };
}

/** Held-out texts, indexed by every hash under which one of their documents counts as the same. */
function heldOutTexts(store: Store): ReadonlyMap<string, HeldOutText> {
  const texts = new Map<string, HeldOutText>();
  for (const text of listHeldOutTexts(store)) {
    const held = getHeldOutText(store, text.id);
    for (const { content } of held ? documentsOf(held) : []) {
      for (const hash of identitiesOf(content)) texts.set(hash, text);
    }
  }
  return texts;
}
