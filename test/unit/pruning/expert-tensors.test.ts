// Which tensors hold experts, by name. That the table is complete is tested against llama.cpp's source.
import { describe, expect, test } from 'vitest';
import { inEnglish, msg } from '../../../electron/contract/sentences.ts';
import { refusal } from '../../../electron/engine/models/architecture-rules.ts';
import { blockTensor, expertAxis, uncuttableReason } from '../../../electron/engine/models/expert-tensors.ts';
import { integer } from './tiny-model.ts';

test('names are taken apart into block and rest', () => {
  expect(blockTensor('blk.12.ffn_up_exps.weight')).toEqual({ block: 12, name: 'ffn_up_exps.weight' });
  expect(blockTensor('token_embd.weight')).toBeNull();
  expect(blockTensor('v.blk.3.attn_q.weight')).toBeNull();
  expect(blockTensor('blk.x.attn_q.weight')).toBeNull();
});

describe('the expert axis', () => {
  test.each([
    ['blk.0.ffn_down_exps.weight', 'expert'],
    ['blk.0.ffn_gate_up_exps.bias', 'expert'],
    ['blk.0.ffn_gate_exps.input_scale', 'expert'],
    ['blk.0.ffn_gate_inp.weight', 'expert'],
    ['blk.0.exp_probs_b.bias', 'expert'],
    ['blk.0.exp_probs_b_vl.bias', 'expert'],
    ['blk.0.ffn_up_chexps.weight', 'expert-block'],
    ['blk.0.ffn_up_shexp.weight', null],
    ['blk.0.ffn_gate_inp_shexp.weight', null],
    ['blk.0.ffn_gate_inp.scale', null],
    ['blk.0.ffn_up.weight', null],
    ['ffn_up_exps.weight', null],
  ])('%s: %s', (name, axis) => {
    expect(expertAxis(name)).toBe(axis);
  });
});

describe('a tensor that keeps a model from being cut', () => {
  test.each([
    ['blk.0.ffn_gate.5.weight', [16, 32], /a tensor of its own/],
    ['blk.0.ffn_gate_tid2eid.weight', [6, 1000], /expert numbers/],
    ['blk.0.mystery.weight', [16, 8], /an axis of 8, the expert count/],
    ['blk.0.mystery.weight', [8, 16], /an axis of 8, the expert count/],
  ])('%s %j', (name, ne, reason) => {
    const said = inEnglish(uncuttableReason({ name, ne }, 8) ?? '');
    expect(said).toMatch(reason);
    expect(said).toContain(name);
  });

  test.each([
    ['blk.0.mystery.weight', [16, 9]],
    ['blk.0.attn_sinks.weight', [8]],
    ['blk.0.ffn_up_shexp.weight', [16, 8]],
    ['blk.0.ffn_down.weight', [16, 8]],
    ['blk.0.ffn_up_exps.weight', [16, 8]],
    ['mystery.weight', [8]],
  ])('but not %s %j', (name, ne) => {
    expect(uncuttableReason({ name, ne }, 8)).toBeNull();
  });
});

describe('architectures', () => {
  const facts = { kv: {}, tensors: [], nExpert: 64 };

  test.each(['dflash', 'eagle3', 'gemma4-assistant', 'refact'])('%s is refused', (arch) => {
    expect(refusal({ ...facts, arch })).not.toBeNull();
  });

  test.each(['nomic-bert-moe', 'llama-embed'])('%s is refused, since it writes no text', (arch) => {
    expect(refusal({ ...facts, arch })).toEqual(msg('noLanguageModel'));
  });

  test('one without a record is refused by its name', () => {
    const reason = refusal({ ...facts, arch: 'futuristic' });
    expect(reason).toEqual(msg('noRecord', { arch: 'futuristic' }));
    expect(inEnglish(reason ?? '')).toContain('"futuristic"');
  });

  test('llama4 is refused with 128 experts only', () => {
    expect(refusal({ ...facts, arch: 'llama4', nExpert: 128 })).toEqual(msg('maverick'));
    expect(refusal({ ...facts, arch: 'llama4', nExpert: 16 })).toBeNull();
    expect(refusal({ ...facts, arch: 'qwen3moe', nExpert: 128 })).toBeNull();
  });

  test('layers that choose by token are refused, their key being 0 is not', () => {
    const kv = (count: number) => ({ 'deepseek4.hash_layer_count': integer(count) });
    expect(refusal({ ...facts, arch: 'deepseek4', kv: kv(3) })).toEqual(msg('hashLayers', { layers: 3 }));
    expect(refusal({ ...facts, arch: 'deepseek4', kv: kv(0) })).toBeNull();
  });
});
