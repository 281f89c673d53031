// The bundled sample's files, as a person would have them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SAMPLE = fileURLToPath(new URL('../../resources/sample/', import.meta.url));

export const SAMPLE_MODEL = join(SAMPLE, 'winnow-sample-Q8_0.gguf');
export const SAMPLE_LAYERS = 6;
export const SAMPLE_EXPERTS = 32;

/** The held-out text of a sample domain. */
function sampleText(domain: string): string {
  return join(SAMPLE, 'eval', `${domain}.txt`);
}

/** Writes the beginning of a domain's held-out text: enough for the figures, and quick. */
export function shortText(domain: string, file: string): string {
  writeFileSync(file, readFileSync(sampleText(domain), 'utf8').slice(0, 8_000));
  return file;
}

/** Writes the first demos of a sample domain: enough to see every step, few enough to be quick. */
export function fewDemos(domain: string, count: number, file: string): string {
  const lines = readFileSync(join(SAMPLE, 'demos', `${domain}.jsonl`), 'utf8').split('\n');
  writeFileSync(file, `${lines.slice(0, count).join('\n')}\n`);
  return file;
}
