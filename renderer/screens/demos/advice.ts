// Whether a demo set is enough, before anything is scored.

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

/** `few` demos; `thin`: few tokens for so many experts; `many`: more than are needed. */
export type Advice = 'few' | 'thin' | 'many' | 'enough';

/** Tokens that each expert of a layer sees, were they spread evenly. */
export function tokensAnExpert(tokens: number, { nExpert, nExpertUsed }: Experts): number {
  return nExpert === 0 ? 0 : (tokens * nExpertUsed) / nExpert;
}

/** @param experts of the chosen model; null: none is chosen */
export function adviceFor({ demos, tokens }: DemoSet, experts: Experts | null): Advice {
  if (demos < FEWEST_DEMOS) return 'few';
  if (tokens !== null && experts !== null && tokensAnExpert(tokens, experts) < FEWEST_TOKENS_AN_EXPERT) return 'thin';
  return demos > ENOUGH_DEMOS ? 'many' : 'enough';
}
