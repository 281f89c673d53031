// Half of the sample model's experts, chosen arbitrarily: pruning to them, and what the result must hold.
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { PruneRequest } from '../../electron/contract/requests.ts';
import { Engine } from '../engine.ts';
import type { PruneOutcome } from '../../electron/engine/write/exporting/run-export.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { planImatrix, readImatrix } from '../../electron/engine/write/pruning/imatrix-file.ts';
import { writeGguf } from '../../electron/engine/write/pruning/write-gguf.ts';
import { type SeenGguf, arbitraryChoice, expectCut } from './gguf-tools.ts';
import { PRUNE_OPTIONS, SAMPLE, THREADS, runReference } from './support.ts';

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
      ...PRUNE_OPTIONS,
      ...more,
    });
  return { engine, prune };
}

/** Writes the part of the sample's importance matrix that the half is quantised by. */
export async function writeCutMatrix(matrix: string, output: string): Promise<void> {
  using backend = new Backend();
  const model = await inspectModel(SAMPLE, backend);
  const cut = planImatrix(await readImatrix(matrix, model, backend), model, { kept });
  await writeGguf({ ...cut, path: output }, { backend, overwrite: true });
}

/** Kept experts and everything else, byte for byte. */
export function expectKeptSlices(source: SeenGguf, result: SeenGguf): void {
  expectCut(source, result, ({ name }) => {
    const layer = CUT.exec(name)?.[1];
    return layer === undefined ? null : kept[Number(layer)]!;
  });
}

export async function quantize(...args: string[]): Promise<void> {
  await runReference('stock-quantize', '--allow-requantize', ...args, String(THREADS));
}
