// Measurements of nothing: demos, templates and models of which a plausible answer could be made all the same.
import assert from 'node:assert/strict';
import { closeSync, copyFileSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { gguf } from '@huggingface/gguf';
import { rewriteGguf } from '../../../integration/gguf-files.ts';
import type { Attack } from '../attack.ts';
import { expectDone, expectNoStack, expectRefused } from '../expect.ts';
import type { Ground } from '../ground.ts';
import { words } from '../../../words.ts';

const ON_CPU = ['--gpu', 'off'];
const scoring = (model: string, demos: string): string[] => words`score ${model} --demos ${demos} --limit 2 ${ON_CPU}`;

/** @returns the path of the sample with another chat template */
async function withTemplate({ folder, model }: Ground, template: string): Promise<string> {
  const path = join(folder, 'templated.gguf');
  await rewriteGguf(model, path, { set: [{ key: 'tokenizer.chat_template', type: 'string', value: template }] });
  return path;
}

/** @returns the path of the sample with a tensor's bytes all of one value: 0 in Q8_0 is zeros, 0xff is NaN */
async function withTensor({ folder, model }: Ground, name: string, byte: number): Promise<string> {
  const path = join(folder, 'damaged.gguf');
  copyFileSync(model, path);
  const { tensorInfos, tensorDataOffset } = await gguf(path, { allowLocalFile: true });
  const at = tensorInfos.find((tensor) => tensor.name === name);
  const next = tensorInfos.map(({ offset }) => offset).filter((offset) => offset > (at?.offset ?? 0n));
  assert.ok(at !== undefined && next.length > 0, name);
  const end = next.reduce((least, offset) => (offset < least ? offset : least));
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(Number(end - at.offset), byte), 0, undefined, Number(tensorDataOffset + at.offset));
  closeSync(file);
  return path;
}

function written({ folder }: Ground, name: string, rows: readonly object[]): string {
  const path = join(folder, name);
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'));
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
      const one = [...scoring(ground.model, ground.demos('math')), '--max-tokens', '1', '--json'];
      expectRefused(await ground.winnow(one), ['DEMOS_EMPTY'], '--max-tokens');
    },
  },
  {
    name: 'a template that writes nothing of its demos',
    promise: 'an error says so: what the template writes by itself is not scored in their place',
    quick: true,
    async run(ground) {
      for (const template of ['{{ bos_token }}', 'You are a helpful assistant, whatever you are asked to do today.']) {
        const model = await withTemplate(ground, template);
        const chats = written(ground, 'chats.jsonl', CALLING);
        const ended = await ground.winnow([...scoring(model, chats), '--json']);
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
        const ended = await ground.winnow([...scoring(model, ground.demos('math')), '--json']);
        expectRefused(ended, ['SCORES_INVALID'], 'all experts of MoE layer 2 have the same score');
      }
    },
  },
  {
    name: 'a scores file with a layer of zeros',
    promise: 'the file is refused, and the place in it named',
    quick: true,
    async run(ground) {
      const scores = join(ground.folder, 'scores.json');
      const ended = await ground.winnow([...scoring(ground.model, ground.demos('math')), '--json']);
      expectDone(ended);
      expectDone(await ground.winnow([...scoring(ground.model, ground.demos('math')), '--out', scores]));
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
      const measured = ['eval', model, '--text', ground.text('math'), '--ctx', '128', '--chunks', '2', ...ON_CPU];
      for (const command of [scoring(model, ground.demos('math')), measured]) {
        const ended = await ground.winnow([...command, '--json']);
        expectRefused(ended, ['GGUF_CORRUPT'], model);
        expectNoStack(ended);
        assert.doesNotMatch(ended.stdout, /"(perplexity|nll|value)": ?(null|NaN)/);
      }
    },
  },
];
