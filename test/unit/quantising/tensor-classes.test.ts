// Which class a tensor belongs to, and the rules of a mix.
import { expect, test } from 'vitest';
import { TENSOR_CLASSES, type TensorClass } from '../../../electron/contract/mix.ts';
import {
  classOf,
  fileTypeOf,
  rulesOfMix,
  uniformMix,
} from '../../../electron/engine/write/quantising/tensor-classes.ts';

const NAMES: readonly (readonly [string, TensorClass])[] = [
  ['token_embd.weight', 'embedding'],
  ['output.weight', 'embedding'],
  ['per_layer_token_embd.weight', 'embedding'],
  ['blk.3.ffn_gate_exps.weight', 'gateUp'],
  ['blk.3.ffn_up_exps.weight', 'gateUp'],
  ['blk.3.ffn_gate_up_exps.weight', 'gateUp'],
  ['blk.3.ffn_up_chexps.weight', 'gateUp'],
  ['blk.3.ffn_down_exps.weight', 'down'],
  ['blk.3.ffn_down_chexps.weight', 'down'],
  ['blk.3.ffn_down_shexp.weight', 'sharedExperts'],
  ['blk.3.ffn_gate_shexp.weight', 'sharedExperts'],
  ['blk.3.ffn_gate_inp_shexp.weight', 'sharedExperts'],
  ['blk.0.ffn_down.weight', 'dense'],
  ['blk.0.ffn_gate.weight', 'dense'],
  ['blk.0.ffn_latent_up.weight', 'dense'],
  // attention of every kind: plain, latent, linear, state space, RWKV, short convolutions, indexers
  ['blk.3.attn_q.weight', 'attention'],
  ['blk.3.attn_output.weight', 'attention'],
  ['blk.3.attn_kv_a_mqa.weight', 'attention'],
  ['blk.3.attn_kv_b.weight', 'attention'],
  ['blk.3.attn_qkv.weight', 'attention'],
  ['blk.3.ssm_in.weight', 'attention'],
  ['blk.3.ssm_ba.weight', 'attention'],
  ['blk.3.time_mix_key.weight', 'attention'],
  ['blk.3.shortconv.in_proj.weight', 'attention'],
  ['blk.3.indexer.attn_q_b.weight', 'attention'],
];

test.each(NAMES)('%s is of the class %s, and only that class’s type is its own', (name, expected) => {
  expect(classOf(name)).toBe(expected);
  // as std::regex_search finds it; all classes together, and alone
  for (const ofClass of TENSOR_CLASSES) {
    const mix = { ...uniformMix('q8_0'), [ofClass]: 'q4_K' };
    const { tensors = [] } = rulesOfMix(mix);
    const type = tensors.find(({ pattern }) => new RegExp(pattern).test(name))?.type;
    expect(type).toBe(ofClass === expected ? 'q4_K' : 'q8_0');
  }
});

test('patterns are lower case, which llama-quantize makes of them, and double quotes are enough for a shell', () => {
  for (const { pattern } of rulesOfMix(uniformMix('q8_0')).tensors ?? []) {
    expect(pattern).toBe(pattern.toLowerCase());
    expect(pattern).not.toMatch(/[\\$`"!%=]/);
  }
});

test('the header says what gate and up are in', () => {
  expect(fileTypeOf({ gateUp: 'iq2_s', down: 'iq4_nl' })).toBe('IQ2_S');
  expect(fileTypeOf({ gateUp: 'q4_K', down: 'q6_K' })).toBe('Q4_K_S');
  expect(fileTypeOf({ down: 'mxfp4' })).toBe('MXFP4_MOE');
});
