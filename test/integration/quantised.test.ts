// Pruning without requantising: the experts of quantised models are cut byte for byte, unpatched llama.cpp runs the
// file, and the preview shows what it computes.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { maxDifference, seeGguf, stockLogits, tensorOf } from './gguf-tools.ts';
import { N_EXPERT, N_VOCAB, expectKeptSlices, kept, pruner, quantize } from './sample-half.ts';
import { CPU, SAMPLE, THREADS, sampled, scratchDir, seededTokens } from './support.ts';
import { blockMask } from '../../electron/engine/models/prediction-blocks.ts';

const N_TOKENS = 64;
/** Preview and file may differ by so small a part of the steps that rounding makes; F16 has few, and takes them all. */
const ROUNDING_SHARE = 10;
/** One wrong expert of 16 in each layer stands out by so many times the rounding at least. */
const MIN_WRONG = 5;
const scratch = scratchDir();
const { prune } = pruner(scratch);

const logSumExp = (row: Float32Array): number => {
  const max = row.reduce((a, b) => Math.max(a, b));
  return max + Math.log(row.reduce((sum, x) => sum + Math.exp(x - max), 0));
};

/** Mean over the tokens of KL(softmax(a) ‖ softmax(b)), in nats. */
function meanKl(a: Float32Array, b: Float32Array): number {
  const nVocab = a.length / N_TOKENS;
  let total = 0;
  for (let token = 0; token < N_TOKENS; token++) {
    const [p, q] = [a, b].map((logits) => logits.subarray(token * nVocab, (token + 1) * nVocab)) as [
      Float32Array,
      Float32Array,
    ];
    const shift = logSumExp(q) - logSumExp(p);
    const logZ = logSumExp(p);
    total += p.reduce((sum, x, i) => sum + Math.exp(x - logZ) * (x - q[i]! + shift), 0);
  }
  return total / N_TOKENS;
}

/** In every layer the first kept expert exchanged for one that is not kept. */
const wrong = kept.map((row) => {
  const unused = Array.from({ length: N_EXPERT }, (_, expert) => expert).find((expert) => !row.includes(expert))!;
  return row.map((expert, i) => (i === 0 ? unused : expert));
});

describe('quantised sources', () => {
  const MIXED = ['ffn_up_exps=q4_K', 'ffn_down_exps=q5_0', 'blk.3.ffn_gate_exps=q6_K', 'attn_v=f16'];
  const sources = [
    { type: 'Q8_0', experts: { gate: 'Q8_0', up: 'Q8_0', down: 'Q8_0' }, options: [] },
    // rows of 128 are no multiple of a K-quant's 256: the quantiser falls back for ffn_down_exps
    { type: 'Q4_K_M', experts: { gate: 'Q4_K', up: 'Q4_K', down: 'Q5_0' }, options: [] },
    { type: 'Q6_K', experts: { gate: 'Q6_K', up: 'Q6_K', down: 'Q8_0' }, options: [] },
    { type: 'IQ4_XS', experts: { gate: 'IQ4_XS', up: 'IQ4_XS', down: 'IQ4_NL' }, options: [] },
    { type: 'MXFP4_MOE', experts: { gate: 'MXFP4', up: 'MXFP4', down: 'MXFP4' }, options: [] },
    { type: 'Q4_0', experts: { gate: 'Q4_0', up: 'Q4_0', down: 'Q4_0' }, options: [] },
    { type: 'F16', experts: { gate: 'F16', up: 'F16', down: 'F16' }, options: [] },
    { type: 'Q8_0', experts: { gate: 'Q8_0', up: 'Q4_K', down: 'Q5_0' }, options: MIXED },
  ];
  test.each(sampled(sources, 3))(
    '$type $experts.gate $experts.up $experts.down',
    async ({ type, experts, options }) => {
      const name = options.length > 0 ? 'mixed' : type;
      const sourcePath = join(scratch, `${name}.gguf`);
      await quantize(...options.flatMap((option) => ['--tensor-type', option]), SAMPLE, sourcePath, type);
      const source = await seeGguf(sourcePath);
      for (const [role, expected] of Object.entries(experts)) {
        expect(tensorOf(source, `blk.1.ffn_${role}_exps.weight`).type, role).toBe(expected);
      }
      if (name === 'mixed') expect(tensorOf(source, 'blk.3.ffn_gate_exps.weight').type).toBe('Q6_K');

      const { path } = await prune(sourcePath, join(scratch, `${name}-half.gguf`));
      expectKeptSlices(source, await seeGguf(path));

      using backend = new Backend();
      const tokens = seededTokens(N_TOKENS, N_VOCAB, 7);
      const logits = () => backend.call('logits', { tokens, nUbatch: N_TOKENS, nThreads: THREADS, kvType: 'f16' });
      const { info } = await inspectModel(sourcePath, backend);
      const loaded = await loadModel(backend, info, CPU);
      await backend.call('setMask', { mask: blockMask(kept, info, loaded.nLayers), ungrouped: false });
      const masked = await logits();
      await backend.call('setMask', { mask: blockMask(wrong, info, loaded.nLayers), ungrouped: false });
      const wrongLogits = await logits();

      await loadModel(backend, (await inspectModel(path, backend)).info, CPU);
      const pruned = await logits();
      expect(maxDifference(pruned, await stockLogits(path, tokens, scratch)), "unpatched llama.cpp's logits").toBe(0);

      // what rounding activations to 8 bits does at all: the same weights, masked, in single precision. Preview and file
      // differ by some of those steps alone, where a last bit moves an activation to another one
      const exactPath = join(scratch, `${name}-f32.gguf`);
      await quantize(sourcePath, exactPath, 'F32');
      const exact = await inspectModel(exactPath, backend);
      await loadModel(backend, exact.info, CPU);
      await backend.call('setMask', { mask: blockMask(kept, exact.info, loaded.nLayers), ungrouped: false });
      const rounding = meanKl(await logits(), masked);
      rmSync(exactPath);
      const what = `against a rounding of ${rounding}`;
      const most = type === 'F16' ? rounding : rounding / ROUNDING_SHARE;
      expect(meanKl(pruned, masked), `preview and file, ${what}`).toBeLessThanOrEqual(most);
      expect(meanKl(pruned, wrongLogits), `one wrong expert a layer, ${what}`).toBeGreaterThan(MIN_WRONG * rounding);
    },
  );
});
