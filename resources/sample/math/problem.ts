// What a generated word problem is, and the arithmetic from which its worked answer is written.
import type { Person, Random } from './random.ts';

export type Problem = {
  readonly question: string;
  /** One sentence a step, each with at least one equation. */
  readonly steps: readonly string[];
  readonly result: number;
};

/** Draws the numbers and words of one problem; null when they give nothing sensible (a negative rest, say). */
export type Template = (random: Random, first: Person, second: Person) => Problem | null;

type Operator = '+' | '-' | '*' | '/';

export type Equation = {
  readonly value: number;
  /** "3 * 4 = 12" */
  readonly text: string;
  /** "3 * 4 = $12" */
  readonly money: string;
};

/**
 * Computes `first op n op n …` from left to right and writes it down.
 * Throws RangeError when a step leaves the non-negative integers, or when the order of operations would matter.
 */
export function equation(first: number, ...rest: readonly (Operator | number)[]): Equation {
  let value = first;
  let text = String(first);
  for (let i = 0; i + 1 < rest.length; i += 2) {
    const operator = rest[i];
    const operand = Number(rest[i + 1]);
    if (operator === '+') value += operand;
    else if (operator === '-') value -= operand;
    else if (operator === '*') value *= operand;
    else value /= operand;
    text += ` ${String(operator)} ${operand}`;
    if (!Number.isInteger(value) || value < 0) throw new RangeError(`${text} = ${value} in a worked answer`);
  }
  if (/[+-]/.test(text) && /[*/]/.test(text)) throw new RangeError(`${text} depends on the order of operations`);
  return { value, text: `${text} = ${value}`, money: `${text} = $${value}` };
}

/** The worked answer as the demos hold it; its last line is "#### n". */
export function workedAnswer(problem: Problem): string {
  return [...problem.steps, `#### ${problem.result}`].join('\n');
}
