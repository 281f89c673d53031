// Whether a demo set is large enough, as judged before anything is scored.

const FEWEST_DEMOS = 5;
const ENOUGH_DEMOS = 40;
/** Tokens that an expert sees on average; with fewer, chance decides which experts look important. */
const FEWEST_TOKENS_AN_EXPERT = 100;

type DemoSet = {
  readonly demos: number;
  /** null: not counted yet. */
  readonly tokens: number | null;
};

type Experts = { readonly nExpert: number; readonly nExpertUsed: number };

/** `few`: few demos; `thin`: few tokens for this number of experts; `many`: more than needed. */
export type Advice = 'few' | 'thin' | 'many' | 'enough';

/** Returns the tokens that each expert of a layer would see if they were spread evenly. */
export function tokensAnExpert(tokens: number, { nExpert, nExpertUsed }: Experts): number {
  return nExpert === 0 ? 0 : (tokens * nExpertUsed) / nExpert;
}

/** Returns the advice for a set. @param experts of the chosen model; null: none is chosen */
export function adviceFor({ demos, tokens }: DemoSet, experts: Experts | null): Advice {
  if (demos < FEWEST_DEMOS) return 'few';
  if (tokens !== null && experts !== null && tokensAnExpert(tokens, experts) < FEWEST_TOKENS_AN_EXPERT) return 'thin';
  return demos > ENOUGH_DEMOS ? 'many' : 'enough';
}
