// Sorts tensors into classes by the names that llama.cpp gives them, and turns a type for each class into rules for the quantiser.
import { TENSOR_CLASSES, type Mix, type TensorClass } from '../../../contract/mix.ts';
import {
  QUANT_TYPE_NAMES,
  isUnquantised,
  type QuantRules,
  type QuantType,
  type TensorType,
} from '../../../contract/quantise.ts';

/**
 * Patterns in the tensor names of each class; the first match counts. In a shell they need nothing more than double quotes, and
 * llama-quantize reads them in lower case.
 *
 * Attention is the rest: projections of every kind (attn_q, attn_kv_b, …), linear attention and state space blocks (ssm_*,
 * time_mix_*, shortconv.*), and the indexers beside them.
 */
const PATTERNS: readonly (readonly [TensorClass, string])[] = [
  ['down', 'ffn_down_(ch)?exps'],
  ['gateUp', 'ffn_(gate|up|gate_up)_(ch)?exps'],
  ['sharedExperts', 'ffn_[a-z_]+_shexp'],
  ['dense', 'ffn_(gate|up|down|latent_down|latent_up|routed_down|routed_up)[.]'],
  ['embedding', '(token_embd|^output)[.]'],
  ['attention', '[.]'],
];
const CLASSES = PATTERNS.map(([ofClass, pattern]) => [ofClass, new RegExp(pattern)] as const);

/** The class of a tensor with a dot in its name, as all tensors of llama.cpp have. */
export function classOf(name: string): TensorClass {
  return CLASSES.find(([, pattern]) => pattern.test(name))?.[0] ?? 'attention';
}

/** The rules of a mix, as for `--tensor-type`; the first pattern that matches a name counts. */
export function rulesOfMix(mix: Mix): QuantRules {
  const tensors = PATTERNS.flatMap(([ofClass, pattern]) => {
    const type = mix[ofClass];
    return type === undefined ? [] : [{ pattern, type }];
  });
  return { tensors };
}

/** A mix with one type for all classes, as far as the tensors' rows allow it. */
export function uniformMix(type: TensorType): Required<Mix> {
  return Object.fromEntries(TENSOR_CLASSES.map((ofClass) => [ofClass, type])) as Required<Mix>;
}

/** The file type in the header of a mix: llama.cpp's smallest mixture of the type of the experts' gate and up matrices. */
export function fileTypeOf({ gateUp, down, attention }: Mix): QuantType {
  const type = (gateUp ?? down ?? attention ?? 'q8_0').toUpperCase();
  const names: readonly string[] = isUnquantised(type) ? [] : [type, `${type}_S`, `${type}_MOE`];
  return QUANT_TYPE_NAMES.find((name) => names.includes(name)) ?? 'Q8_0';
}
