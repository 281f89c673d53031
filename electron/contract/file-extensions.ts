// Extensions, without the dot, of the files that users hand over: for dialogs, for drops, and for the engine's readers.
import type { DemoFormat } from './demo.ts';

/** The format that an extension suggests; the first bytes of the file may overrule it. */
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
