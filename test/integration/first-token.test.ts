// The sums without position 0, and the largest outputs, against unpatched llama.cpp.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SUMS } from '../../electron/contract/criteria.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { tokensArgs } from './gguf-tools.ts';
import { CPU, runReference, SAMPLE, scratchDir, seededTokens, THREADS } from './support.ts';

const scratch = scratchDir();

type StockScores = { sums: Record<(typeof SUMS)[number], number[][]> };

/** A model sees only what stands before a token: the first so many tokens add up to the same whatever follows. */
async function stockSums(tokens: Int32Array): Promise<Float64Array[]> {
  const path = join(scratch, `stock-${tokens.length}.json`);
  await runReference('stock-scores', SAMPLE, path, ...tokensArgs(tokens, scratch));
  const { sums } = JSON.parse(readFileSync(path, 'utf8')) as StockScores;
  return SUMS.map((name) => Float64Array.from(sums[name].flat()));
}

test('position 0 is left out of the sums, and not of the largest outputs', async () => {
  using backend = new Backend('off');
  const { info } = await inspectModel(SAMPLE, backend);
  const { nVocab } = await loadModel(backend, info, CPU);
  const tokens = seededTokens(40, nVocab, 3);
  const { sequences } = await backend.call('score', {
    sequences: [tokens],
    moeLayers: Int32Array.from(info.moeLayers),
    gateInInput: false,
    skipFirst: true,
    taps: true,
    paging: null,
    nCtx: 64,
    nUbatch: 64,
    nSlice: 0,
    nLongest: 0,
    kvType: 'f16',
    nSeqMax: 1,
    nThreads: THREADS,
  });
  const { sums, maxNorm } = sequences[0]!;
  const slots = info.moeLayers.length * info.nExpert;
  const all = await stockSums(tokens);
  const first = await stockSums(tokens.slice(0, 1));
  SUMS.forEach((name, i) => {
    const scale = Math.max(...all[i]!);
    const worst = Math.max(...all[i]!.map((sum, slot) => Math.abs(sum - first[i]![slot]! - sums[i * slots + slot]!)));
    expect(worst / scale, name).toBeLessThan(1e-3);
  });

  const [count, , norm] = all;
  maxNorm.forEach((largest, slot) => {
    const tokensSeen = count![slot]!;
    // of one token the largest is the sum
    if (tokensSeen <= 1) expect(Math.abs(largest - norm![slot]!)).toBeLessThanOrEqual(1e-3 * norm![slot]!);
    expect(largest * 1.001).toBeGreaterThanOrEqual(norm![slot]! / Math.max(1, tokensSeen));
    expect(largest).toBeLessThanOrEqual(1.001 * norm![slot]!);
  });
});
