// The comparison of ways to choose, and answers of the model, from outside on the bundled sample.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { importDemoFile } from '../../electron/engine/demos/import.ts';
import { commandLineHere, ROOT, SAMPLE, scratchDir, THREADS } from './support.ts';
import { words } from '../words.ts';

const ON_CPU = ['--gpu', 'off', '--threads', String(THREADS)];
const dir = scratchDir();
const winnow = commandLineHere(join(dir, 'home'));
const file = (name: string): string => join(dir, name);
const demos = (domain: string): string => join(ROOT, `resources/sample/demos/${domain}.jsonl`);
const heldOut = (domain: string): string => join(ROOT, `resources/sample/eval/${domain}.txt`);

const interval = z.object({ value: z.number() });
const compared = z.object({
  full: z.array(z.object({ text: z.string(), perplexity: z.number() })),
  measurements: z.array(
    z.object({
      domain: z.string(),
      criterion: z.string(),
      demos: z.int(),
      keep: z.int(),
      text: z.string(),
      perplexity: z.number(),
      perplexity_ratio: interval,
    }),
  ),
});

test('criteria, counts and fewer demos are compared, in the domains and outside them', async () => {
  const request = ['compare', SAMPLE, ...ON_CPU, '--demos', demos('math'), `code=${demos('python')}`, '--limit', '5'];
  const texts = ['--text', heldOut('math'), `code=${heldOut('python')}`, '--chunks', '2', '--ctx', '256'];
  const how = ['--criteria', 'easy-ep,random', '--keep', '0.5,24', '--demo-counts', '2,5'];
  const { code, document, stderr } = await winnow.json(...request, ...texts, ...how);
  expect(code, stderr).toBe(0);
  const { full, measurements } = compared.parse(document);
  // two domains × (two criteria, two of the five demos) × two counts, on two texts
  expect(measurements).toHaveLength(2 * 3 * 2 * 2);
  for (const { text, perplexity, perplexity_ratio: ratio } of measurements) {
    const reference = full.find((one) => one.text === text);
    expect(perplexity / (reference?.perplexity ?? NaN)).toBeCloseTo(ratio.value, 6);
  }
  const ratio = (criterion: string, domain: string, text: string, n = 5): number =>
    measurements.find(
      (one) =>
        one.criterion === criterion && one.domain === domain && one.text === text && one.demos === n && one.keep === 16,
    )?.perplexity_ratio.value ?? NaN;
  expect(ratio('easy-ep', 'math', 'math')).toBeLessThan(ratio('easy-ep', 'code', 'math'));
  expect(ratio('easy-ep', 'math', 'math')).toBeLessThan(ratio('random', 'math', 'math'));
  expect(ratio('easy-ep', 'math', 'math', 2)).not.toBe(ratio('easy-ep', 'math', 'math'));
  // random knows no domain
  expect(ratio('random', 'code', 'math')).toBe(ratio('random', 'math', 'math'));
});

test('a text that is a demo is not measured', async () => {
  const [first] = readFileSync(demos('python'), 'utf8').split('\n');
  const { text } = z.object({ text: z.string() }).parse(JSON.parse(first ?? ''));
  writeFileSync(file('demo.txt'), text.repeat(3));
  const request = words`compare ${SAMPLE} ${ON_CPU} --demos ${demos('python')} --limit 2 --text ${file('demo.txt')}`;
  expect((await winnow.json(...request)).document).toMatchObject({ error: { code: 'CALIBRATION_OVERLAP' } });
});

test('the model answers demo files, as demos that scoring reads', async () => {
  const output = file('answered.jsonl');
  const respond = words`respond ${SAMPLE} ${ON_CPU} --demos ${demos('math')} --limit 2 --out ${output} --max-tokens 8`;
  // they all have an answer
  expect((await winnow.json(...respond)).document).toMatchObject({ error: { code: 'DEMOS_EMPTY' } });
  expect(existsSync(output)).toBe(false);

  const { document } = await winnow.json(...respond, '--replace-answers', '--temperature', '0');
  expect(document).toMatchObject({ demos: 2, answered: 2, resumed: 0, unanswered: 0 });
  const { demos: answered, rejected } = await importDemoFile(output);
  expect(rejected).toEqual([]);
  const gold = (await importDemoFile(demos('math'))).demos;
  for (const [index, { content }] of answered.entries()) {
    const original = gold[index]?.content;
    if (content.kind !== 'chat' || original?.kind !== 'chat') throw new Error('not a chat');
    expect(content.messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(content.messages[0]).toEqual(original.messages[0]);
    expect(content.messages[1]).not.toEqual(original.messages[1]);
  }
  expect(readdirSync(join(dir, 'home/answers'))).toEqual([]);
  expect((await winnow.json(...respond, '--replace-answers')).document).toMatchObject({
    error: { code: 'TARGET_EXISTS' },
  });
});

test('an answer that only repeats itself is ended before its limit, and marked', async () => {
  const prompt = { messages: [{ role: 'user', content: 'a '.repeat(24).trim() }] };
  writeFileSync(file('looping.jsonl'), `${JSON.stringify(prompt)}\n`);
  const output = file('looped.jsonl');
  const respond = ['respond', SAMPLE, ...ON_CPU, '--demos', file('looping.jsonl'), '--temperature', '0'];
  const { document, stderr } = await winnow.json(...respond, '--out', output, '--max-tokens', '1900');
  expect(document, stderr).toMatchObject({ answered: 1, cutOff: 1, looped: 1, maxTokens: 1900, longest: null });
  const [answered] = (await importDemoFile(output)).demos;
  expect(answered?.content.cutOff).toBe(true);
});
