// The length limit of answers that a model writes to demos.

/** As in the paper's runs; a longer answer has mostly lost its way. */
export const MOST_ANSWER_TOKENS = 32_768;

/**
 * Returns what the model's context allows; the prompt takes its part of that.
 * @param contextLength the context that the model was trained for; 0: unknown
 */
export function usualAnswerTokens(contextLength: number): number {
  return contextLength > 0 ? Math.min(contextLength, MOST_ANSWER_TOKENS) : MOST_ANSWER_TOKENS;
}

/** The answers that exist justify others of this many times the longest one's length. */
const ANSWER_FACTOR = 8;
/** Any model may write this much: models are wordier than the people who write answers for them. */
const FEWEST_JUSTIFIED = 1024;

/**
 * Returns the limit that the demos' own answers justify, never more than `usualAnswerTokens`.
 * @param longest length of the longest answer, in tokens; null: there is none, or the answers say nothing about what
 *   the model will write
 */
export function justifiedAnswerTokens(longest: number | null, contextLength: number): number {
  const usual = usualAnswerTokens(contextLength);
  return longest === null ? usual : Math.min(usual, Math.max(FEWEST_JUSTIFIED, ANSWER_FACTOR * longest));
}
