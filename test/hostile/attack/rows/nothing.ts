// Measurements of nothing: demos, templates and models of which a plausible answer could be made all the same.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { editTensor, seeGguf, tensorOf } from '../../../integration/gguf-tools.ts';
import { choose, expectNoStack, expectRefused, scoring } from '../commands.ts';
import { templated } from '../templates.ts';
import type { Attack, Ground } from '../ground.ts';
import { words } from '../../../words.ts';

/** @returns the path of the sample with a tensor's bytes all of one value: 0 in Q8_0 is zeros, 0xff is NaN */
async function withTensor({ folder, model }: Ground, name: string, byte: number): Promise<string> {
  const path = join(folder, 'damaged.gguf');
  copyFileSync(model, path);
  editTensor(path, tensorOf(await seeGguf(path), name), (bytes) => void bytes.fill(byte));
  return path;
}

const user = (content: string): object => ({ role: 'user', content });
const look = { name: 'look', arguments: '{"at": "door"}' };

const CALLING = [1, 2, 3].map((n) => ({
  messages: [
    { role: 'system', content: `Be brief, ${n}.` },
    user(`What stands at door ${n}?`),
    {
      role: 'assistant',
      content: '',
      reasoning_content: `Look at ${n} first.`,
      tool_calls: [{ type: 'function', function: look }],
    },
    { role: 'tool', content: `A goat, number ${n}.` },
    { role: 'assistant', content: `It is goat ${n}.` },
  ],
  tools: [{ type: 'function', function: { name: 'look', description: 'Looks.', parameters: {} } }],
}));

export const NOTHING: readonly Attack[] = [
  {
    name: 'demos of one token',
    promise: 'they are not scored: position 0 says nothing of them',
    quick: true,
    async run(ground) {
      const ended = await ground.winnow(scoring(ground, '--max-tokens', '1', '--json'));
      expectRefused(ended, ['DEMOS_EMPTY'], '--max-tokens');
    },
  },
  {
    name: 'a template that writes nothing of its demos',
    promise: 'an error says so: what the template writes by itself is not scored in their place',
    quick: true,
    async run(ground) {
      const chats = join(ground.folder, 'chats.jsonl');
      writeFileSync(chats, CALLING.map((row) => JSON.stringify(row)).join('\n'));
      for (const template of ['{{ bos_token }}', 'You are a helpful assistant, whatever you are asked to do today.']) {
        const model = await templated(ground.folder, template);
        const ended = await ground.winnow(scoring({ ...ground, model, demos: () => chats }, '--json'));
        expectRefused(ended, ['DEMOS_EMPTY'], 'have no tokens');
        assert.match(ended.stderr, /it writes nothing of what the messages say/);
      }
    },
  },
  {
    name: 'a layer that writes zeros only',
    promise: 'an error names the layer; the run is not taken for a finished one',
    quick: true,
    async run(ground) {
      const model = await withTensor(ground, 'blk.2.ffn_down_exps.weight', 0);
      for (const _ of [1, 2]) {
        const ended = await ground.winnow(scoring({ ...ground, model }, '--json'));
        expectRefused(ended, ['SCORES_INVALID'], 'all experts of MoE layer 2 have the same score');
      }
    },
  },
  {
    name: 'a scores file with a layer of zeros',
    promise: 'the file is refused, and the place in it named',
    quick: true,
    async run(ground) {
      const { scores } = await choose(ground);
      const document = JSON.parse(readFileSync(scores, 'utf8')) as { criteria: Record<string, number[][]> };
      for (const rows of Object.values(document.criteria)) rows[1] = rows[1]!.map(() => 0);
      writeFileSync(scores, JSON.stringify(document));
      const choosing = await ground.winnow(words`select --scores ${scores} --keep 0.5 --json`);
      expectRefused(choosing, ['SCORES_INVALID'], 'criteria.frequency[1]');
    },
  },
  {
    name: 'a model that computes no numbers',
    promise: 'no figure of it is stored or told, and the error names the file',
    quick: true,
    async run(ground) {
      const model = await withTensor(ground, 'blk.1.ffn_up_exps.weight', 0xff);
      const measured = words`eval ${model} --text ${ground.text('math')} --ctx 128 --chunks 2 --gpu off`;
      for (const command of [scoring({ ...ground, model }), measured]) {
        const ended = await ground.winnow([...command, '--json']);
        expectRefused(ended, ['GGUF_CORRUPT'], model);
        expectNoStack(ended);
        assert.doesNotMatch(ended.stdout, /"(perplexity|nll|value)": ?(null|NaN)/);
      }
    },
  },
];
