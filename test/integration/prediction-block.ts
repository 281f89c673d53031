// Generated models with a next-token-prediction block: it follows the last layer, carries experts of its own, and is not
// run by the normal graph. Its experts are the last block's in another order: a choice for one of them does not suit both.
import { join } from 'node:path';
import type { GgufValueType } from '../../electron/contract/model-info.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import type { PlannedTensor } from '../../electron/engine/write/pruning/planned-file.ts';
import type { GgufEdit } from '../../native/index.ts';
import { madeTensor, writeVariant } from './gguf-tools.ts';
import { architectureFiles, seededTokens } from './support.ts';

/** Experts that are moved, out of eight. */
const MOVED_EXPERTS = 3;

export type ModelWithPrediction = {
  readonly arch: string;
  /** Keys that become an array of one value a block. */
  readonly perBlock?: readonly string[];
  /** Norms that this architecture has in prediction blocks alone. */
  readonly extra?: readonly string[];
  /** Keys that the generated model has, and this one not. */
  readonly remove?: readonly string[];
  /** llama.cpp has no graph for these blocks. */
  readonly isNotRun?: true;
};

/**
 * A copy of a generated model with one prediction block more: its last block again, with the tensors that make a
 * prediction block of it.
 */
export async function withPredictionBlock(
  { arch, perBlock = [], extra = [], remove = [] }: ModelWithPrediction,
  dir: string,
): Promise<string> {
  const source = architectureFiles().find(({ name }) => name === arch)!.path;
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
  return await writeVariant(source, join(dir, `${arch}-nextn.gguf`), {
    set,
    remove: remove.map((key) => `${arch}.${key}`),
    tensors: (tensors) => [
      ...tensors,
      ...tensors
        // llama.cpp does not expect scales in blocks that it does not load
        .filter(({ name }) => name.startsWith(`blk.${last}.`) && !/\.(input_)?scale$/.test(name))
        .map((tensor) => ({ ...rotated(tensor), name: tensor.name.replace(`blk.${last}.`, `blk.${last + 1}.`) })),
      madeTensor(dir, `blk.${last + 1}.nextn.eh_proj.weight`, [2 * nEmbd, nEmbd], noise(2 * nEmbd * nEmbd, 0.1)),
      madeTensor(dir, `blk.${last + 1}.nextn.enorm.weight`, [nEmbd], ones),
      madeTensor(dir, `blk.${last + 1}.nextn.hnorm.weight`, [nEmbd], ones),
      ...extra.map((name) => madeTensor(dir, `blk.${last + 1}.${name}.weight`, [nEmbd], ones)),
    ],
  });
}

/** The first experts come last. */
function rotated(tensor: PlannedTensor): PlannedTensor {
  const count = tensor.ne.at(-1) ?? 1;
  if (!/_exps\.|ffn_gate_inp\.|exp_probs_b/.test(tensor.name)) return tensor;
  const [{ offset, length } = { offset: 0, length: 0 }] = tensor.ranges;
  const moved = (length / count) * MOVED_EXPERTS;
  return {
    ...tensor,
    ranges: [
      { offset: offset + moved, length: length - moved },
      { offset, length: moved },
    ],
  };
}

export const MODELS_WITH_PREDICTION: readonly ModelWithPrediction[] = [
  {
    arch: 'glm4moe',
    perBlock: ['expert_feed_forward_length', 'attention.head_count', 'expert_used_count'],
    // of models that see: llama.cpp runs prediction blocks of those that do not
    remove: ['rope.dimension_sections'],
  },
  { arch: 'bailingmoe2', perBlock: ['attention.head_count_kv'], extra: ['layer_output_norm'], isNotRun: true },
  { arch: 'deepseek2' },
  { arch: 'hy_v3' },
  { arch: 'qwen3next' },
  { arch: 'qwen35moe' },
  { arch: 'deepseek32' },
  { arch: 'glm-dsa' },
];
