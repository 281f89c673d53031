// Imports a file into a domain.
import type { DemoContent, DemoRejection, ImportReport } from '../../contract/demo.ts';
import type { Store } from '../store/database.ts';
import { addDemos } from '../store/demos.ts';
import { hashText, listHeldOutTexts } from '../store/held-out-texts.ts';
import { inTransactions } from '../store/slices.ts';
import { importDemoFile } from './import.ts';

export type SetImport = Pick<ImportReport, 'format' | 'rejected' | 'duplicates'> & {
  readonly added: number;
  /** The domain holds them already. */
  readonly known: number;
};

/**
 * Adds what the file holds to the domain. A text that is held out to measure a model is rejected.
 * @throws WinnowError as importDemoFile; the signal's reason, with what was added so far kept
 */
export async function importIntoDomain(
  store: Store,
  domainId: number,
  path: string,
  signal: AbortSignal,
): Promise<SetImport> {
  const { format, demos, duplicates, ...report } = await importDemoFile(path);
  const heldOut = new Map(listHeldOutTexts(store).map((text) => [text.hash, text]));
  const rejected: DemoRejection[] = [...report.rejected];
  let added = 0;
  let known = 0;
  await inTransactions(
    store,
    demos,
    (demo) => {
      const text = heldOut.size > 0 ? heldOut.get(textHash(demo.content)) : undefined;
      if (text) {
        const reason = `it is the held-out text "${text.name}" of ${text.domain}: calibration and evaluation are kept apart`;
        rejected.push({ line: demo.line, reason });
        return;
      }
      const outcome = addDemos(store, domainId, path, [demo]);
      added += outcome.added;
      known += outcome.known;
    },
    signal,
  );
  return { format, added, known, duplicates, rejected: rejected.sort((a, b) => a.line - b.line) };
}

function textHash(content: DemoContent): string {
  return content.kind === 'text' ? hashText(content.text) : '';
}
