// What the benches of quality measure: the bundled sample, the second model of test/models, then the models named on the command line, domain by domain.
import { statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { displayBytes } from '../../electron/contract/display-bytes.ts';
import { sampleDomains, SAMPLE_MODEL } from '../../electron/engine/base/files/sample-files.ts';
import { inspect } from '../setup/inspect.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NAMED = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));

/** For a process that fills in a part: with BENCH_MODELS those alone whose names hold it. */
const isAsked = (path: string): boolean => basename(path).includes(process.env.BENCH_MODELS ?? '');

/** All have the sample's tokenizer: its texts and demos are theirs. */
export const MODELS = [
  ...[SAMPLE_MODEL, join(ROOT, 'test/models/winnow-sample2-Q8_0.gguf')].filter(isAsked),
  ...NAMED.map((path) => resolve(path)).filter(isAsked),
];

/** Default: all of the sample's. */
export const DOMAINS = process.env.BENCH_DOMAINS?.split(',') ?? sampleDomains();

/** The command that measures the same. */
export function ranAs(script: string): string {
  return ['npm run', script, ...(NAMED.length > 0 ? ['--', ...NAMED.map((one) => basename(one))] : [])].join(' ');
}

/** A section for each model, under its name. */
export async function sections(
  of: (model: string) => string | Promise<string>,
  models: readonly string[] = MODELS,
): Promise<string> {
  const written: string[] = [];
  for (const model of models) {
    const { arch, nExpert, nExpertUsed } = await inspect(model);
    const what = `${arch}, ${nExpert} experts of which ${nExpertUsed} are used, ${displayBytes(statSync(model).size)}.`;
    written.push(`## ${basename(model)}\n\n${what}\n\n${await of(model)}`);
  }
  return written.join('\n\n');
}
