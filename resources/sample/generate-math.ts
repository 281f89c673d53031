// Writes the sample's math domain: worked word problems of our own, the same on every machine.
// Run: node resources/sample/generate-math.ts
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { problems, problemsText, take } from './math/draw.ts';
import { MONEY_TEMPLATES } from './math/money-templates.ts';
import type { Problem } from './math/problem.ts';
import { workedAnswer } from './math/problem.ts';
import { QUANTITY_TEMPLATES } from './math/quantity-templates.ts';
import { RATE_TEMPLATES } from './math/rate-templates.ts';

const DEMO_SEED = 1;
const EVAL_SEED = 2;
const DEMO_COUNT = 40;
const EVAL_BYTES = 32_000;

const TEMPLATES = [...MONEY_TEMPLATES, ...QUANTITY_TEMPLATES, ...RATE_TEMPLATES];

export type MathSample = {
  /** JSON lines of question, answer and source. */
  readonly demosJsonl: string;
  /** Questions with their answers, separated by blank lines. */
  readonly evalText: string;
};

/** Both files in memory. No question of the evaluation text is among the demos, not even with other names. */
export function buildMathSample(): MathSample {
  const demos = take(problems(TEMPLATES, DEMO_SEED), (list) => list.length >= DEMO_COUNT);
  const asked = new Set(demos.map(numbersOf));
  const fresh = problems(TEMPLATES, EVAL_SEED).filter((problem) => !asked.has(numbersOf(problem)));
  const held = take(fresh, (list) => Buffer.byteLength(problemsText(list)) >= EVAL_BYTES);
  return { demosJsonl: demos.map(demoLine).join(''), evalText: problemsText(held) };
}

function numbersOf(problem: Problem): string {
  return workedAnswer(problem).replaceAll(/\D+/g, ' ');
}

function demoLine(problem: Problem, index: number): string {
  const source = `generated, seed ${DEMO_SEED}, item ${index + 1}`;
  return `${JSON.stringify({ question: problem.question, answer: workedAnswer(problem), source })}\n`;
}

if (import.meta.main) {
  const sample = buildMathSample();
  writeFileSync(join(import.meta.dirname, 'demos', 'math.jsonl'), sample.demosJsonl);
  writeFileSync(join(import.meta.dirname, 'eval', 'math.txt'), sample.evalText);
}
