// `node test/bench/scale/real-shape.ts 30b|671b FILE`: a model with the keys, tensors and types of a published one at Q4_K_M, and noise for
// weights. Of the 671b only two blocks have bytes: the rest is a hole, which takes no room on a disk, and does for plans.
// SCALE.md says what was seen when Winnow's commands were given these files.
import { execFileSync } from 'node:child_process';
import { mkdtemp, open, readFile, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gguf } from '@huggingface/gguf';
import { Backend } from '../../../electron/engine/base/backend/backend.ts';
import { SAMPLE_MODEL } from '../../../electron/engine/base/files/sample-files.ts';
import { writeFully } from '../../../electron/engine/base/files/write-fully.ts';
import type { GgufEdit } from '../../../native/index.ts';
import { BENCH_SHAPE, makeBenchModel, noiseFrom } from '../make-model.ts';
import { layerMatrices, PUBLISHED_MODELS, publishedKeys, type PublishedModel } from './published-models.ts';

const ALIGNMENT = 32;
/** `general.file_type` of Q4_K_M. */
const Q4_K_M = 15;
/** `tokenizer.ggml.token_type` of what no text becomes. */
const UNUSED_TOKEN = 5;
/** The sample's, which the others follow. */
const SAMPLE_VOCAB = 4096;

/** Values and bytes of a block. */
const TYPES = {
  f32: { values: 1, bytes: 4 },
  q8_0: { values: 32, bytes: 34 },
  q4_K: { values: 256, bytes: 144 },
  q6_K: { values: 256, bytes: 210 },
} as const;
type Type = keyof typeof TYPES;

type RealShape = {
  readonly published: string;
  /** File whose keys are taken over, the tokenizer's among them. */
  readonly keysFrom: string;
  readonly keys: readonly GgufEdit[];
  /** Blocks behind the layers that predict further tokens. */
  readonly predicting: number;
  /** The blocks that have their bytes; null: the whole file has. */
  readonly realBlocks: readonly number[] | null;
};

const edit = (key: string, type: GgufEdit['type'], value: unknown): GgufEdit => ({ key, type, value });

/** By the config.json of Qwen/Qwen3-30B-A3B and deepseek-ai/DeepSeek-R1. */
const SHAPES: Readonly<Record<string, RealShape>> = {
  '30b': {
    published: 'Qwen3-30B-A3B',
    keysFrom: SAMPLE_MODEL,
    keys: [
      edit('qwen3moe.context_length', 'uint32', 40960),
      edit('qwen3moe.rope.freq_base', 'float32', 1e6),
      edit('qwen3moe.rope.dimension_count', 'uint32', 128),
      edit('qwen3moe.feed_forward_length', 'uint32', 6144),
    ],
    predicting: 0,
    realBlocks: null,
  },
  '671b': {
    published: 'DeepSeek-R1 671B',
    keysFrom: fileURLToPath(new URL('../../models/winnow-sample2-Q8_0.gguf', import.meta.url)),
    keys: [
      edit('deepseek2.context_length', 'uint32', 163840),
      edit('deepseek2.feed_forward_length', 'uint32', 18432),
      edit('deepseek2.attention.q_lora_rank', 'uint32', 1536),
      edit('deepseek2.attention.kv_lora_rank', 'uint32', 512),
      edit('deepseek2.rope.dimension_count', 'uint32', 64),
      edit('deepseek2.leading_dense_block_count', 'uint32', 3),
      edit('deepseek2.expert_group_count', 'uint32', 8),
      edit('deepseek2.expert_group_used_count', 'uint32', 4),
      edit('deepseek2.nextn_predict_layers', 'uint32', 1),
    ],
    predicting: 1,
    realBlocks: [3, 4],
  },
};

type Tensor = {
  readonly name: string;
  readonly ne: readonly number[];
  readonly type: Type;
  readonly block: number | null;
};

function tensors(model: PublishedModel, predicting: number): Tensor[] {
  const { width, vocab, layers, denseLayers, attention, experts } = model;
  const blocks = layers + predicting;
  const matrix = (name: string, ne: readonly number[], block: number | null = null): Tensor => {
    const type = name.includes('ffn_gate_inp') ? 'f32' : typeOf(name, ne[0] ?? 0, block, blocks);
    return { name, ne, type, block };
  };
  const vector = (name: string, length: number, block: number | null = null): Tensor => {
    return { name, ne: [length], type: 'f32', block };
  };
  const latent = 'rankKv' in attention;
  return [
    matrix('token_embd.weight', [width, vocab]),
    vector('output_norm.weight', width),
    matrix('output.weight', [width, vocab]),
    ...Array.from({ length: blocks }, (_, block) => {
      const norm = (name: string, length: number): Tensor => vector(`blk.${block}.${name}.weight`, length, block);
      const ofAttention = latent
        ? [norm('attn_q_a_norm', attention.rankQ), norm('attn_kv_a_norm', attention.rankKv)]
        : [norm('attn_q_norm', attention.headDim), norm('attn_k_norm', attention.headDim)];
      return [
        norm('attn_norm', width),
        norm('ffn_norm', width),
        ...ofAttention,
        ...(latent && block >= denseLayers ? [vector(`blk.${block}.exp_probs_b.bias`, experts, block)] : []),
        ...layerMatrices(model, block).map(({ name, ne }) => matrix(name, ne, block)),
        ...(block < layers
          ? []
          : [
              matrix(`blk.${block}.nextn.eh_proj.weight`, [2 * width, width], block),
              norm('nextn.enorm', width),
              norm('nextn.hnorm', width),
              norm('nextn.shared_head_norm', width),
            ]),
      ];
    }).flat(),
  ];
}

/** As llama.cpp's quantiser does for Q4_K_M; rows that are no multiple of 256 get Q8_0. */
function typeOf(name: string, columns: number, block: number | null, blocks: number): Type {
  if (columns % TYPES.q4_K.values !== 0) return 'q8_0';
  if (name === 'output.weight') return 'q6_K';
  const eighth = Math.floor(blocks / 8);
  const more =
    block !== null && (block < eighth || block >= Math.floor((7 * blocks) / 8) || (block - eighth) % 3 === 2);
  return more && /attn_v|ffn_down/.test(name) ? 'q6_K' : 'q4_K';
}

/** Rows of noise in each type, by the quantiser itself. */
async function makeNoise(folder: string): Promise<Readonly<Record<Type, Buffer>>> {
  const source = join(folder, 'noise.gguf');
  const quantised = join(folder, 'noise-quantised.gguf');
  await makeBenchModel(source, { ...BENCH_SHAPE, layers: 1, experts: 32 });
  const program = fileURLToPath(new URL('../../../electron/cli/winnow.ts', import.meta.url));
  const types = ['ffn_gate_exps=q4_k', 'ffn_up_exps=q6_k', 'ffn_down_exps=q8_0'];
  const chosen = types.flatMap((type) => ['--tensor-type', type]);
  const args = ['quantize', source, '-o', quantised, '--type', 'Q4_K_M', '--allow-requantize', ...chosen];
  execFileSync(process.execPath, [program, ...args], {
    env: { ...process.env, WINNOW_HOME: join(folder, 'home') },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  using backend = new Backend('off');
  const header = await backend.call('readGguf', { path: quantised });
  const all = await readFile(quantised);
  const bytesOf = (name: string): Buffer => {
    const { fileOffset, bytes } = header.tensors.find((tensor) => tensor.name === `blk.0.${name}.weight`)!;
    return all.subarray(fileOffset, fileOffset + bytes);
  };
  return {
    f32: bytesOf('ffn_gate_inp'),
    q8_0: bytesOf('ffn_down_exps'),
    q4_K: bytesOf('ffn_gate_exps'),
    q6_K: bytesOf('ffn_up_exps'),
  };
}

const bytesOf = ({ ne, type }: Pick<Tensor, 'ne' | 'type'>): number =>
  (ne.reduce((product, n) => product * n, 1) / TYPES[type].values) * TYPES[type].bytes;

/** Each piece begins somewhere else in the noise, so that no two experts or layers are the same. */
async function writeNoise(file: FileHandle, tensor: Tensor, noise: Buffer, at: number): Promise<void> {
  if (tensor.name.includes('norm.weight')) {
    await writeFully(file, Buffer.from(new Float32Array(tensor.ne[0] ?? 0).fill(1).buffer), at);
    return;
  }
  const [first = 1, second = 1] = tensor.ne;
  const expert = bytesOf({ ...tensor, ne: [first, second] });
  const step = TYPES[tensor.type].bytes;
  for (let done = 0, total = bytesOf(tensor); done < total;) {
    const length = Math.min(expert, total - done, Math.floor(noise.byteLength / 2 / step) * step);
    const start = Math.floor((random() * (noise.byteLength - length)) / step) * step;
    await writeFully(file, noise.subarray(start, start + length), at + done);
    done += length;
  }
}

const random = noiseFrom(7);

async function headerOf(shape: RealShape, model: PublishedModel, all: readonly Tensor[]): Promise<Uint8Array> {
  const { arch, vocab, experts, used, expertWidth } = model;
  const { typedMetadata } = await gguf(shape.keysFrom, { allowLocalFile: true, typedMetadata: true });
  const listOf = (key: string): unknown[] => typedMetadata[`tokenizer.ggml.${key}`]?.value as unknown[];
  using backend = new Backend('off');
  const added = Array.from({ length: vocab - SAMPLE_VOCAB }, (_, i) => `<|unused_${i}|>`);
  const integer = (name: string, value: number): GgufEdit => edit(`${arch}.${name}`, 'uint32', value);
  return await backend.call('buildGgufMeta', {
    source: shape.keysFrom,
    remove: [],
    set: [
      edit('general.name', 'string', `${model.name} of noise`),
      edit('general.size_label', 'string', ''),
      edit('general.file_type', 'uint32', Q4_K_M),
      ...Object.entries(publishedKeys(model)).flatMap(([key, { value }]) =>
        value ? [edit(key, 'uint32', value)] : [],
      ),
      integer('block_count', model.layers + shape.predicting),
      integer('expert_count', experts),
      integer('expert_used_count', used),
      integer('expert_feed_forward_length', expertWidth),
      integer('vocab_size', vocab),
      ...shape.keys,
      edit('tokenizer.ggml.tokens', 'string', [...listOf('tokens'), ...added]),
      edit('tokenizer.ggml.token_type', 'int32', [...listOf('token_type'), ...added.map(() => UNUSED_TOKEN)]),
    ],
    tensors: all.map(({ name, type, ne }) => ({ name, type, ne: [...ne] })),
  });
}

async function write(shape: RealShape, path: string): Promise<void> {
  const model = PUBLISHED_MODELS.find(({ name }) => name === shape.published)!;
  const all = tensors(model, shape.predicting);
  const folder = await mkdtemp(join(dirname(path), 'noise-'));
  try {
    const noise = await makeNoise(folder);
    const header = await headerOf(shape, model, all);
    await using file = await open(path, 'w');
    await writeFully(file, header, 0);
    let at = header.byteLength;
    for (const tensor of all) {
      const isReal = shape.realBlocks === null || (tensor.block !== null && shape.realBlocks.includes(tensor.block));
      if (isReal) await writeNoise(file, tensor, noise[tensor.type], at);
      at += Math.ceil(bytesOf(tensor) / ALIGNMENT) * ALIGNMENT;
    }
    await file.truncate(at);
    await file.sync();
  } finally {
    await rm(folder, { recursive: true });
  }
}

const [wanted = '', path] = process.argv.slice(2);
const shape = SHAPES[wanted];
if (!shape || path === undefined)
  throw new Error(`usage: node test/bench/scale/real-shape.ts ${Object.keys(SHAPES).join('|')} FILE`);
await write(shape, path);
