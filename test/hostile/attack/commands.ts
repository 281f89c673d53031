// Commands that most attacks begin with, and what they ask of how one ended.
import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { ErrorCode } from '../../../electron/contract/errors.ts';
import { words } from '../../words.ts';
import type { Ended, Ground } from './ground.ts';

/** Scores two demos. */
export const scoring = ({ model, demos }: Ground, ...more: readonly string[]): string[] =>
  words`score ${model} --demos ${demos('math')} --limit 2 --gpu off ${more}`;

/** @returns paths of the scores and of the choice, which are `name` with endings */
export async function choose(
  { folder, model: sample, demos, winnow }: Ground,
  { model = sample, domain = 'math', limit = 2, keep = '0.5', name = 'half' } = {},
): Promise<{ readonly scores: string; readonly mask: string }> {
  const scores = join(folder, `${name}.scores.json`);
  const mask = join(folder, `${name}.mask.json`);
  expectDone(await winnow(words`score ${model} --demos ${demos(domain)} --limit ${limit} --gpu off --out ${scores}`));
  expectDone(await winnow(words`select --scores ${scores} --keep ${keep} -o ${mask}`));
  return { scores, mask };
}

/** What writes a file of weights, but for its path. */
export const writing = ({ model }: Ground, mask: string): string[][] => [
  words`prune ${model} --choice ${mask} -o`,
  words`quantize ${model} --type Q4_0 --allow-requantize -o`,
];

/** A failure that says what and where: exit code 1, one of `codes`, `names` in its text, and nothing of a defect. */
export function expectRefused(ended: Ended, codes: readonly ErrorCode[], names: string): void {
  const told = JSON.stringify({ ...ended, stderr: ended.stderr.slice(-1000) });
  assert.equal(ended.code, 1, told);
  const { error } = JSON.parse(ended.stdout) as { error?: { code: ErrorCode; message: string } };
  assert.ok(error !== undefined && codes.includes(error.code), told);
  assert.ok(error.message.includes(names), `${names} is not named by ${ended.command}: ${error.message}`);
  // the document's details hold what a process that died had said
  expectNoStack({ stdout: error.message, stderr: ended.stderr });
}

/** No text of a defect, which nobody who uses Winnow can act upon. */
export function expectNoStack({ stdout, stderr }: Pick<Ended, 'stdout' | 'stderr'>): void {
  assert.doesNotMatch(stdout + stderr, /^\s+at .*:\d+|This is a bug in Winnow|INTERNAL|Unhandled|uncaught/im);
}

/** @throws unless this signal was sent and ended it within two seconds, as signals do */
export function expectEndedBy(
  name: NodeJS.Signals,
  { command, code, secondsAfterSignal, stdout, stderr }: Ended,
): void {
  assert.equal(code, 128 + constants.signals[name], `${command}: ${stdout} ${stderr}`);
  assert.ok(secondsAfterSignal < 2, `${command}: ${secondsAfterSignal} s after the signal`);
}

export function expectDone(ended: Ended): Ended {
  const { command, code, signal, stdout, stderr } = ended;
  assert.equal(code, 0, `${command}: ${signal ?? ''} ${stderr.slice(-2000)} ${stdout.slice(-2000)}`);
  expectNoStack(ended);
  return ended;
}
