// Draws problems from templates, and writes them as text.
import type { Problem, Template } from './problem.ts';
import { workedAnswer } from './problem.ts';
import type { Random } from './random.ts';
import { createRandom } from './random.ts';

/** Endless; every round goes through all templates in a new order, so that neighbours differ. */
export function* problems(templates: readonly Template[], seed: number): Generator<Problem, never> {
  const random = createRandom(seed);
  for (;;) {
    for (const template of random.shuffled(templates)) yield drawUntilSensible(template, random);
  }
}

function drawUntilSensible(template: Template, random: Random): Problem {
  for (;;) {
    const [first, second] = random.people(2);
    if (first === undefined || second === undefined) throw new RangeError('a problem needs two people');
    const problem = template(random, first, second);
    if (problem !== null) return problem;
  }
}

/** Different problems in their order, until there are enough. */
export function take(source: Iterable<Problem>, enough: (list: readonly Problem[]) => boolean): Problem[] {
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

/** As plain text, the form in which the sample model met half of its math problems. */
export function problemsText(list: readonly Problem[]): string {
  return `${list.map((problem) => `${problem.question}\n${workedAnswer(problem)}`).join('\n\n')}\n`;
}
