// Who wins: one way to choose experts against the others, text by text.
import type { Method } from '../../electron/engine/measure/study/methods.ts';
import { rowsOf, summarise, type StudyRow } from '../../electron/engine/measure/study/summary.ts';

export type Duel = {
  readonly against: Method;
  /** Domains in whose text the first method's perplexity ratio is lower, and higher or the same. */
  readonly won: readonly string[];
  readonly lost: readonly string[];
};

/** How one method fares in its domains against the others; random choices by their geometric mean. */
export function duels(rows: readonly StudyRow[], method: Method, others: readonly Method[], keep: number): Duel[] {
  const ratios = (of: Method): Map<string, number> => {
    const byText = Map.groupBy(rowsOf(rows, of, keep, 'in'), ({ text }) => text);
    return new Map([...byText].map(([text, own]) => [text, summarise(own)?.ratio.value ?? NaN]));
  };
  const own = ratios(method);
  return others.map((against) => {
    const other = ratios(against);
    const texts = [...own.keys()].filter((text) => other.has(text));
    const wins = (text: string): boolean => (own.get(text) ?? NaN) < (other.get(text) ?? NaN);
    return { against, won: texts.filter(wins), lost: texts.filter((text) => !wins(text)) };
  });
}
