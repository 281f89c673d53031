// Next-token-prediction blocks: they follow the last layer, carry experts of their own and are not run by the normal
// graph. Cut like the last MoE layer, or left out: both files must load and compute as the masked original.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { GgufValueType } from '../../electron/contract/model-info.ts';
import { Backend } from '../../electron/engine/backend/backend.ts';
import { blockMask } from '../../electron/engine/models/block-mask.ts';
import { loadModel } from '../../electron/engine/placement/load-model.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { planPrune } from '../../electron/engine/pruning/plan.ts';
import { writeGgufFiles } from '../../electron/engine/pruning/write-gguf.ts';
import type { GgufEdit } from '../../native/index.ts';
import {
  madeTensor,
  maxDifference,
  seeGguf,
  sliceHashes,
  stockLogits,
  tensorHash,
  tensorOf,
  writeVariant,
} from './gguf-tools.ts';
import { expectMoreThanRounding, expectOnlyRounding, measureRounding } from './rounding.ts';
import { architectureFiles, CPU, scratchDir, seededTokens, THREADS } from './support.ts';

const N_TOKENS = 64;
const N_EXPERT = 8;

const scratch = scratchDir();
const generated = architectureFiles();

type Subject = {
  readonly arch: string;
  /** Keys that become an array of one value a block. */
  readonly perBlock?: readonly string[];
  /** Norms that this architecture has in prediction blocks alone. */
  readonly extra?: readonly string[];
};

/**
 * A copy of a generated model with one prediction block more: its last block again, with the tensors that make a
 * prediction block of it.
 */
async function withPredictionBlock({ arch, perBlock = [], extra = [] }: Subject): Promise<string> {
  const source = generated.find(({ name }) => name === arch)!.path;
  using backend = new Backend();
  const { kv } = await backend.call('readGguf', { path: source });
  const number = (key: string): number => Number(kv[`${arch}.${key}`]?.value);
  const last = number('block_count') - 1;
  const nEmbd = number('embedding_length');
  const noise = (length: number, scale: number): Float32Array =>
    Float32Array.from(seededTokens(length, 2001, length), (n) => ((n - 1000) / 1000) * scale);
  const ones = new Float32Array(nEmbd).fill(1);
  const set: GgufEdit[] = [
    { key: `${arch}.block_count`, type: 'uint32', value: last + 2 },
    { key: `${arch}.nextn_predict_layers`, type: 'uint32', value: 1 },
    // arrays of one value a block grow with the blocks
    ...Object.entries(kv).flatMap(([key, { type, value }]): GgufEdit[] =>
      key.startsWith(`${arch}.`) && Array.isArray(value) && value.length === last + 1
        ? [{ key, type: type as GgufValueType, value: [...(value as unknown[]), value.at(-1)] }]
        : [],
    ),
    ...perBlock.map((key): GgufEdit => ({
      key: `${arch}.${key}`,
      type: 'uint32',
      value: new Array<number>(last + 2).fill(number(key)),
    })),
  ];
  return await writeVariant(source, join(scratch, `${arch}-nextn.gguf`), {
    set,
    tensors: (tensors) => [
      ...tensors,
      ...tensors
        // llama.cpp does not expect scales in blocks that it does not load
        .filter(({ name }) => name.startsWith(`blk.${last}.`) && !/\.(input_)?scale$/.test(name))
        .map((tensor) => ({ ...tensor, name: tensor.name.replace(`blk.${last}.`, `blk.${last + 1}.`) })),
      madeTensor(scratch, `blk.${last + 1}.nextn.eh_proj.weight`, [2 * nEmbd, nEmbd], noise(2 * nEmbd * nEmbd, 0.1)),
      madeTensor(scratch, `blk.${last + 1}.nextn.enorm.weight`, [nEmbd], ones),
      madeTensor(scratch, `blk.${last + 1}.nextn.hnorm.weight`, [nEmbd], ones),
      ...extra.map((name) => madeTensor(scratch, `blk.${last + 1}.${name}.weight`, [nEmbd], ones)),
    ],
  });
}

const subjects: readonly Subject[] = [
  { arch: 'glm4moe', perBlock: ['expert_feed_forward_length', 'attention.head_count', 'expert_used_count'] },
  { arch: 'bailingmoe2', perBlock: ['attention.head_count_kv'], extra: ['layer_output_norm'] },
  { arch: 'deepseek2' },
  { arch: 'hy_v3' },
  { arch: 'qwen3next' },
  { arch: 'qwen35moe' },
];

describe.each(subjects)('$arch with a prediction block', (subject) => {
  const { arch, perBlock = [] } = subject;

  test.each(['reuse', 'drop'] as const)('%s', async (nextn) => {
    const path = await withPredictionBlock(subject);
    const source = await seeGguf(path);
    using backend = new Backend();
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
    const [written] = await writeGgufFiles(plan.files, { backend, overwrite: true });
    const result = await seeGguf(written!.path);
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
