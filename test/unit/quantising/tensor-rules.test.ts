import { describe, expect, test } from 'vitest';
import type { QuantRules, QuantType } from '../../../electron/contract/quantise.ts';
import { tensorRules } from '../../../electron/engine/write/quantising/planned-quantised.ts';

const BLOCKS = 12;
const of = (rules: QuantRules, type: QuantType = 'Q4_K_M') =>
  tensorRules({ type, rules, allowRequantize: false }, BLOCKS, ['blk.11.ffn_gate_up_exps.weight']);

/** The type that the first pattern gives that is found in the name, as std::regex_search would. */
function typeOf(name: string, rules: QuantRules): string | undefined {
  return of(rules).rules.find(({ pattern }) => new RegExp(pattern).test(name))?.type;
}

describe('rules for parts of a model', () => {
  test.each([
    ['blk.3.attn_q.weight', { attention: 'q8_0' }, 'q8_0'],
    ['blk.3.attn_kv_b.weight', { attention: 'q8_0' }, 'q8_0'],
    ['blk.3.ffn_up_exps.weight', { attention: 'q8_0' }, undefined],
    ['blk.3.ffn_up_shexp.weight', { sharedExperts: 'q6_K' }, 'q6_K'],
    ['blk.3.ffn_up_exps.weight', { sharedExperts: 'q6_K' }, undefined],
    ['blk.1.ffn_up_exps.weight', { firstLayers: { count: 2, type: 'q6_K' } }, 'q6_K'],
    ['blk.2.ffn_up_exps.weight', { firstLayers: { count: 2, type: 'q6_K' } }, undefined],
    // its number begins with that of a first layer
    ['blk.10.ffn_up_exps.weight', { firstLayers: { count: 2, type: 'q6_K' } }, undefined],
    ['blk.11.ffn_up_exps.weight', { lastLayers: { count: 1, type: 'q5_K' } }, 'q5_K'],
    ['blk.10.ffn_up_exps.weight', { lastLayers: { count: 1, type: 'q5_K' } }, undefined],
    ['blk.1.ffn_up_exps.weight', { lastLayers: { count: 1, type: 'q5_K' } }, undefined],
    ['blk.0.attn_v.weight', { lastLayers: { count: 99, type: 'q5_K' } }, 'q5_K'],
  ] satisfies [string, QuantRules, string | undefined][])('%s by %j', (name, rules, expected) => {
    expect(typeOf(name, rules)).toBe(expected);
  });

  test('a name goes before layers, layers before parts', () => {
    const rules: QuantRules = {
      tensors: [{ pattern: 'attn_v', type: 'f16' }],
      firstLayers: { count: 1, type: 'q8_0' },
      attention: 'q6_K',
    };
    expect(typeOf('blk.0.attn_v.weight', rules)).toBe('f16');
    expect(typeOf('blk.0.attn_q.weight', rules)).toBe('q8_0');
    expect(typeOf('blk.1.attn_q.weight', rules)).toBe('q6_K');
  });

  test('embeddings and output are no patterns', () => {
    expect(of({ embeddings: 'q8_0', output: 'q6_K' })).toEqual({
      rules: [],
      embeddingType: 'q8_0',
      outputType: 'q6_K',
    });
    expect(of({})).toEqual({ rules: [], embeddingType: null, outputType: null });
  });

  test('what llama.cpp would not look at, and patterns that are none, are refused', () => {
    expect(() => of({ attention: 'q8_0' }, 'BF16')).toThrow(/BF16/);
    expect(of({ output: 'q8_0' }, 'F16').outputType).toBe('q8_0');
    expect(() => of({ tensors: [{ pattern: 'ffn_(up', type: 'q8_0' }] })).toThrow(/ffn_\(up/);
    // each letter doubles the ways of taking the repetitions apart
    expect(() => of({ tensors: [{ pattern: String.raw`^([\w.]+)*!`, type: 'q8_0' }] })).toThrow(/endless ways/);
  });
});
