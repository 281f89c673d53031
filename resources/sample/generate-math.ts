// Writes the sample's math domain: worked word problems of our own, the same on every machine.
// Run: node resources/sample/generate-math.ts
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MONEY_TEMPLATES } from './math/money-templates.ts';
import type { Problem } from './math/problem.ts';
import { workedAnswer } from './math/problem.ts';
import { QUANTITY_TEMPLATES } from './math/quantity-templates.ts';
import type { Random } from './math/random.ts';
import { createRandom } from './math/random.ts';
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

/** Both files in memory. No question of the evaluation text is among the demos. */
export function buildMathSample(): MathSample {
  const demos = take(problems(DEMO_SEED), (list) => list.length >= DEMO_COUNT);
  const asked = new Set(demos.map((problem) => problem.question));
  const fresh = problems(EVAL_SEED).filter((problem) => !asked.has(problem.question));
  const held = take(fresh, (list) => Buffer.byteLength(evalText(list)) >= EVAL_BYTES);
  return { demosJsonl: demos.map(demoLine).join(''), evalText: evalText(held) };
}

/** Endless; every round goes through all templates in a new order, so that neighbours differ. */
function* problems(seed: number): Generator<Problem, never> {
  const random = createRandom(seed);
  for (;;) {
    for (const template of random.shuffled(TEMPLATES)) yield drawUntilSensible(template, random);
  }
}

function drawUntilSensible(template: (typeof TEMPLATES)[number], random: Random): Problem {
  for (;;) {
    const [first, second] = random.people(2);
    if (first === undefined || second === undefined) throw new RangeError('a problem needs two people');
    const problem = template(random, first, second);
    if (problem !== null) return problem;
  }
}

function take(source: Iterable<Problem>, enough: (list: readonly Problem[]) => boolean): Problem[] {
  const list: Problem[] = [];
  const asked = new Set<string>();
  for (const problem of source) {
    if (asked.has(problem.question)) continue;
    asked.add(problem.question);
    list.push(problem);
    if (enough(list)) break;
  }
  return list;
}

function demoLine(problem: Problem, index: number): string {
  const source = `generated, seed ${DEMO_SEED}, item ${index + 1}`;
  return `${JSON.stringify({ question: problem.question, answer: workedAnswer(problem), source })}\n`;
}

/** As plain text, the form in which the sample model met half of its math problems. */
function evalText(list: readonly Problem[]): string {
  return `${list.map((problem) => `${problem.question}\n${workedAnswer(problem)}`).join('\n\n')}\n`;
}

if (import.meta.main) {
  const sample = buildMathSample();
  writeFileSync(join(import.meta.dirname, 'demos', 'math.jsonl'), sample.demosJsonl);
  writeFileSync(join(import.meta.dirname, 'eval', 'math.txt'), sample.evalText);
}
