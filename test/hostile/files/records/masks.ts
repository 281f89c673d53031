// Masks: a file is taken exactly where it is a table of 0 and 1 with as many ones in every row.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WinnowError } from '../../../../electron/contract/errors.ts';
import { readMaskFile } from '../../../../electron/engine/experts/selection/mask-file.ts';
import { mutateText } from '../demos/mutate-text.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { mutateJson } from '../mutate-json.ts';
import type { Random } from '../../random.ts';
import type { OpenTarget, Verdict } from '../../target.ts';
import { unclear } from '../unclear.ts';

const LAYERS = 6;
const EXPERTS = 16;
const MASK = Array.from({ length: LAYERS }, (_, layer) =>
  Array.from({ length: EXPERTS }, (__, expert) => Number((expert + layer) % 2 === 0)),
);

function make(random: Random): Buffer {
  const text = JSON.stringify(MASK);
  if (random.once(20)) return Buffer.from(text);
  if (random.once(3)) return mutateBytes(Buffer.from(text), random);
  return random.once(2) ? Buffer.from(mutateJson(MASK, random)) : mutateText(text, random).bytes;
}

/** The kept experts of each layer, or null where it is no mask. */
function expected(bytes: Buffer): number[][] | null {
  let rows: unknown;
  try {
    rows = JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, ''));
  } catch {
    return null;
  }
  if (!Array.isArray(rows) || rows.length !== LAYERS) return null;
  const kept = (rows as unknown[]).map((row) =>
    Array.isArray(row) && row.length === EXPERTS && row.every((cell) => [0, 1, false, true].includes(cell as number))
      ? row.flatMap((cell, expert) => (cell === 1 || cell === true ? [expert] : []))
      : [],
  );
  const [first] = kept;
  return first && first.length > 0 && kept.every(({ length }) => length === first.length) ? kept : null;
}

async function tryInput(path: string, random: Random): Promise<Verdict> {
  const bytes = make(random);
  writeFileSync(path, bytes);
  const truth = expected(bytes);
  try {
    const { kept } = await readMaskFile(path, { nLayers: LAYERS, nExpert: EXPERTS });
    const right = JSON.stringify(kept) === JSON.stringify(truth);
    return { kind: 'masks', end: 'read', finding: right ? null : `read as ${JSON.stringify(kept).slice(0, 200)}` };
  } catch (error) {
    if (!(error instanceof WinnowError)) throw error;
    const finding = truth !== null ? `refused a mask: ${error.message}` : unclear(error, path);
    return { kind: 'masks', end: error.code, finding };
  }
}

export const openMasks = (folder: string): OpenTarget => ({
  tryInput: (random) => tryInput(join(folder, 'mask.json'), random),
  close: () => Promise.resolve(null),
});
