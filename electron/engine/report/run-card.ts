// The model card use case: writes a pruned file's card, by default beside the file.
import type { EngineContext } from '../store/engine-context.ts';
import { companionPath, writeNewFile } from '../base/files/companion.ts';
import { refuseInputAsOutput } from '../base/files/user-files.ts';
import { RunTotals } from '../experts/runs/run-totals.ts';
import { cardFacts } from './card-facts.ts';
import { gatherReport } from './gather-report.ts';
import { modelCard } from './model-card.ts';
import { requireRecorded } from './recorded-file.ts';
import { findSubject, writtenOf, type ReportChoice } from './subject.ts';

const CARD_ENDING = '.README.md';

type CardRequest = {
  readonly choice: ReportChoice;
  /** undefined: beside the file. */
  readonly output: string | undefined;
  readonly overwrite: boolean;
};

/**
 * Writes the card.
 * @returns path of the card
 * @throws WinnowError USAGE: no file of the choice was written; as `requireRecorded`; TARGET_EXISTS, TARGET_UNWRITABLE,
 * NO_SPACE, STORE; the signal's reason
 */
export async function runCard(
  { choice, output, overwrite }: CardRequest,
  context: EngineContext,
  signal?: AbortSignal,
): Promise<string> {
  const { store } = context;
  const subject = findSubject(store, choice);
  const { model } = subject;
  const file = writtenOf(subject);
  const path = output ?? companionPath(file.outputPath, CARD_ENDING);
  await refuseInputAsOutput(path, [...model.info.parts, ...file.plan.files]);
  const { headers } = await requireRecorded(file, { host: context.host, known: context.known, signal });
  const report = await gatherReport(subject, { store, totals: new RunTotals(store) }, signal);
  await writeNewFile(path, await modelCard(report, cardFacts(headers[0]?.kv ?? {})), overwrite);
  return path;
}
