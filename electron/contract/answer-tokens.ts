// How long an answer may become that a model writes to a demo.

/** As in the paper's runs; what goes on longer has mostly lost its way. */
export const MOST_ANSWER_TOKENS = 32_768;

/**
 * What the model's context allows; the prompt takes its part of that.
 * @param contextLength that the model was trained for; 0: unknown
 */
export function usualAnswerTokens(contextLength: number): number {
  return contextLength > 0 ? Math.min(contextLength, MOST_ANSWER_TOKENS) : MOST_ANSWER_TOKENS;
}

/** Answers that are there say how long others become: so many times as long as the longest one. */
const ANSWER_FACTOR = 8;
/** Models are wordier than those who write answers for them. */
const FEWEST_JUSTIFIED = 1024;

/**
 * What the answers that the demos have justify, never more than `usualAnswerTokens`.
 * @param longest of them, in tokens; null: there is none, or they say nothing of what the model will write
 */
export function justifiedAnswerTokens(longest: number | null, contextLength: number): number {
  const usual = usualAnswerTokens(contextLength);
  return longest === null ? usual : Math.min(usual, Math.max(FEWEST_JUSTIFIED, ANSWER_FACTOR * longest));
}
