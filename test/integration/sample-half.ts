// Half of the sample model's experts, chosen arbitrarily: pruning to them, and what the result must hold.
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import type { PruneRequest } from '../../electron/contract/requests.ts';
import { Engine } from '../../electron/engine/engine.ts';
import type { PruneOutcome } from '../../electron/engine/pruning/run-prune.ts';
import { arbitraryChoice, sliceHashes, tensorHash, tensorOf, type SeenGguf } from './gguf-tools.ts';
import { runReference, THREADS } from './support.ts';

export const N_LAYERS = 6;
export const N_EXPERT = 32;
export const N_VOCAB = 4096;
export const KEEP = 16;
export const kept = arbitraryChoice(N_LAYERS, N_EXPERT, KEEP, 11);

/** The tensors of the sample that follow the choice of experts; written down here, not taken from the product. */
export const CUT = /^blk\.(\d+)\.ffn_(gate_inp|gate_exps|up_exps|down_exps)\.weight$/;

/** An engine with a home in `dir`, for one test file, and how to prune with it; `more` goes before the defaults. */
export function pruner(dir: string) {
  const engine = new Engine({ home: join(dir, 'home') });
  afterAll(() => engine.close());
  const prune = (model: string, output: string, more: Partial<PruneRequest> = {}): Promise<PruneOutcome> =>
    engine.prune({
      model,
      kept,
      output,
      grouping: 'ungrouped',
      nextn: 'reuse',
      split: 'single',
      allowFewerUsed: false,
      overwrite: false,
      dryRun: false,
      ...more,
    });
  return { engine, prune };
}

/** Same tensors in the same order, kept experts and everything else byte for byte. */
export function expectKeptSlices(source: SeenGguf, result: SeenGguf): void {
  const outline = ({ tensors }: SeenGguf): string[] => tensors.map(({ name, type }) => `${name} ${type}`);
  expect(outline(result)).toEqual(outline(source));
  for (const tensor of source.tensors) {
    const layer = CUT.exec(tensor.name)?.[1];
    if (layer === undefined) {
      expect(tensorHash(result, tensor.name), tensor.name).toBe(tensorHash(source, tensor.name));
      continue;
    }
    const all = sliceHashes(source.path, tensor);
    const found = sliceHashes(result.path, tensorOf(result, tensor.name));
    expect(found, tensor.name).toEqual(kept[Number(layer)]?.map((expert) => all[expert]));
  }
}

export async function quantize(...args: string[]): Promise<void> {
  await runReference('stock-quantize', '--allow-requantize', ...args, String(THREADS));
}
