// `winnow select --criterion auto` on the bundled sample, held to what `winnow eval` says of each criterion's mask on the same demos.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { FAST_CRITERIA } from '../../electron/contract/criteria.ts';
import { openStore } from '../../electron/engine/store/database.ts';
import { listMeasurements } from '../../electron/engine/store/measurements.ts';
import { commandLineHere, ROOT, SAMPLE, scratchDir, THREADS } from './support.ts';

const ON_CPU = ['--gpu', 'off', '--threads', String(THREADS)];
const KEEP = '8';
/** Demos, of which the last half is not scored. */
const DEMOS = 16;
const HELD_BACK = 8;
const DEMO_CHARS = 500;

const dir = scratchDir();
const home = join(dir, 'home');
const winnow = commandLineHere(home);
const file = (name: string): string => join(dir, name);
/** Cut: those that are not scored have some hundreds of tokens more than are needed. */
const lines = readFileSync(join(ROOT, 'resources/sample/demos/python.jsonl'), 'utf8')
  .split('\n')
  .slice(0, DEMOS)
  .map((line) => JSON.stringify({ text: (JSON.parse(line) as { text: string }).text.slice(0, DEMO_CHARS) }));

const interval = z.object({ value: z.number(), low: z.number().nullable(), high: z.number().nullable() });
const auto = z.object({
  best: z.enum(FAST_CRITERIA),
  units: z.number(),
  criteria: z.array(
    z.object({ criterion: z.enum(FAST_CRITERIA), kl: interval, overBest: interval.nullable(), isWorse: z.boolean() }),
  ),
});
const chosen = z.object({ criterion: z.string(), kept: z.array(z.array(z.number())), auto: auto.optional() });
const evaluated = z.object({ kl_mean: z.number() });

const select = async (...flags: string[]): Promise<z.infer<typeof chosen>> => {
  const { document, stderr } = await winnow.json('select', '--scores', file('scores.json'), '--keep', KEEP, ...flags);
  return chosen.parse(document, { error: () => stderr });
};

function countMeasurements(): number {
  const store = openStore(home);
  try {
    return listMeasurements(store, 'evaluations').length;
  } finally {
    store.close();
  }
}

test('the criterion that loses least on demos left unscored is chosen, as measuring the best and the worst mask by themselves says', async () => {
  writeFileSync(file('python.jsonl'), lines.join('\n'));
  writeFileSync(file('left.jsonl'), lines.slice(-HELD_BACK).join('\n'));
  const score = ['score', SAMPLE, '--demos', file('python.jsonl'), '--hold-back', String(HELD_BACK / DEMOS)];
  await winnow.json(...score, '--out', file('scores.json'), ...ON_CPU);

  const found = await select('--criterion', 'auto', '--demos', file('python.jsonl'), ...ON_CPU);
  // each demo is read from its start
  expect(found.auto?.units).toBe(HELD_BACK);
  expect(found.criterion).toBe(found.auto?.best);
  const measured = found.auto?.criteria ?? [];
  expect(measured).toHaveLength(FAST_CRITERIA.length);
  const best = Math.min(...measured.map(({ kl }) => kl.value));
  for (const { criterion, kl, overBest, isWorse } of measured) {
    expect(overBest?.value ?? 0).toBeCloseTo(kl.value - best, 6);
    expect(isWorse).toBe((overBest?.low ?? 0) > 0);
    if (criterion === found.criterion) expect(kl.value).toBe(best);
  }
  const [worst] = measured.toSorted((a, b) => b.kl.value - a.kl.value);
  for (const { criterion, kl } of measured.filter((one) => one === worst || one.criterion === found.criterion)) {
    const mask = file(`${criterion}.json`);
    const { kept } = await select('--criterion', criterion, '-o', mask);
    if (criterion === found.criterion) expect(kept).toEqual(found.kept);
    const evaluate = ['eval', SAMPLE, '--choice', mask, '--against', SAMPLE, '--text', file('left.jsonl')];
    expect(kl.value).toBeCloseTo(evaluated.parse((await winnow.json(...evaluate, ...ON_CPU)).document).kl_mean, 6);
  }

  // nothing is measured twice
  const before = countMeasurements();
  expect((await select('--criterion', 'auto', '--demos', file('python.jsonl'), ...ON_CPU)).auto).toEqual(found.auto);
  expect(countMeasurements()).toBe(before);
});

test('without demos left, with no answers in them, or for several domains, it says what is missing', async () => {
  writeFileSync(file('scored.jsonl'), lines.slice(0, DEMOS - HELD_BACK).join('\n'));
  const refused = async (...flags: string[]): Promise<unknown> =>
    (await winnow.json('select', '--keep', KEEP, '--criterion', 'auto', ...flags, ...ON_CPU)).document;
  const none = await refused('--scores', file('scores.json'), '--demos', file('scored.jsonl'));
  expect(none).toMatchObject({ error: { code: 'DEMOS_EMPTY' } });
  expect(JSON.stringify(none)).toContain('--hold-back');
  // enough demos, but without answers
  const short = lines
    .slice(0, HELD_BACK)
    .map((_, i) => JSON.stringify({ messages: [{ role: 'user', content: `x = ${i}` }] }));
  writeFileSync(file('short.jsonl'), [...lines.slice(0, DEMOS - HELD_BACK), ...short].join('\n'));
  const few = await refused('--scores', file('scores.json'), '--demos', file('short.jsonl'));
  expect(few).toMatchObject({ error: { code: 'TEXT_TOO_SHORT' } });
  expect(JSON.stringify(few)).toMatch(/demos of python that were not scored holds nothing to measure/);
  expect(await refused('--scores', file('scores.json'))).toMatchObject({ error: { code: 'USAGE' } });
  const two = ['--scores', file('scores.json'), file('scores.json'), '--demos', file('python.jsonl')];
  expect(await refused(...two)).toMatchObject({ error: { code: 'USAGE' } });
});
