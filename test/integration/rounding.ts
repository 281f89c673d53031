// What rounding alone does to a model's results on the CPU backend that is loaded, measured, so that no bound of a test
// rests on one processor. Sums in another order give the exact result of weights that differ in their last bits (backward
// error; Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1): so the model is computed again with
// the last bits of its router weights moved at random.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Backend } from '../../electron/engine/base/backend/backend.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { editTensor, readBytes, seeGguf } from './gguf-tools.ts';
import { CPU, seededTokens } from './support.ts';
import { blockMask } from '../../electron/engine/models/prediction-blocks.ts';

/** Computed another way, a result may differ by so many times the rounding that was measured. */
const MAX_TIMES_ROUNDING = 8;
/**
 * A mistake has to stand out by so many times the rounding, or the model cannot show it. Measured with seven CPU backends: one
 * exchanged expert 1,700 times at least in the sample, 20,000 in the generated models; the same by two ways at most 2.2 times.
 */
export const MIN_TIMES_ROUNDING = 500;
/** Models with moved last bits; the largest difference of theirs counts. */
const SEEDS = [1, 2, 3];
const ROUTER = /\.ffn_gate_inp\.weight$/;

/** Adds −1, 0 or 1 to the last bit of every weight of a router. */
function moveLastBits(bytes: Buffer, seed: number): void {
  const steps = seededTokens(bytes.length / 4, 3, seed);
  for (const [i, step] of steps.entries()) {
    // below a zero is no number
    if (bytes.readFloatLE(4 * i) !== 0) bytes.writeInt32LE(bytes.readInt32LE(4 * i) + step - 1, 4 * i);
  }
}

/**
 * @param mask under which results are compared; null: none
 * @param compute what is measured, on the model that is loaded in the backend
 * @param distance of two results
 * @returns the largest distance that rounding makes, above 0. The backend holds another model afterwards.
 */
export async function measureRounding<T>(
  backend: Backend,
  source: string,
  mask: { readonly kept: number[][]; readonly ungrouped: boolean } | null,
  compute: () => Promise<T>,
  distance: (a: T, b: T) => number,
  scratch: string,
): Promise<number> {
  const load = async (path: string): Promise<T> => {
    const { info } = await inspectModel(path, backend);
    const { nLayers } = await loadModel(backend, info, CPU);
    if (mask) {
      await backend.call('setMask', { mask: blockMask(mask.kept, info, nLayers), ungrouped: mask.ungrouped });
    }
    return compute();
  };
  const plain = await load(source);
  const routers = (await seeGguf(source)).tensors.filter(({ name }) => ROUTER.test(name));
  expect(new Set(routers.map(({ type }) => type))).toEqual(new Set(['F32']));
  const distances: number[] = [];
  const moved = join(scratch, 'moved.gguf');
  copyFileSync(source, moved);
  for (const seed of SEEDS) {
    for (const router of routers) {
      const original = readBytes(source, router.offset, router.bytes);
      editTensor(moved, router, (bytes) => {
        original.copy(bytes);
        moveLastBits(bytes, seed);
      });
    }
    distances.push(distance(await load(moved), plain));
  }
  const rounding = Math.max(...distances);
  expect(rounding, 'effect of the last bits').toBeGreaterThan(0);
  return rounding;
}

/** The same by two ways of computing: no further apart than rounding brings it. */
export function expectOnlyRounding(difference: number, rounding: number, what: string): void {
  expect(difference, `${what}, against a rounding of ${rounding}`).toBeLessThanOrEqual(MAX_TIMES_ROUNDING * rounding);
}

/** Not the same, and by so much that rounding cannot hide it. */
export function expectMoreThanRounding(difference: number, rounding: number, what: string): void {
  expect(difference, `${what}, against a rounding of ${rounding}`).toBeGreaterThan(MIN_TIMES_ROUNDING * rounding);
}
