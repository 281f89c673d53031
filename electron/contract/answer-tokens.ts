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
