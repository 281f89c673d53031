// Writes the math report text: worked word problems from templates of its own, the same on every machine.
// Run: node test/texts/generate-math.ts
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { problems, problemsText, take } from '../../resources/sample/math/draw.ts';
import { REPORT_TEMPLATES } from './math-templates.ts';

const SEED = 3;
const BYTES = 31_000;

export function buildReportMath(): string {
  const list = take(problems(REPORT_TEMPLATES, SEED), (some) => Buffer.byteLength(problemsText(some)) >= BYTES);
  return problemsText(list);
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'math.txt'), buildReportMath());
