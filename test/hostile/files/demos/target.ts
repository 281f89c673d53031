// Demo files of every format: what the importer makes of them.
import { join } from 'node:path';
import type { ImportReport } from '../../../../electron/contract/demo.ts';
import { inEnglish } from '../../../../electron/contract/sentences.ts';
import { hashDemo } from '../../../../electron/engine/base/content/documents.ts';
import { importDemoFile } from '../../../../electron/engine/demos/import.ts';
import { mutateBytes, mutateJson } from '../mutate.ts';
import type { Random } from '../../random.ts';
import type { OpenTarget } from '../../target.ts';
import { tryFile } from '../try-file.ts';
import { ARCHIVE_BASE, COLUMNAR_BASES, TEXT_BASES, type DemoBase } from './bases.ts';

/** A reason stands in a list of the interface, among a hundred others. */
const MAX_REASON_CHARS = 1000;

/** Columnar files cost a hundred times as much as texts. */
const COLUMNAR_ONCE_IN = 15;
const ARCHIVE_ONCE_IN = 50;
const SOUND_ONCE_IN = 25;

type Made = DemoBase & { readonly how: string; readonly base: DemoBase };

function chooseBase(random: Random): DemoBase {
  if (random.once(COLUMNAR_ONCE_IN)) return random.pick(COLUMNAR_BASES);
  return random.once(ARCHIVE_ONCE_IN) ? ARCHIVE_BASE : random.pick(TEXT_BASES);
}

/** One document of the file has changes, where it holds JSON. */
function mutateDocuments({ bytes, extension }: DemoBase, random: Random): Buffer {
  const separator = extension === 'jsonl' ? '\n' : '';
  const documents = separator === '' ? [bytes.toString()] : bytes.toString().split(separator);
  const at = random.below(documents.length);
  documents[at] = mutateJson(JSON.parse(documents[at]!), random);
  return Buffer.from(documents.join(separator));
}

function make(random: Random): Made {
  const base = chooseBase(random);
  if (random.once(SOUND_ONCE_IN)) return { ...base, base, how: 'sound' };
  const extension = random.once(10) ? random.pick(TEXT_BASES).extension : base.extension;
  return base.extension.startsWith('json') && random.once(2)
    ? { ...base, base, extension, bytes: mutateDocuments(base, random), how: 'documents' }
    : { ...base, base, extension, bytes: mutateBytes(base.bytes, random), how: 'bytes' };
}

/** Lines with anything but white space. */
function linesOf(bytes: Buffer): number {
  const text = bytes.toString('latin1').replace(/^\xef\xbb\xbf/, '');
  return text.split('\n').filter((line) => /[^ \t\r]/.test(line)).length;
}

/** What a report of any file must be. */
function problemOf(report: ImportReport, { bytes, base, how }: Made): string | null {
  if (how === 'sound' && report.demos.length !== base.demos) return `${report.demos.length} demos of a sound file`;
  const rows = report.demos.length + report.rejected.length + report.duplicates.length;
  // one that is empty is told so
  if (report.format === 'jsonl' && rows !== Math.max(1, linesOf(bytes))) return `${rows} rows were accounted for`;
  for (const { line, reason } of report.rejected) {
    if (!Number.isInteger(line) || line < 1) return `rejected line ${line}`;
    const { length } = inEnglish(reason);
    if (length > MAX_REASON_CHARS) return `a reason of ${length} characters`;
  }
  for (const demo of report.demos) {
    if (!Number.isInteger(demo.line) || demo.line < 1) return `a demo in line ${demo.line}`;
    const text = JSON.stringify(demo.content);
    if (hashDemo(JSON.parse(text) as typeof demo.content) !== demo.hash) return 'a demo that does not survive JSON';
    const texts =
      demo.content.kind === 'text' ? [demo.content.text] : demo.content.messages.map(({ content }) => content);
    if (texts.some((one) => !one.isWellFormed())) return 'a text that no UTF-8 can hold';
  }
  return null;
}

export function openDemos(folder: string): OpenTarget {
  return {
    tryInput: (random) => {
      const made = make(random);
      const { base, bytes, how, extension } = made;
      const path = join(folder, `demos.${extension}`);
      const read = async (): Promise<string | null> => {
        const problem = problemOf(await importDemoFile(path), made);
        return problem === null ? null : `${problem} [${how}]`;
      };
      const isSound = how === 'sound' && base.demos !== null;
      return tryFile({ kind: `demos, ${base.extension}`, path, bytes, isSound, read });
    },
  };
}
