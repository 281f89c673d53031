// Next-token-prediction blocks: they follow the last layer, carry experts of their own and are not run by the normal
// graph. Cut like the last MoE layer, or left out: both files must load and compute as the masked original.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { planPrune } from '../../electron/engine/write/pruning/plan.ts';
import { writeGguf } from '../../electron/engine/write/pruning/write-gguf.ts';
import { maxDifference, seeGguf, sliceHashes, stockLogits, tensorHash, tensorOf } from './gguf-tools.ts';
import { MODELS_WITH_PREDICTION, withPredictionBlock } from './prediction-block.ts';
import { expectMoreThanRounding, expectOnlyRounding, measureRounding } from './rounding.ts';
import { CPU, THREADS, sampled, scratchDir, seededTokens } from './support.ts';
import { blockMask } from '../../electron/engine/models/prediction-blocks.ts';

const N_TOKENS = 64;
const N_EXPERT = 8;

const scratch = scratchDir();
/** One worker takes the models one after the other. */
const backend = new Backend();
afterAll(() => backend.close());

describe.each(sampled(MODELS_WITH_PREDICTION, 2))('$arch with a prediction block', (subject) => {
  const { arch, perBlock = [] } = subject;
  let path: string;
  beforeAll(async () => {
    path = await withPredictionBlock(subject, scratch);
  });

  test.each(['reuse', 'drop'] as const)('%s', async (nextn) => {
    const source = await seeGguf(path);
    const model = await inspectModel(path, backend);
    const { info } = model;
    const [block] = info.nextnLayers;
    expect(info.nextnLayers).toEqual([info.blockCount - 1]);
    expect(info.moeLayers).not.toContain(block);

    const kept = info.moeLayers.map((_, layer) => (layer % 2 === 0 ? [0, 2, 3, 7] : [1, 4, 5, 6]));
    const loaded = await loadModel(backend, info, CPU);
    const tokens = seededTokens(N_TOKENS, loaded.nVocab, 9);
    const logits = () => backend.call('logits', { tokens, nUbatch: N_TOKENS, nThreads: THREADS, kvType: 'f32' });
    const full = await logits();
    await backend.call('setMask', { mask: blockMask(kept, info, loaded.nLayers), ungrouped: false });
    const masked = await logits();
    const mask = { kept, ungrouped: false };
    const rounding = await measureRounding(backend, path, mask, logits, maxDifference, scratch);
    expectMoreThanRounding(maxDifference(full, masked), rounding, 'effect of the mask');

    const plan = planPrune(model, { kept, nextn, output: join(scratch, `${arch}-${nextn}.gguf`) });
    const written = await writeGguf(plan.file, { backend, overwrite: true });
    const result = await seeGguf(written.path);
    const own = source.tensors.filter(({ name }) => name.startsWith(`blk.${block}.`));
    const rest = source.tensors.filter(({ name }) => !name.startsWith(`blk.${block}.`));
    expect(own.length).toBeGreaterThan(10);

    const value = (key: string): unknown => result.keys.get(`${arch}.${key}`)?.value;
    if (nextn === 'reuse') {
      expect(result.tensors.map(({ name }) => name)).toEqual(source.tensors.map(({ name }) => name));
      for (const tensor of own) {
        if (/_exps|ffn_gate_inp\.|exp_probs_b/.test(tensor.name)) {
          const all = sliceHashes(path, tensor);
          const found = sliceHashes(result.path, tensorOf(result, tensor.name));
          expect(found, tensor.name).toEqual(kept.at(-1)!.map((expert) => all[expert]));
        } else {
          expect(tensorHash(result, tensor.name), tensor.name).toBe(tensorHash(source, tensor.name));
        }
      }
      expect(value('block_count')).toBe(info.blockCount);
      expect(value('nextn_predict_layers')).toBe(1);
    } else {
      expect(result.tensors.map(({ name }) => name)).toEqual(rest.map(({ name }) => name));
      expect(value('block_count')).toBe(info.blockCount - 1);
      expect(value('nextn_predict_layers')).toBe(0);
    }
    for (const key of perBlock) {
      expect(value(key), key).toHaveLength(info.blockCount - (nextn === 'drop' ? 1 : 0));
    }
    expect(value('expert_count')).toBe(N_EXPERT / 2);

    const difference = maxDifference(await stockLogits(result.path, tokens, scratch, 'f32'), masked);
    expectOnlyRounding(difference, rounding, 'stock logits of the pruned file');
  });
});
