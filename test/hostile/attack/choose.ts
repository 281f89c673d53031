// What most attacks begin with: scores of some of the sample's demos, and half of its experts chosen by them.
import { join } from 'node:path';
import { words } from '../../words.ts';
import { expectDone } from './expect.ts';
import type { Ground } from './ground.ts';

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
