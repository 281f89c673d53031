// The bundled sample: where its model, demo sets and held-out texts lie.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unpacked } from '../../../../native/index.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';

const SAMPLE_DIR = unpacked(fileURLToPath(new URL('../../../../resources/sample/', import.meta.url)));

export const SAMPLE_MODEL = join(SAMPLE_DIR, 'winnow-sample-Q8_0.gguf');

/** Domains with a demo set and a held-out text, by name. */
export function sampleDomains(): string[] {
  return readdirSync(join(SAMPLE_DIR, 'demos'))
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => name.replace(/\.jsonl$/, ''))
    .sort();
}

/** @throws WinnowError USAGE for a domain that is not bundled */
export function sampleFiles(domain: string): { demos: string; text: string } {
  const files = {
    demos: join(SAMPLE_DIR, 'demos', `${domain}.jsonl`),
    text: join(SAMPLE_DIR, 'eval', `${domain}.txt`),
  };
  if (!existsSync(files.demos)) {
    throw new WinnowError('USAGE', msg('noSampleDomain', { domain, domains: sampleDomains().join(', ') }));
  }
  return files;
}
