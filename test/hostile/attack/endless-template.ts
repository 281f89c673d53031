// A chat template that comes to no end, as a stranger's model may hold one.
import { join } from 'node:path';
import { rewriteGguf } from '../../integration/gguf-files.ts';
import { SAMPLE } from '../../integration/support.ts';

const loops = (depth: number): string =>
  depth === 0 ? ' ' : `{% for i${depth} in range(10000) %}${loops(depth - 1)}{% endfor %}`;

/** Name of the file. */
const ENDLESS_MODEL = 'endless.gguf';

export const ENDLESS_TEMPLATE = `${loops(6)}{{ messages[0].content }}`;

/** @returns the path of the sample with that template, in the folder */
export async function endlessModel(folder: string): Promise<string> {
  const path = join(folder, ENDLESS_MODEL);
  await rewriteGguf(SAMPLE, path, {
    set: [{ key: 'tokenizer.chat_template', type: 'string', value: ENDLESS_TEMPLATE }],
  });
  return path;
}
