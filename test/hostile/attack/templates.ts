// The sample with another chat template, as a stranger's model may hold one.
import { join } from 'node:path';
import { rewriteGguf } from '../../integration/gguf-files.ts';
import { SAMPLE } from '../../integration/support.ts';

const loops = (depth: number): string =>
  depth === 0 ? ' ' : `{% for i${depth} in range(10000) %}${loops(depth - 1)}{% endfor %}`;

/** Comes to no end. */
export const ENDLESS_TEMPLATE = `${loops(6)}{{ messages[0].content }}`;

/** @returns the path of the sample with that template, in the folder */
export async function templated(folder: string, template = ENDLESS_TEMPLATE): Promise<string> {
  const path = join(folder, 'templated.gguf');
  await rewriteGguf(SAMPLE, path, { set: [{ key: 'tokenizer.chat_template', type: 'string', value: template }] });
  return path;
}
