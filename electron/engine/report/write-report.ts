// Writes a report: as a page for people, or as its data.
import { extname } from 'node:path';
import type { ReportFile } from '../../contract/report-file.ts';
import { writeTextFile } from '../base/files/user-files.ts';
import { reportPage } from './page/page.ts';

/** What a report under this name is: its data where the name ends in .json, else the page. */
export function reportKind(path: string): 'reportData' | 'reportPage' {
  return extname(path).toLowerCase() === '.json' ? 'reportData' : 'reportPage';
}

/**
 * @param path ends in .json: the data, whatever the language
 * @param language of the page, such as "ja"
 * @returns the file's size in bytes
 * @throws WinnowError TARGET_UNWRITABLE, NO_SPACE
 */
export async function writeReport(report: ReportFile, path: string, language: string): Promise<number> {
  return reportKind(path) === 'reportData'
    ? writeReportData(report, path)
    : write(path, await reportPage(report, language));
}

/** As `writeReport`, whatever the file is called. */
export function writeReportData(report: ReportFile, path: string): Promise<number> {
  return write(path, `${JSON.stringify(report, null, 2)}\n`);
}

async function write(path: string, text: string): Promise<number> {
  await writeTextFile(path, text);
  return Buffer.byteLength(text);
}
