import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addQuantiseOptions, quantiseOptionsFrom, type QuantiseFlags } from '../../../electron/cli/quantise-options.ts';
import { quantiseWords } from '../../../electron/engine/report/quantise-words.ts';

/** What the command line makes of the words. */
function parsed(words: readonly string[]) {
  const command = addQuantiseOptions(new Command().option('--imatrix <file>'), true);
  command.parse(words, { from: 'user' });
  const flags = command.opts<QuantiseFlags & { readonly imatrix?: string }>();
  return { ...quantiseOptionsFrom(flags), imatrix: flags.imatrix ?? null };
}

test('the command line takes the words of a file as what it was quantised by', () => {
  const rules = {
    tensors: [
      { pattern: 'ffn_down_exps', type: 'q6_K' as const },
      { pattern: 'blk\\.[0-2]=?', type: 'iq4_nl' as const },
    ],
    firstLayers: { count: 2, type: 'q8_0' as const },
    lastLayers: { count: 1, type: 'q5_K' as const },
    attention: 'f16' as const,
    sharedExperts: 'q8_0' as const,
    embeddings: 'q4_K' as const,
    output: 'q6_K' as const,
  };
  const all = { type: 'IQ3_XXS' as const, rules, imatrix: 'law.gguf', allowRequantize: true };
  expect(parsed(quantiseWords(all))).toEqual({ type: 'IQ3_XXS', rules, imatrix: 'law.gguf', allowRequantize: true });
  const bare = { type: 'Q8_0' as const, rules: {}, imatrix: null, allowRequantize: false };
  expect(parsed(quantiseWords(bare))).toEqual({ type: 'Q8_0', rules: {}, imatrix: null, allowRequantize: false });
});
