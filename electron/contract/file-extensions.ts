// The extensions, without their dots, of the files that a person hands over: what dialogs offer, what a drop takes, and
// what the engine reads.
import type { DemoFormat } from './demo.ts';

/** A demo file's format, which its first bytes may overrule. */
export const DEMO_FORMATS: ReadonlyMap<string, DemoFormat> = new Map([
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['json', 'json'],
  ['csv', 'csv'],
  ['tsv', 'csv'],
  ['parquet', 'parquet'],
  ['arrow', 'arrow'],
  ['feather', 'arrow'],
  ['ipc', 'arrow'],
  ['md', 'markdown'],
  ['markdown', 'markdown'],
  ['txt', 'text'],
  ['text', 'text'],
]);
/** Extensions of demo files and held-out texts. */
export const DEMO_EXTENSIONS: readonly string[] = [...DEMO_FORMATS.keys()];
