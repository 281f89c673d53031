// The report use case: turns what was chosen, written and measured into a page and its data.
import type { ReportFile } from '../../contract/report-file.ts';
import type { EngineContext } from '../store/engine-context.ts';
import { refuseInputAsOutput } from '../base/files/user-files.ts';
import type { RunTotals } from '../experts/runs/run-totals.ts';
import { reportNow } from './gather-report.ts';
import { notTheWritten } from './recorded-file.ts';
import { findSubject, type ReportChoice } from './subject.ts';
import { writeReport } from './write-report.ts';

type ReportRequest = {
  readonly choice: ReportChoice;
  /** Path of the page; if it ends in .json, of the data. */
  readonly output: string | undefined;
  /** Language of the page. */
  readonly language: string;
};

/**
 * Makes the report.
 * @returns the report, and the size of the file under `output`
 * @throws WinnowError MODEL_CHANGED: the named file is not the one that was written there; USAGE: there is nothing to report on, or it
 * would overwrite a model; TARGET_UNWRITABLE, NO_SPACE, STORE; the signal's reason
 */
export async function runReport(
  { choice, output, language }: ReportRequest,
  context: EngineContext,
  totals: RunTotals,
  signal?: AbortSignal,
): Promise<{ readonly report: ReportFile; readonly bytes: number | null }> {
  const { store } = context;
  const subject = findSubject(store, choice);
  const { model, file } = subject;
  const models = [...model.info.parts, ...(file ? [file.outputPath, ...file.plan.files] : [])];
  if (output !== undefined) await refuseInputAsOutput(output, models);
  const report = await reportNow(subject, context, { store, totals }, signal);
  if (choice.kind === 'file' && file && report.file?.now === 'changed') throw notTheWritten(file);
  const bytes = output === undefined ? null : await writeReport(report, output, language);
  return { report, bytes };
}
