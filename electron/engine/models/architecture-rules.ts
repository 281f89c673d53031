// What pruning must know about single architectures: those whose pruned files would compute wrong results, and the facts that
// change scoring or the gates.
import { llamaSource } from '../../../native/index.ts';
import type { GgufKeys, TensorInfo } from '../../contract/model-info.ts';
import { msg, type Sentence } from '../../contract/sentences.ts';
import { ARCHITECTURES } from './architectures.ts';
import { keyInteger, keyIntegers, keyNumber } from './gguf-keys.ts';
import { DOWN, ROUTER, uncuttableReason } from './expert-tensors.ts';

/** llama.cpp takes a Llama-4 with 128 experts for Maverick, which has no Q/K norm; with any other number it applies one. */
const LLAMA4_MAVERICK_EXPERTS = 128;

type Facts = {
  readonly arch: string;
  readonly kv: GgufKeys;
  readonly tensors: readonly TensorInfo[];
  readonly nExpert: number;
};

/** Why a model with these facts, which has experts, must not be pruned; null: it may be. */
export function refusal({ arch, kv, tensors, nExpert }: Facts): Sentence | null {
  const verdict = ARCHITECTURES.get(arch)?.verdict;
  if (verdict === undefined) return msg('noRecord', { arch });
  if (verdict !== 'pruned') return msg(verdict);
  if (arch === 'llama4' && nExpert === LLAMA4_MAVERICK_EXPERTS) {
    return msg('maverick');
  }
  const hashLayers = keyInteger(kv, `${arch}.hash_layer_count`) ?? 0;
  if (hashLayers > 0) {
    return msg('hashLayers', { layers: hashLayers });
  }
  for (const tensor of tensors) {
    const reason = uncuttableReason(tensor, nExpert);
    if (reason) return reason;
  }
  return null;
}

/** The last release of llama.cpp that loads the fused gates of blocks that are not run (`create_tensor_gate_up_exps`). */
const LOADS_FUSED_GATES = 'v0.4.0';

/**
 * Whether llama.cpp loads a tensor of a next-token-prediction block that will not be run. It skips the tensors that it creates by
 * itself, but not fused gates in older releases, hy_v3's feed-forward, or the selection bias of two more architectures.
 * @param name within the block
 */
export function isLoadedOfPrediction(arch: string, name: string): boolean {
  if (name.startsWith('ffn_gate_up_exps.') && llamaSource().tag === LOADS_FUSED_GATES) return true;
  if (name.startsWith('exp_probs_b')) return ['hy_v3', 'deepseek32', 'glm-dsa'].includes(arch);
  return arch === 'hy_v3' && /^ffn_(?!norm)/.test(name);
}

type PredictionFacts = {
  readonly arch: string;
  readonly kv: GgufKeys;
  /** The prediction blocks with the names of their tensors; `last`: those of the model's last MoE layer. */
  readonly blocks: readonly { readonly block: number; readonly names: ReadonlySet<string> }[];
  readonly last: ReadonlySet<string>;
};

type PredictionGraph = {
  /** The most prediction blocks that the graph can run. */
  readonly most: number;
  /** Tensors that a block needs; null: the same as the model's last MoE layer has. */
  readonly needs: readonly string[] | null;
};

const ONE: PredictionGraph = { most: 1, needs: null };
const EXPERTS = [ROUTER, DOWN] as const;
const ATTENTION = ['attn_norm', 'attn_q', 'attn_k', 'attn_v', 'attn_output'].map((name) => `${name}.weight`);
const QWEN: PredictionGraph = {
  most: 1,
  needs: [...EXPERTS, ...ATTENTION, 'attn_q_norm.weight', 'attn_k_norm.weight', 'post_attention_norm.weight'],
};

/**
 * Architectures whose prediction blocks with experts llama.cpp runs. It also runs those of deepseek4, which adds to its streams in
 * a way that the taps do not follow, and of mimo2, which have no experts.
 */
const PREDICTION_GRAPHS: Readonly<Record<string, PredictionGraph>> = {
  cohere2moe: ONE,
  deepseek2: ONE,
  deepseek32: ONE,
  glm4moe: ONE,
  'glm-dsa': ONE,
  hy_v3: { ...ONE, most: Infinity },
  step35: { ...ONE, most: Infinity },
  qwen35moe: QWEN,
  qwen3next: QWEN,
  nemotron_h_moe: {
    most: 1,
    needs: [...EXPERTS, ...ATTENTION, 'post_attention_norm.weight', 'nextn.shared_head_norm.weight'],
  },
  bailingmoe3: {
    most: 1,
    needs: [...EXPERTS, 'attn_norm.weight', 'attn_kv_a_mqa.weight', 'attn_output.weight', 'layer_output_norm.weight'],
  },
};

/** Tensors that llama.cpp requires in every prediction block. */
const PREDICTION_TENSORS = ['nextn.eh_proj.weight', 'nextn.enorm.weight', 'nextn.hnorm.weight'] as const;

/** Whether llama.cpp runs these prediction blocks. It ends the process if tensors are missing, or if there are too many blocks. */
export function runsPrediction({ arch, kv, blocks, last }: PredictionFacts): boolean {
  const graph = PREDICTION_GRAPHS[arch];
  if (!graph || blocks.length === 0 || blocks.length > graph.most) return false;
  if (arch === 'deepseek2' && !runsLatentPrediction(kv, last)) return false;
  if (arch === 'glm4moe' && hasSections(kv)) return false;
  const needs = graph.needs ?? [...last].filter((name) => name.endsWith('.weight') && !name.startsWith('indexer.'));
  return blocks.every(({ names }) => [...PREDICTION_TENSORS, ...needs].every((name) => names.has(name)));
}

/** Whether positions have several parts, as in glm4moe's vision models, whose prediction block then ends the process. */
function hasSections(kv: GgufKeys): boolean {
  const [first = 0, second = 0] = keyIntegers(kv, 'glm4moe.rope.dimension_sections') ?? [];
  return first > 0 && second > 0;
}

/** Whether a deepseek2 model runs prediction blocks as its small relatives do: latent attention with compressed queries, shared experts. */
function runsLatentPrediction(kv: GgufKeys, last: ReadonlySet<string>): boolean {
  const number = (name: string): number => keyNumber(kv, `deepseek2.attention.${name}`) ?? 0;
  return (
    ['key_length_mla', 'value_length_mla', 'q_lora_rank'].every((name) => number(name) > 0) &&
    number('temperature_scale') === 0 &&
    last.has('ffn_down_shexp.weight')
  );
}

/** Whether the gate weight multiplies the experts' input, as in Llama-4; in all other architectures it multiplies their output. */
export function gateInInput(arch: string): boolean {
  return arch === 'llama4';
}
