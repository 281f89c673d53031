// The report use case: what was chosen, written and measured in, a page and its data out.
import type { ReportFile } from '../../contract/report-file.ts';
import type { EngineContext } from '../context/engine-context.ts';
import { refuseInputAsOutput } from '../files/user-files.ts';
import { RunTotals } from '../runs/run-totals.ts';
import { gatherReport } from './gather-report.ts';
import { findSubject, type ReportChoice } from './subject.ts';
import { writeReport, writeReportData } from './write-report.ts';

export type ReportRequest = {
  readonly choice: ReportChoice;
  /** Where the page goes; ending in .json: the data. */
  readonly output: string | undefined;
  readonly dataOutput: string | undefined;
  /** Of the page. */
  readonly language: string;
};

/**
 * @throws WinnowError USAGE: there is nothing to report on, or it would overwrite a model; TARGET_UNWRITABLE, NO_SPACE,
 * STORE; the signal's reason
 */
export async function runReport(
  { choice, output, dataOutput, language }: ReportRequest,
  { store }: EngineContext,
  signal?: AbortSignal,
): Promise<ReportFile> {
  const subject = findSubject(store, choice);
  const { model, file } = subject;
  const models = [...model.info.parts, ...(file ? [file.outputPath, ...file.plan.files] : [])];
  for (const path of [output, dataOutput]) if (path !== undefined) await refuseInputAsOutput(path, models);
  const report = await gatherReport(subject, { store, totals: new RunTotals(store) }, signal);
  if (output !== undefined) await writeReport(report, output, language);
  if (dataOutput !== undefined) await writeReportData(report, dataOutput);
  return report;
}
