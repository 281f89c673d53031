// Writes a report, as a page for readers or as data.
import { extname } from 'node:path';
import type { ReportFile } from '../../contract/report-file.ts';
import { writeTextFile } from '../base/files/user-files.ts';
import { reportPage } from './page/page.ts';

/** The kind of report under this name: data if the name ends in .json, otherwise the page. */
export function reportKind(path: string): 'reportData' | 'reportPage' {
  return extname(path).toLowerCase() === '.json' ? 'reportData' : 'reportPage';
}

/**
 * Writes a report.
 * @param path if it ends in .json, the data is written, whatever the language
 * @param language language of the page, such as "ja"
 * @returns the file's size in bytes
 * @throws WinnowError TARGET_UNWRITABLE, NO_SPACE
 */
export async function writeReport(report: ReportFile, path: string, language: string): Promise<number> {
  return reportKind(path) === 'reportData'
    ? write(path, `${JSON.stringify(report, null, 2)}\n`)
    : write(path, await reportPage(report, language));
}

async function write(path: string, text: string): Promise<number> {
  await writeTextFile(path, text);
  return Buffer.byteLength(text);
}
