// Six published models as headers alone: the numbers of their config.json on huggingface.co, in the tensors that llama.cpp's
// converter makes of them. Their quantised sizes are an assumption.
import type { GgufValue } from '../../electron/contract/model-info.ts';
import { modelShape, type ModelShape } from '../../electron/engine/models/placement/model-shape.ts';
import { MODEL } from './store/tiny-run.ts';

type Attention =
  | { readonly heads: number; readonly headsKv: number; readonly headDim: number; readonly window?: number }
  /** Multi-head latent attention. */
  | {
      readonly heads: number;
      readonly rankQ: number;
      readonly rankKv: number;
      readonly nope: number;
      readonly rope: number;
      readonly value: number;
    };

type PublishedModel = {
  readonly name: string;
  /** Repository on huggingface.co whose config.json the numbers are of. */
  readonly source: string;
  readonly arch: string;
  readonly layers: number;
  /** Leading layers without experts. */
  readonly denseLayers: number;
  readonly width: number;
  readonly vocab: number;
  readonly attention: Attention;
  readonly experts: number;
  readonly used: number;
  readonly expertWidth: number;
  /** Shared experts together. */
  readonly sharedWidth: number;
  readonly denseWidth: number;
  /** Assumed bits of a weight: of the routed experts, and of all other matrices. */
  readonly bits: { readonly experts: number; readonly others: number };
  readonly quantisation: string;
};

/** A file of Q4_K_M has some 4.85 bits a weight over all matrices: a mix of Q4_K and Q6_K. */
const Q4_K_M = { bits: { experts: 4.85, others: 4.85 }, quantisation: 'Q4_K_M' } as const;

export const PUBLISHED_MODELS: readonly PublishedModel[] = [
  {
    name: 'Qwen3-30B-A3B',
    source: 'Qwen/Qwen3-30B-A3B',
    arch: 'qwen3moe',
    layers: 48,
    denseLayers: 0,
    width: 2048,
    vocab: 151936,
    attention: { heads: 32, headsKv: 4, headDim: 128 },
    experts: 128,
    used: 8,
    expertWidth: 768,
    sharedWidth: 0,
    denseWidth: 0,
    ...Q4_K_M,
  },
  {
    name: 'GLM-4.5-Air',
    source: 'zai-org/GLM-4.5-Air',
    arch: 'glm4moe',
    layers: 46,
    denseLayers: 1,
    width: 4096,
    vocab: 151552,
    attention: { heads: 96, headsKv: 8, headDim: 128 },
    experts: 128,
    used: 8,
    expertWidth: 1408,
    sharedWidth: 1408,
    denseWidth: 10944,
    ...Q4_K_M,
  },
  {
    name: 'gpt-oss-120b',
    source: 'openai/gpt-oss-120b',
    arch: 'gpt-oss',
    layers: 36,
    denseLayers: 0,
    width: 2880,
    vocab: 201088,
    attention: { heads: 64, headsKv: 8, headDim: 64, window: 128 },
    experts: 128,
    used: 4,
    expertWidth: 2880,
    sharedWidth: 0,
    denseWidth: 0,
    // experts as published; 32 values share a scale of 8 bits
    bits: { experts: 4.25, others: 8.5 },
    quantisation: 'MXFP4, rest Q8_0',
  },
  {
    name: 'Qwen3-235B-A22B',
    source: 'Qwen/Qwen3-235B-A22B',
    arch: 'qwen3moe',
    layers: 94,
    denseLayers: 0,
    width: 4096,
    vocab: 151936,
    attention: { heads: 64, headsKv: 4, headDim: 128 },
    experts: 128,
    used: 8,
    expertWidth: 1536,
    sharedWidth: 0,
    denseWidth: 0,
    ...Q4_K_M,
  },
  {
    name: 'DeepSeek-R1 671B',
    source: 'deepseek-ai/DeepSeek-R1',
    arch: 'deepseek2',
    layers: 61,
    denseLayers: 3,
    width: 7168,
    vocab: 129280,
    attention: { heads: 128, rankQ: 1536, rankKv: 512, nope: 128, rope: 64, value: 128 },
    experts: 256,
    used: 8,
    expertWidth: 2048,
    sharedWidth: 2048,
    denseWidth: 18432,
    ...Q4_K_M,
  },
  {
    name: 'Kimi-K2',
    source: 'moonshotai/Kimi-K2-Instruct',
    arch: 'deepseek2',
    layers: 61,
    denseLayers: 1,
    width: 7168,
    vocab: 163840,
    attention: { heads: 64, rankQ: 1536, rankKv: 512, nope: 128, rope: 64, value: 128 },
    experts: 384,
    used: 8,
    expertWidth: 2048,
    sharedWidth: 2048,
    denseWidth: 18432,
    ...Q4_K_M,
  },
];

const F32_BITS = 32;

type Tensor = { readonly name: string; readonly ne: readonly number[]; readonly bytes: number };

/** The shape that a GGUF file of the model would have, prediction blocks left out. */
export function publishedShape(model: PublishedModel): ModelShape {
  const { arch, layers, width, vocab, bits } = model;
  const matrix = (name: string, ...ne: number[]): Tensor => tensor(name, ne, bits.others);
  const tensors = [
    matrix('token_embd.weight', width, vocab),
    matrix('output.weight', width, vocab),
    ...Array.from({ length: layers }, (_, block) => layerMatrices(model, block)).flat(),
  ];
  const { experts: nExpert, used: nExpertUsed } = model;
  const info = { ...MODEL, arch, blockCount: layers, nExpert, nExpertUsed };
  return modelShape({ info, kv: publishedKeys(model), tensors });
}

/** The matrices of a block. Vectors are left out. */
function layerMatrices(model: PublishedModel, block: number): Tensor[] {
  const { width, experts, expertWidth, sharedWidth, denseWidth, bits } = model;
  const matrix = (name: string, ...ne: number[]): Tensor => tensor(`blk.${block}.${name}.weight`, ne, bits.others);
  const feedForward = (suffix: string, inner: number): Tensor[] => [
    matrix(`ffn_gate${suffix}`, width, inner),
    matrix(`ffn_up${suffix}`, width, inner),
    matrix(`ffn_down${suffix}`, inner, width),
  ];
  const attention = attentionMatrices(model).map(([name, ...ne]) => matrix(name, ...ne));
  if (block < model.denseLayers) return [...attention, ...feedForward('', denseWidth)];
  const routed = (name: string, ...ne: number[]): Tensor =>
    tensor(`blk.${block}.${name}.weight`, [...ne, experts], bits.experts);
  return [
    ...attention,
    tensor(`blk.${block}.ffn_gate_inp.weight`, [width, experts], F32_BITS),
    routed('ffn_gate_exps', width, expertWidth),
    routed('ffn_up_exps', width, expertWidth),
    routed('ffn_down_exps', expertWidth, width),
    ...(sharedWidth > 0 ? feedForward('_shexp', sharedWidth) : []),
  ];
}

function attentionMatrices({ attention, width }: PublishedModel): (readonly [name: string, ...ne: number[]])[] {
  const { heads } = attention;
  if ('rankKv' in attention) {
    const { rankQ, rankKv, nope, rope, value } = attention;
    return [
      ['attn_q_a', width, rankQ],
      ['attn_q_b', rankQ, heads * (nope + rope)],
      ['attn_kv_a_mqa', width, rankKv + rope],
      ['attn_k_b', nope, rankKv, heads],
      ['attn_v_b', rankKv, value, heads],
      ['attn_output', heads * value, width],
    ];
  }
  const { headsKv, headDim } = attention;
  return [
    ['attn_q', width, heads * headDim],
    ['attn_k', width, headsKv * headDim],
    ['attn_v', width, headsKv * headDim],
    ['attn_output', heads * headDim, width],
  ];
}

/** Keys that say how large a model's stream and attention are. */
function publishedKeys({ arch, width, attention }: PublishedModel): Record<string, GgufValue> {
  const integers: Record<string, number> = { embedding_length: width, 'attention.head_count': attention.heads };
  if ('rankKv' in attention) {
    const { rankKv, nope, rope, value } = attention;
    Object.assign(integers, {
      'attention.head_count_kv': 1,
      'attention.key_length': rankKv + rope,
      'attention.value_length': rankKv,
      'attention.key_length_mla': nope + rope,
      'attention.value_length_mla': value,
    });
  } else {
    Object.assign(integers, {
      'attention.head_count_kv': attention.headsKv,
      'attention.key_length': attention.headDim,
      'attention.value_length': attention.headDim,
      'attention.sliding_window': attention.window ?? 0,
    });
  }
  return Object.fromEntries(
    Object.entries(integers).map(([name, value]) => [
      `${arch}.${name}`,
      { type: 'uint32', array: false, length: 1, value },
    ]),
  );
}

function tensor(name: string, ne: readonly number[], bits: number): Tensor {
  return { name, ne, bytes: Math.ceil((ne.reduce((product, n) => product * n, 1) * bits) / 8) };
}
