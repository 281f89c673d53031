// What pruning must know of single architectures: the ones whose cut files would compute wrongly, and the facts that
// change scoring or the gates.
import type { TensorInfo } from '../../contract/model-info.ts';
import { say, type Sentence } from '../../contract/sentences.ts';
import { keyInteger, type GgufKeys } from './gguf-keys.ts';
import { uncuttableReason } from './expert-tensors.ts';

/** llama.cpp takes a Llama-4 of 128 experts for Maverick, which has no Q/K norm; any other count gets one. */
const LLAMA4_MAVERICK_EXPERTS = 128;

type Facts = {
  readonly arch: string;
  readonly kv: GgufKeys;
  readonly tensors: readonly Pick<TensorInfo, 'name' | 'ne'>[];
  readonly nExpert: number;
};

/** Why a model with these facts must not be cut, or null. */
export function refusal({ arch, kv, tensors, nExpert }: Facts): Sentence | null {
  if (arch === 'llama4' && nExpert === LLAMA4_MAVERICK_EXPERTS) {
    return say('maverick');
  }
  const hashLayers = keyInteger(kv, `${arch}.hash_layer_count`) ?? 0;
  if (hashLayers > 0) {
    return say('hashLayers', { layers: hashLayers });
  }
  if (arch === 'refact') {
    return say('neverRun');
  }
  if (arch === 'dflash' || arch === 'eagle3' || arch === 'gemma4-assistant') {
    return say('draftModel');
  }
  for (const tensor of tensors) {
    const reason = uncuttableReason(tensor, nExpert);
    if (reason) return reason;
  }
  return null;
}

/**
 * Whether llama.cpp loads a tensor of a next-token-prediction block, though it runs none of them: it skips what it creates
 * by itself, but neither fused gates (`create_tensor_gate_up_exps`) nor hy_v3's feed-forward.
 * @param name within the block
 */
export function isLoadedOfPrediction(arch: string, name: string): boolean {
  return name.startsWith('ffn_gate_up_exps.') || (arch === 'hy_v3' && /^(ffn_(?!norm)|exp_probs_b)/.test(name));
}

/** Llama-4 multiplies the experts' input by the gate weight; all others their output. */
export function gateInInput(arch: string): boolean {
  return arch === 'llama4';
}

/** Architectures whose graphs in llama.cpp hand `ffn_down_exps.scale` to the experts; it loads that of others, and ignores it. */
const EXPERT_SCALES: readonly string[] = [
  ...['cohere2moe', 'deepseek32', 'dots3note', 'gemma4', 'glm-dsa', 'hy_v3', 'llama', 'mellum', 'mistral3'],
  ...['nemotron_h_moe', 'qwen35moe', 'qwen3moe', 'qwen3next', 'qwen4exp'],
];

/** Whether a factor for each expert's output in the file has an effect. */
export function appliesExpertScale(arch: string): boolean {
  return EXPERT_SCALES.includes(arch);
}
