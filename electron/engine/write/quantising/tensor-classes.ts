// Sorts tensors into classes by the names that llama.cpp gives them, and turns a type for each class into rules for the quantiser.
import { TENSOR_CLASSES, type Mix, type TensorClass } from '../../../contract/mix.ts';
import type { QuantRules, QuantType, TensorType } from '../../../contract/quantise.ts';

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

const FILE_TYPES: Readonly<Partial<Record<TensorType, QuantType>>> = {
  q8_0: 'Q8_0',
  q6_K: 'Q6_K',
  q5_K: 'Q5_K_S',
  q5_1: 'Q5_1',
  q5_0: 'Q5_0',
  q4_K: 'Q4_K_S',
  q4_1: 'Q4_1',
  q4_0: 'Q4_0',
  iq4_nl: 'IQ4_NL',
  iq4_xs: 'IQ4_XS',
  mxfp4: 'MXFP4_MOE',
  q3_K: 'Q3_K_S',
  iq3_s: 'IQ3_S',
  iq3_xxs: 'IQ3_XXS',
  q2_K: 'Q2_K',
  iq2_s: 'IQ2_S',
  iq2_xs: 'IQ2_XS',
  iq2_xxs: 'IQ2_XXS',
  iq1_m: 'IQ1_M',
  iq1_s: 'IQ1_S',
  q2_0: 'Q2_0',
  q1_0: 'Q1_0',
  tq2_0: 'TQ2_0',
  tq1_0: 'TQ1_0',
};

/** The file type in the header of a mix: llama.cpp's mixture closest to the type of the experts' gate and up matrices. */
export function fileTypeOf({ gateUp, down, attention }: Mix): QuantType {
  return FILE_TYPES[gateUp ?? down ?? attention ?? 'q8_0'] ?? 'Q8_0';
}
