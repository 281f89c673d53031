// Which part of a demo a token belongs to, and by which of these parts experts are chosen.
import { z } from 'zod';

/** In the order of their numbers: scoring is given the number of each token, and keeps a sum for each class. */
export const TOKEN_CLASSES = ['first', 'template', 'prompt', 'reasoning', 'answer'] as const;
/**
 * `first`: position 0, whatever it holds; `template`: special tokens, and what the chat template writes around the
 * messages; `prompt`: messages that are not the assistant's, and the tools on offer; `reasoning` and `answer`: what the
 * assistant writes, including its tool calls. A text counts as an answer: the model should be able to write it.
 */
export type TokenClass = (typeof TOKEN_CLASSES)[number];

/** Which tokens an expert is ranked by. `all` is the paper's form, `answers` its output-only form. */
export const TOKEN_CHOICES = ['all', 'without-first', 'without-template', 'answers', 'prompts'] as const;
export const tokenChoiceSchema = z.enum(TOKEN_CHOICES);
export type TokenChoice = z.infer<typeof tokenChoiceSchema>;

/** The classes that each choice counts. */
export const CLASSES_OF_CHOICE: Readonly<Record<TokenChoice, readonly TokenClass[]>> = {
  all: TOKEN_CLASSES,
  'without-first': ['template', 'prompt', 'reasoning', 'answer'],
  'without-template': ['prompt', 'reasoning', 'answer'],
  answers: ['reasoning', 'answer'],
  prompts: ['prompt'],
};

/**
 * Returns the tokens that a model's experts are ranked by, unless the user says otherwise. If the first block has
 * experts, the token at position 0 reaches them as a bare embedding: its routing is the same in every demo, and its
 * turn is the largest of all.
 * @param moeLayers block indices, ascending
 */
export function defaultTokens(moeLayers: readonly number[]): TokenChoice {
  return moeLayers[0] === 0 ? 'without-first' : 'all';
}

/**
 * Returns the same for existing scores. Not all tell tokens apart.
 * @param scored at least one run or file, all of one model
 */
export function usualTokens(
  scored: readonly { readonly moeLayers: readonly number[]; readonly tokenClasses: boolean }[],
): TokenChoice {
  return scored.every(({ tokenClasses }) => tokenClasses) ? defaultTokens(scored[0]?.moeLayers ?? []) : 'all';
}
