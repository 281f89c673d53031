// The sums of single classes of tokens, and the largest outputs, against unpatched llama.cpp; and choices by some of the
// tokens from outside.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SUMS } from '../../electron/contract/criteria.ts';
import { TOKEN_CLASSES } from '../../electron/contract/token-classes.ts';
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

test('each class adds up what unpatched llama.cpp computes for its tokens, and all together are the sums', async () => {
  using backend = new Backend('off');
  const { info } = await inspectModel(SAMPLE, backend);
  const { nVocab } = await loadModel(backend, info, CPU);
  // a class in two places, and one without tokens
  const ends = [1, 7, 20, 33, 40];
  const order = ['first', 'template', 'prompt', 'answer', 'template'].map((name) =>
    TOKEN_CLASSES.findIndex((tokenClass) => tokenClass === name),
  );
  const tokens = seededTokens(ends.at(-1)!, nVocab, 3);
  const classes = Uint8Array.from(tokens, (_, at) => order[ends.findIndex((end) => at < end)]!);
  const { sequences } = await backend.call('score', {
    sequences: [tokens],
    classes: [classes],
    moeLayers: Int32Array.from(info.moeLayers),
    gateInInput: false,
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
  const { sums, classSums, maxNorm } = sequences[0]!;
  const slots = info.moeLayers.length * info.nExpert;
  expect(classSums.map(({ tokenClass }) => TOKEN_CLASSES[tokenClass])).toEqual([
    'first',
    'template',
    'prompt',
    'answer',
  ]);

  const upTo: Float64Array[][] = [];
  for (const end of ends) upTo.push(await stockSums(tokens.slice(0, end)));
  for (const { tokenClass, sums: found } of classSums) {
    SUMS.forEach((name, i) => {
      const expected = new Float64Array(slots);
      order.forEach((own, part) => {
        if (own !== tokenClass) return;
        for (let slot = 0; slot < slots; slot++) {
          expected[slot]! += upTo[part]![i]![slot]! - (upTo[part - 1]?.[i]?.[slot] ?? 0);
        }
      });
      const scale = Math.max(...upTo.at(-1)![i]!);
      const worst = Math.max(...expected.map((value, slot) => Math.abs(value - found[i * slots + slot]!)));
      expect(worst / scale, `${TOKEN_CLASSES[tokenClass]}: ${name}`).toBeLessThan(1e-3);
    });
  }
  SUMS.forEach((name, i) => {
    for (let slot = 0; slot < slots; slot++) {
      const whole = sums[i * slots + slot]!;
      const added = classSums.reduce((sum, { sums: part }) => sum + part[i * slots + slot]!, 0);
      expect(Math.abs(added - whole), name).toBeLessThanOrEqual(1e-6 * whole);
    }
  });

  const [count, , norm] = upTo.at(-1)!;
  maxNorm.forEach((largest, slot) => {
    const tokensSeen = count![slot]!;
    // of one token the largest is the sum
    if (tokensSeen <= 1) expect(Math.abs(largest - norm![slot]!)).toBeLessThanOrEqual(1e-3 * norm![slot]!);
    expect(largest * 1.001).toBeGreaterThanOrEqual(norm![slot]! / Math.max(1, tokensSeen));
    expect(largest).toBeLessThanOrEqual(1.001 * norm![slot]!);
  });
});
