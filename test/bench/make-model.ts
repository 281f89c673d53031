// A model of realistic width for measuring: qwen3moe with Qwen3-30B-A3B's layer shapes (width 2048, 128 experts of 768,
// 8 used), three layers, Q8_0, about 2 GB. The weights are noise, the tokenizer is the sample's.
import { existsSync } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { SAMPLE_MODEL } from '../../electron/engine/base/files/sample-files.ts';
import type { PlannedTensor } from '../../electron/engine/write/pruning/planned-file.ts';
import { writeGguf } from '../../electron/engine/write/pruning/write-gguf.ts';
import type { GgufEdit } from '../../native/index.ts';

export type Shape = {
  readonly layers: number;
  readonly width: number;
  readonly experts: number;
  readonly used: number;
  readonly expertWidth: number;
  readonly heads: number;
  readonly headsKv: number;
  readonly headDim: number;
  readonly vocab: number;
};

export const BENCH_SHAPE: Shape = {
  layers: 3,
  width: 2048,
  experts: 128,
  used: 8,
  expertWidth: 768,
  heads: 32,
  headsKv: 4,
  headDim: 128,
  vocab: 4096,
};

const Q8_0_BLOCK = { values: 32, bytes: 34 };
/** Standard deviation of a weight: keeps the size of a signal that passes a matrix of 2048 rows. */
const WEIGHT_DEVIATION = 0.02;
/** Noise that tensors are cut from; every expert starts somewhere else in it. */
const NOISE_BLOCKS = 1 << 20;

/** Writes the model if it is not there yet. @returns its path */
export async function makeBenchModel(path: string, shape: Shape = BENCH_SHAPE): Promise<string> {
  if (existsSync(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  const noise = {
    q8: join(dirname(path), 'noise.q8_0'),
    f32: join(dirname(path), 'noise.f32'),
    ones: join(dirname(path), 'ones.f32'),
  };
  await writeQ8Noise(noise.q8);
  await writeFloats(
    noise.f32,
    shape.width * shape.experts * shape.layers,
    () => (random() - 0.5) * 2 * Math.sqrt(3) * WEIGHT_DEVIATION,
  );
  await writeFloats(noise.ones, shape.width, () => 1);
  using backend = new Backend('off');
  const file = {
    path,
    keysFrom: SAMPLE_MODEL,
    remove: [],
    set: keys(shape),
    alignment: 32,
    tensors: tensors(shape, noise),
  };
  await writeGguf(file, { backend });
  await Promise.all(Object.values(noise).map((name) => rm(name)));
  return path;
}

/** Uniform in [0, 1), the same numbers for a seed: a linear congruential generator, fast enough for gigabytes of noise. */
function noiseFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = noiseFrom(42);

async function writeQ8Noise(path: string): Promise<void> {
  // a uniform byte has the deviation 127 / sqrt(3)
  const scale = new Uint16Array(new Float16Array([(WEIGHT_DEVIATION * Math.sqrt(3)) / 127]).buffer)[0] ?? 0;
  const bytes = Buffer.alloc(NOISE_BLOCKS * Q8_0_BLOCK.bytes);
  for (let block = 0; block < NOISE_BLOCKS; block++) {
    const at = bytes.writeUInt16LE(scale, block * Q8_0_BLOCK.bytes);
    for (let i = 0; i < Q8_0_BLOCK.values; i++) bytes.writeInt8(Math.floor(random() * 255) - 127, at + i);
  }
  await writeAll(path, bytes);
}

async function writeFloats(path: string, count: number, value: () => number): Promise<void> {
  await writeAll(path, Buffer.from(Float32Array.from({ length: count }, value).buffer));
}

async function writeAll(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
  } finally {
    await file.close();
  }
}

function keys(shape: Shape): GgufEdit[] {
  const integer = (name: string, value: number): GgufEdit => ({ key: `qwen3moe.${name}`, type: 'uint32', value });
  return [
    { key: 'general.name', type: 'string', value: 'Winnow bench model' },
    integer('block_count', shape.layers),
    integer('context_length', 32768),
    integer('embedding_length', shape.width),
    integer('feed_forward_length', shape.expertWidth),
    integer('expert_feed_forward_length', shape.expertWidth),
    integer('attention.head_count', shape.heads),
    integer('attention.head_count_kv', shape.headsKv),
    integer('attention.key_length', shape.headDim),
    integer('attention.value_length', shape.headDim),
    integer('rope.dimension_count', shape.headDim),
    integer('expert_count', shape.experts),
    integer('expert_used_count', shape.used),
  ];
}

function tensors(shape: Shape, noise: { q8: string; f32: string; ones: string }): PlannedTensor[] {
  const f32 = (name: string, ne: number[], source: string, offset = 0): PlannedTensor => {
    const bytes = 4 * ne.reduce((product, n) => product * n, 1);
    return { name, type: 'f32', ne, bytes, sourcePath: source, ranges: [{ offset, length: bytes }] };
  };
  const q8 = (name: string, ne: number[]): PlannedTensor => {
    const [columns = 0, rows = 0, experts = 1] = ne;
    const length = (columns / Q8_0_BLOCK.values) * Q8_0_BLOCK.bytes * rows;
    const ranges = Array.from({ length: experts }, () => {
      const blocks = length / Q8_0_BLOCK.bytes;
      return { offset: Math.floor(random() * (NOISE_BLOCKS - blocks)) * Q8_0_BLOCK.bytes, length };
    });
    return { name, type: 'q8_0', ne, bytes: length * experts, sourcePath: noise.q8, ranges };
  };
  const { width, experts, expertWidth, heads, headsKv, headDim } = shape;
  const layers = Array.from({ length: shape.layers }, (_, layer) => {
    const block = (name: string): string => `blk.${layer}.${name}.weight`;
    return [
      f32(block('attn_norm'), [width], noise.ones),
      f32(block('attn_q_norm'), [headDim], noise.ones),
      f32(block('attn_k_norm'), [headDim], noise.ones),
      q8(block('attn_q'), [width, heads * headDim]),
      q8(block('attn_k'), [width, headsKv * headDim]),
      q8(block('attn_v'), [width, headsKv * headDim]),
      q8(block('attn_output'), [heads * headDim, width]),
      f32(block('ffn_norm'), [width], noise.ones),
      f32(block('ffn_gate_inp'), [width, experts], noise.f32, layer * width * experts * 4),
      q8(block('ffn_gate_exps'), [width, expertWidth, experts]),
      q8(block('ffn_up_exps'), [width, expertWidth, experts]),
      q8(block('ffn_down_exps'), [expertWidth, width, experts]),
    ];
  });
  return [
    q8('token_embd.weight', [width, shape.vocab]),
    f32('output_norm.weight', [width], noise.ones),
    ...layers.flat(),
  ];
}
