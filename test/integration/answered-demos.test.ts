// Answers of the model to demos, from outside on the bundled sample.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importDemoFile } from '../../electron/engine/demos/import.ts';
import { commandLineHere, ROOT, SAMPLE, scratchDir, THREADS } from './support.ts';
import { words } from '../words.ts';

const ON_CPU = ['--gpu', 'off', '--threads', String(THREADS)];
const dir = scratchDir();
const winnow = commandLineHere(join(dir, 'home'));
const file = (name: string): string => join(dir, name);
const demos = (domain: string): string => join(ROOT, `resources/sample/demos/${domain}.jsonl`);

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
