// Answers to prompt-only demos, written by a worker that may be cancelled and may die.

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DemoContent } from '../../electron/contract/demo.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { forkWorker } from '../../electron/engine/base/backend/worker-host.ts';
import { rendererBeside, renderDemo } from '../../electron/engine/demos/chat-renderer.ts';
import { respond } from '../../electron/engine/measure/answers/respond.ts';
import { inspectModel, openFile } from '../../electron/engine/models/inspect.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { rewriteGguf } from './gguf-files.ts';
import { idleTask, type Task } from '../../electron/engine/store/task.ts';
import { childrenOf, until } from './processes.ts';
import { CPU, SAMPLE, scratchDir, THREADS } from './support.ts';

const QUESTION = 'Tom has 3 apples and buys 4 more. How many apples does he have?';

type OnAnswer = Parameters<typeof respond>[5];

const scratch = scratchDir();
const workers = (): number[] => childrenOf(process.pid);

describe('answers to prompt-only demos', () => {
  const ask = (content: string): DemoContent => ({ kind: 'chat', messages: [{ role: 'user', content }] });
  const demos: readonly DemoContent[] = [
    { kind: 'text', text: 'A text has no answer.' },
    ask(QUESTION),
    ask('A train has 5 wagons of 40 seats. How many seats has it?'),
    {
      kind: 'chat',
      messages: [
        { role: 'system', content: 'Count well.' },
        { role: 'user', content: 'Ann reads 12 pages a day. How many does she read in a week?' },
      ],
      tools: [{ type: 'function', function: { name: 'multiply' } }],
    },
    {
      kind: 'chat',
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
      ],
    },
    ask('A box holds 6 eggs. How many eggs are in 9 boxes?'),
    ask('Bob had $20 and spent $7. How much is left?'),
  ];
  const prompts = [1, 2, 3, 5, 6];
  /** One thread: several would wait for each other at every layer where the machine has other work too. */
  const options = { placement: { ...CPU, threads: 1 }, maxTokens: 60, temperature: 0, seed: 1 };

  async function answersTo(
    list: readonly DemoContent[],
    { onAnswer, ...task }: Partial<Task> & { readonly onAnswer?: OnAnswer } = {},
    path = SAMPLE,
  ) {
    const answers: Parameters<OnAnswer>[0][] = [];
    const { info } = await openFile(path, forkWorker);
    const keep: OnAnswer = onAnswer ?? ((answer) => answers.push(answer));
    await respond(list, info, options, forkWorker, { ...idleTask(), ...task }, keep);
    return answers.toSorted((a, b) => a.index - b.index);
  }

  test('are what scoring will see: the same tokens, each the likeliest', async () => {
    const steps: unknown[] = [];
    const progress: number[] = [];
    const answers = await answersTo(demos, {
      about: ({ step }) => steps.push(step),
      progress: (done) => progress.push(done),
    });
    expect(answers.map(({ index }) => index)).toEqual(prompts);
    const generated = answers.reduce((sum, { tokens }) => sum + tokens, 0);
    expect(steps.at(-1)).toEqual({ key: 'answering', done: prompts.length, total: prompts.length });
    expect(progress.at(-1)).toBe(generated);

    using backend = new Backend();
    const { info } = await inspectModel(SAMPLE, backend);
    const model = await loadModel(backend, info, CPU);
    const template = { ...model, source: model.chatTemplate };
    for (const { index, content, tokens, stop } of answers) {
      const prompt = await renderDemo(demos[index]!, template, rendererBeside(backend), { forGeneration: true });
      const whole = await renderDemo(content, template, rendererBeside(backend));
      const [before, all] = await backend.call('tokenize', { texts: [prompt, whole] });
      const logits = await backend.call('logits', { tokens: all!, nUbatch: 512, nThreads: THREADS, kvType: 'f16' });
      const written = Array.from(all!.subarray(before!.length, before!.length + tokens));
      expect(written).toHaveLength(tokens);
      expect(all!.subarray(0, before!.length)).toEqual(before);
      const behind = written.map((token, i) => gapToLikeliest(logits, before!.length + i - 1, model.nVocab, token));
      // rounding differs between batches, so that two nearly equal tokens may change places
      expect(Math.max(...behind)).toBeLessThan(0.5);
      expect(stop).toBe(tokens < options.maxTokens ? 'eos' : 'length');
      expect(content.cutOff ?? false).toBe(stop === 'length');
    }
  });

  test('go on where they were cancelled', async () => {
    const stored = [...demos];
    const abort = new AbortController();
    const first: number[] = [];
    const keep: OnAnswer = ({ index, content }) => {
      first.push(index);
      stored[index] = content;
      if (first.length === 2) abort.abort();
    };
    await expect(answersTo(demos, { signal: abort.signal, onAnswer: keep })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    await until('no process is left', () => workers().length === 0);
    const rest = await answersTo(stored);
    expect([...first, ...rest.map(({ index }) => index)].toSorted((a, b) => a - b)).toEqual(prompts);
    for (const { index, content } of rest) stored[index] = content;
    expect(await answersTo(stored)).toEqual([]);
  });

  test('end with the error of a caller that cannot store one', async () => {
    const full = new Error('the disk is full');
    const onAnswer = (): never => {
      throw full;
    };
    await expect(answersTo(demos, { onAnswer })).rejects.toBe(full);
    await until('no process is left', () => workers().length === 0);
  });

  test('are written by a worker that starts no process of its own: utility processes cannot', async () => {
    const grandchildren = new Set<number>();
    const watch = setInterval(
      () => workers().forEach((pid) => childrenOf(pid).forEach((one) => grandchildren.add(one))),
      2,
    );
    await answersTo([ask(QUESTION)]);
    clearInterval(watch);
    expect([...grandchildren]).toEqual([]);
  });

  test('are not written where the prompt fills the context, with a word on it', async () => {
    const warnings: string[] = [];
    const list = [ask('apples '.repeat(1200)), ask(QUESTION)];
    const answers = await answersTo(list, { log: (text) => warnings.push(text) });
    expect(answers.map(({ index }) => index)).toEqual([1]);
    expect(warnings).toEqual([expect.stringMatching(/^Demo 1 was not answered: its \d+ tokens .* context of 1024/)]);
  });

  test('come from models without a chat template too', async () => {
    const bare = join(scratch, 'bare-prompts.gguf');
    await rewriteGguf(SAMPLE, bare, { remove: ['tokenizer.chat_template'] });
    const [answer] = await answersTo([ask(QUESTION)], {}, bare);
    expect(answer?.content).toEqual({
      kind: 'chat',
      messages: [
        { role: 'user', content: QUESTION },
        { role: 'assistant', content: answer?.text },
      ],
      ...(answer?.stop === 'length' && { cutOff: true }),
    });
  });
});

/** The likeliest token after the one at `row`. */
/** How far a token's logit lies behind the row's highest. */
function gapToLikeliest(logits: Float32Array, row: number, nVocab: number, token: number): number {
  const distribution = logits.subarray(row * nVocab, (row + 1) * nVocab);
  return distribution.reduce((best, value) => Math.max(best, value)) - distribution[token]!;
}
