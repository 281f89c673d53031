// Model files that are headers only, their data a hole: as many as a library may hold, and one as large as the largest.
import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Backend } from '../../../electron/engine/base/backend/backend.ts';

const WIDTH = 32;
const HEAD = 16;
const VOCABULARY = 10;
const ALIGNMENT = 32;
const ARCH = 'qwen3moe';

export type ModelShape = {
  readonly name: string;
  readonly blocks: number;
  /** 0: a dense model. */
  readonly experts: number;
};

type Tensor = { readonly name: string; readonly type: 'f32'; readonly ne: number[] };

export async function writeModel(path: string, shape: ModelShape, backend: Backend): Promise<void> {
  const tensors = tensorsOf(shape);
  const header = await backend.call('buildGgufMeta', { source: null, remove: [], set: keysOf(shape), tensors });
  const sizes = tensors.map(({ ne }) => ne.reduce((product, n) => product * n, Float32Array.BYTES_PER_ELEMENT));
  const dataBytes = sizes.reduce((sum, bytes) => sum + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT, 0);
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'w');
  writeSync(file, header);
  // the same data in all of them, but another length each
  ftruncateSync(file, header.length + dataBytes);
  closeSync(file);
}

function keysOf({ name, blocks, experts }: ModelShape): { key: string; type: string; value: unknown }[] {
  const numbers = {
    block_count: blocks,
    context_length: 32768,
    embedding_length: WIDTH,
    'attention.head_count': WIDTH / HEAD,
    vocab_size: VOCABULARY,
    ...(experts > 0 && {
      expert_count: experts,
      expert_used_count: Math.min(8, experts / 2),
      expert_feed_forward_length: WIDTH,
    }),
  };
  return [
    { key: 'general.architecture', type: 'string', value: ARCH },
    { key: 'general.name', type: 'string', value: name },
    { key: 'tokenizer.ggml.model', type: 'string', value: 'none' },
    { key: `${ARCH}.attention.layer_norm_rms_epsilon`, type: 'float32', value: 1e-5 },
    ...Object.entries(numbers).map(([key, value]) => ({ key: `${ARCH}.${key}`, type: 'uint32', value })),
  ];
}

function tensorsOf({ blocks, experts }: ModelShape): Tensor[] {
  const tensor = (name: string, ...ne: number[]): Tensor => ({ name, type: 'f32', ne });
  const block = (i: number): Tensor[] => [
    tensor(`blk.${i}.attn_norm.weight`, WIDTH),
    ...['q', 'k', 'v', 'output'].map((part) => tensor(`blk.${i}.attn_${part}.weight`, WIDTH, WIDTH)),
    tensor(`blk.${i}.attn_q_norm.weight`, HEAD),
    tensor(`blk.${i}.attn_k_norm.weight`, HEAD),
    tensor(`blk.${i}.ffn_norm.weight`, WIDTH),
    ...(experts === 0 ? [tensor(`blk.${i}.ffn_up.weight`, WIDTH, WIDTH)] : expertTensors(i)),
  ];
  const expertTensors = (i: number): Tensor[] => [
    tensor(`blk.${i}.ffn_gate_inp.weight`, WIDTH, experts),
    ...['gate', 'up', 'down'].map((part) => tensor(`blk.${i}.ffn_${part}_exps.weight`, WIDTH, WIDTH, experts)),
  ];
  return [
    tensor('token_embd.weight', WIDTH, VOCABULARY),
    tensor('output_norm.weight', WIDTH),
    ...Array.from({ length: blocks }, (_, i) => block(i)).flat(),
  ];
}
