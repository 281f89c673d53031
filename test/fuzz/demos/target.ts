// Demo files of every format: what the importer makes of them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImportReport } from '../../../electron/contract/demo.ts';
import { WinnowError } from '../../../electron/contract/errors.ts';
import { hashDemo } from '../../../electron/engine/demos/hash.ts';
import { importDemoFile } from '../../../electron/engine/demos/import.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import type { Random } from '../random.ts';
import type { OpenTarget, Target, Verdict } from '../target.ts';
import { unclear } from '../unclear.ts';
import { COLUMNAR_BASES, TEXT_BASES, type DemoBase } from './bases.ts';
import { mutateText } from './mutate-text.ts';
import { OneReader } from './one-reader.ts';

/** A reason stands in a list of the interface, among a hundred others. */
const MAX_REASON_CHARS = 1000;

/** Columnar files cost a hundred times as much as texts. */
const COLUMNAR_ONCE_IN = 20;

type Made = { readonly base: DemoBase; readonly bytes: Buffer; readonly how: string; readonly extension: string };

function make(random: Random): Made {
  if (random.once(COLUMNAR_ONCE_IN)) {
    const base = random.pick(COLUMNAR_BASES);
    return { base, bytes: mutateBytes(base.bytes, random), how: 'bytes', extension: base.extension };
  }
  const base = random.pick(TEXT_BASES);
  const extension = random.once(10) ? random.pick(TEXT_BASES).extension : base.extension;
  if (random.once(20)) return { base, bytes: base.bytes, how: 'sound', extension };
  if (random.once(3)) return { base, bytes: mutateBytes(base.bytes, random), how: 'bytes', extension };
  return { base, ...mutateText(base.bytes.toString(), random), extension };
}

/** What a report of any file must be. */
function problemOf(report: ImportReport): string | null {
  for (const { line, reason } of report.rejected) {
    if (!Number.isInteger(line) || line < 1) return `rejected line ${line}`;
    if (reason.length > MAX_REASON_CHARS) return `a reason of ${reason.length} characters`;
  }
  for (const demo of report.demos) {
    if (!Number.isInteger(demo.line) || demo.line < 1) return `a demo in line ${demo.line}`;
    const text = JSON.stringify(demo.content);
    if (hashDemo(JSON.parse(text) as typeof demo.content) !== demo.hash) return 'a demo that does not survive JSON';
    const texts = demo.content.kind === 'text' ? [demo.content.text] : demo.content.messages.map(({ content }) => content); // prettier-ignore
    if (texts.some((one) => !one.isWellFormed())) return 'a text that no UTF-8 can hold';
  }
  return null;
}

class DemosTarget implements OpenTarget {
  readonly #folder: string;
  readonly #reader = new OneReader();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async tryInput(random: Random): Promise<Verdict> {
    const { base, bytes, how, extension } = make(random);
    const path = join(this.#folder, `demos.${extension}`);
    writeFileSync(path, bytes);
    const kind = `demos, ${base.format}`;
    try {
      const problem = problemOf(await importDemoFile(path, this.#reader.host));
      return { kind, end: 'read', finding: problem === null ? null : `${problem} [${how}]` };
    } catch (error) {
      if (!(error instanceof WinnowError)) throw error;
      return { kind, end: error.code, finding: unclear(error, path) };
    }
  }

  close(): Promise<void> {
    this.#reader.close();
    return Promise.resolve();
  }
}

export const demosTarget: Target = { open: (folder) => Promise.resolve(new DemosTarget(folder)) };
