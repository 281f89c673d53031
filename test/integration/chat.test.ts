// Chat with the sample model, and answers to prompt-only demos, in workers that may be cancelled and may die.
import { fork } from 'node:child_process';
import { copyFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { DemoContent } from '../../electron/contract/demo.ts';
import type { Placement } from '../../electron/contract/placement.ts';
import { respond, type RespondHooks } from '../../electron/engine/measure/answers/respond.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { workerFile, type WorkerHost } from '../../electron/engine/base/backend/worker-host.ts';
import { Chat, type TurnOptions } from '../../electron/engine/demos/chat/chat.ts';
import { rendererBeside } from '../../electron/engine/demos/chat-renderer.ts';
import { renderDemo } from '../../electron/engine/demos/render.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { rewriteGguf } from './gguf-files.ts';
import { childrenOf, isRunning, until } from './processes.ts';
import { CPU, SAMPLE, scratchDir, THREADS } from './support.ts';

/** One thread: several would wait for each other at every layer where the machine has other work too. */
const PLACE = { gpu: 'off' as Placement['gpu'], gpuLayers: 0, threads: 1, contextSize: 512 };
const GREEDY: TurnOptions = { maxTokens: 24, temperature: 0, seed: 1 };
const QUESTION = 'Tom has 3 apples and buys 4 more. How many apples does he have?';
const SAMPLE_BYTES = 22_769_536;
const CANCEL_MS = 2000;
/** What is evaluated at once. */
const BATCH_TOKENS = 512;

const scratch = scratchDir();
const open: Chat[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((chat) => chat.close()));
});

async function openChat(path = SAMPLE, options: Partial<typeof PLACE> = {}, host?: WorkerHost): Promise<Chat> {
  const chat = await Chat.open(path, { ...PLACE, ...options }, {}, host);
  open.push(chat);
  return chat;
}

async function say(chat: Chat, text: string, options: Partial<TurnOptions> = {}): Promise<string> {
  let answer = '';
  await chat.send(text, { ...GREEDY, ...options, onText: (piece) => (answer += piece) });
  return answer;
}

const workers = (): number[] => childrenOf(process.pid);

describe('a chat', () => {
  let shared: Chat | null = null;
  afterAll(() => shared?.close());

  /** One for all tests that leave it as it was: nothing was said in it. */
  async function quietChat(): Promise<Chat> {
    shared ??= await Chat.open(SAMPLE, PLACE);
    await shared.reset();
    return shared;
  }

  test('loads with progress, and streams its answer', async () => {
    const percents: number[] = [];
    const chat = await Chat.open(SAMPLE, PLACE, { onProgress: (percent) => percents.push(percent) });
    open.push(chat);
    expect(percents.at(-1)).toBe(100);
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(chat.info).toMatchObject({ contextSize: 512, template: 'model' });

    const pieces: string[] = [];
    // the sample takes any message for a word problem, and ends its answer to this one soon
    const turn = await chat.send('def main():', {
      ...GREEDY,
      maxTokens: 300,
      onText: (piece, part) => {
        expect(part).toBe('answer');
        pieces.push(piece);
      },
    });
    expect(pieces.length).toBeGreaterThan(10);
    expect(turn.stop).toBe('eos');
    expect(turn.tokens).toBeGreaterThanOrEqual(pieces.length);
    expect(turn.promptTokens).toBeGreaterThan(10);
    expect(turn.tokensPerSecond).toBeGreaterThan(0);
    expect(turn.promptTokensPerSecond).toBeGreaterThan(0);
    expect(turn.seconds).toBeGreaterThan(0);
  });

  test('tells its memory while it answers', async () => {
    const chat = await quietChat();
    const order: string[] = [];
    let asked = false;
    const onText = (): void => {
      if (asked) return;
      asked = true;
      void chat.residentBytes().then((bytes) => order.push(bytes > SAMPLE_BYTES ? 'memory' : 'too little'));
    };
    await chat.send(QUESTION, { ...GREEDY, maxTokens: 300, temperature: 1, onText });
    order.push('answer');
    expect(order).toEqual(['memory', 'answer']);
  });

  test('stops at the length it is given', async () => {
    const chat = await quietChat();
    expect(await chat.send(QUESTION, { ...GREEDY, maxTokens: 5 })).toMatchObject({ tokens: 5, stop: 'length' });
  });

  test('gives the same text for the same seed', async () => {
    const chat = await quietChat();
    const texts: string[] = [];
    for (const seed of [7, 7, 8]) {
      texts.push(await say(chat, QUESTION, { temperature: 1, seed, maxTokens: 40 }));
      await chat.reset();
    }
    expect(texts[0]).not.toBe('');
    expect(texts[1]).toBe(texts[0]);
    expect(texts[2]).not.toBe(texts[0]);
  });

  test('remembers the turns before, until it is reset', async () => {
    const chat = await quietChat();
    const first = await say(chat, QUESTION);
    // after the first turn; in its place the same question would stand in the cache already
    expect((await chat.send(QUESTION, GREEDY)).promptTokens).toBeGreaterThan(20);
    await chat.reset();
    expect(await say(chat, QUESTION)).toBe(first);
    await chat.reset();
    expect((await chat.send(QUESTION, GREEDY)).promptTokens).toBeGreaterThan(20);
  });

  test('is cancelled while it writes, and goes on after that', async () => {
    const chat = await quietChat();
    const abort = new AbortController();
    let cancelled = 0;
    const turn = await chat.send(QUESTION, {
      maxTokens: 400,
      temperature: 1,
      seed: 3,
      signal: abort.signal,
      onText: () => {
        cancelled ||= performance.now();
        abort.abort();
      },
    });
    expect(performance.now() - cancelled).toBeLessThan(CANCEL_MS);
    expect(turn.stop).toBe('cancelled');
    expect(turn.tokens).toBeLessThan(400);
    expect(await say(chat, 'And pears?')).not.toBe('');
  });

  test('is cancelled while it reads, as if nothing had been sent', async () => {
    const chat = await openChat(SAMPLE, { contextSize: 1024 });
    const expected = await say(chat, QUESTION);
    await chat.reset();
    const abort = new AbortController();
    const turn = chat.send('apples and pears '.repeat(200), { ...GREEDY, signal: abort.signal });
    setTimeout(() => abort.abort(), 5);
    const { stop, tokens, promptTokens } = await turn;
    expect({ stop, tokens }).toEqual({ stop: 'cancelled', tokens: 0 });
    // the text is longer than one batch, and the second is not begun
    expect(promptTokens).toBeLessThanOrEqual(BATCH_TOKENS);
    expect(await chat.send(QUESTION, { ...GREEDY, signal: AbortSignal.abort() })).toMatchObject({ stop: 'cancelled' });
    expect(await say(chat, QUESTION)).toBe(expected);
  });

  test('refuses a text that is longer than the context', async () => {
    const chat = await quietChat();
    await expect(chat.send('apples '.repeat(600), GREEDY)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/the context has 512/) as string,
    });
    expect(await say(chat, QUESTION)).not.toBe('');
  });

  test('answers beside another one as it does alone', async () => {
    const alone = await say(await quietChat(), QUESTION);
    const [left, right] = await Promise.all([openChat(), openChat()]);
    const before = workers().length;
    expect(before).toBe(3);
    expect(await Promise.all([say(left, QUESTION), say(right, QUESTION)])).toEqual([alone, alone]);
  });
});

describe('models', () => {
  test('without a chat template are spoken to all the same', async () => {
    const bare = join(scratch, 'bare.gguf');
    await rewriteGguf(SAMPLE, bare, { remove: ['tokenizer.chat_template'] });
    const chat = await openChat(bare);
    expect(chat.info.template).toBe('fallback');
    expect(await say(chat, QUESTION)).not.toBe('');
  });

  test('with a chat template that cannot be read, too', async () => {
    const broken = join(scratch, 'broken.gguf');
    const set = [{ key: 'tokenizer.chat_template', type: 'string' as const, value: '{% if <|im_start|> %}' }];
    await rewriteGguf(SAMPLE, broken, { set });
    const chat = await openChat(broken);
    expect(chat.info.template).toBe('fallback');
    expect(await say(chat, QUESTION)).not.toBe('');
  });

  test('that reason stream their thoughts apart from the answer', async () => {
    const reasoning = join(scratch, 'reasoning.gguf');
    // written so, the sample goes on with "def main(): void;" again and again
    const turn = "'<|im_start|>' + m.role + ':\\n'";
    const thought = "{% if m.reasoning_content %}{{ 'def' + m.reasoning_content + ';' }}{% endif %}";
    const value =
      `{% for m in messages %}{{ ${turn} }}${thought}{{ m.content + '<|im_end|>\\n' }}{% endfor %}` +
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant:\\n' }}{% endif %}";
    await rewriteGguf(SAMPLE, reasoning, { set: [{ key: 'tokenizer.chat_template', type: 'string', value }] });
    const chat = await openChat(reasoning);
    expect(chat.info.template).toBe('model');
    const said = { thought: '', answer: '' };
    await chat.send('def main():', { ...GREEDY, onText: (text, part) => (said[part] += text) });
    expect(said.thought).toMatch(/^ main\(\): void/);
    expect(said.answer).not.toMatch(/def|main/);
  });

  test('that are truncated are refused by name', async () => {
    const path = join(scratch, 'truncated.gguf');
    copyFileSync(SAMPLE, path);
    truncateSync(path, SAMPLE_BYTES / 2);
    await expect(openChat(path)).rejects.toMatchObject({
      code: 'GGUF_CORRUPT',
      message: expect.stringMatching(/truncated\.gguf: .*not within the file bounds.*Download or convert/) as string,
    });
  });

  test('that are none are refused before a worker starts', async () => {
    const path = join(scratch, 'text.gguf');
    writeFileSync(path, 'no model');
    await expect(openChat(path)).rejects.toMatchObject({ code: 'NOT_GGUF' });
    await expect(openChat(join(scratch, 'absent.gguf'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect(workers()).toEqual([]);
  });

  test('do not run on a GPU that is not there', async () => {
    await expect(openChat(SAMPLE, { gpu: 'metal' })).rejects.toMatchObject({ code: 'GPU_UNAVAILABLE' });
  });
});

describe('the worker', () => {
  test('that is killed ends the answer with an error; a new one works', async () => {
    const chat = await openChat();
    const [pid = 0] = workers();
    let killed = false;
    const answer = chat.send(QUESTION, {
      ...GREEDY,
      maxTokens: 400,
      temperature: 1,
      onText: () => {
        if (!killed) process.kill(pid, 'SIGKILL');
        killed = true;
      },
    });
    await expect(answer).rejects.toMatchObject({
      code: 'BACKEND_CRASHED',
      message: expect.stringMatching(/winnow-sample.*chat process ended.*Open the chat again/) as string,
    });
    await expect(chat.residentBytes()).rejects.toMatchObject({ code: 'BACKEND_CRASHED' });
    expect(await say(await openChat(), QUESTION)).not.toBe('');
  });

  test('is gone when the chat is closed, or cancelled while it loads', async () => {
    const chat = await openChat();
    const [pid = 0] = workers();
    await chat.close();
    expect(isRunning(pid)).toBe(false);

    const abort = new AbortController();
    const opening = Chat.open(SAMPLE, PLACE, { signal: abort.signal, onProgress: () => abort.abort() });
    await expect(opening).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(workers()).toEqual([]);
  });

  test('starts no process of its own: utility processes cannot', async () => {
    const opening = openChat();
    await until('the worker runs', () => workers().length === 1);
    const [pid = 0] = workers();
    const grandchildren = new Set<number>();
    const watch = setInterval(() => childrenOf(pid).forEach((child) => grandchildren.add(child)), 2);
    await opening;
    clearInterval(watch);
    expect([...grandchildren]).toEqual([]);
  });

  test("speaks through the port of Electron's utility processes", async () => {
    const chat = await openChat(SAMPLE, {}, utilityProcessHost);
    expect(await say(chat, QUESTION)).toBe(await say(await openChat(), QUESTION));
  });
});

/** A forked child that finds what a utility process would, and not what a child would. */
const utilityProcessHost: WorkerHost = ({ entry, args }) => {
  const double = new URL('./utility-port.ts', import.meta.url).href;
  const child = fork(workerFile(entry), args, {
    execArgv: ['--import', double],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  return {
    send: (message) => child.send(message as object),
    onMessage: (listener) => child.on('message', listener),
    onLog: (listener) => child.stderr?.setEncoding('utf8').on('data', listener),
    onExit: (listener) => child.once('exit', (code, signal) => listener(`${code ?? signal}`)),
    kill: () => child.kill('SIGKILL'),
  };
};

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
  const options = { ...PLACE, maxTokens: 60, temperature: 0, seed: 1 };

  async function answersTo(list: readonly DemoContent[], hooks: Partial<RespondHooks> = {}, path = SAMPLE) {
    const answers: Parameters<RespondHooks['onAnswer']>[0][] = [];
    await respond(list, path, options, { onAnswer: (answer) => answers.push(answer), ...hooks });
    return answers.toSorted((a, b) => a.index - b.index);
  }

  test('are what scoring will see: the same tokens, each the likeliest', async () => {
    const progress: { done: number; total: number; tokens: number }[] = [];
    const answers = await answersTo(demos, { onProgress: (step) => progress.push(step) });
    expect(answers.map(({ index }) => index)).toEqual(prompts);
    const generated = answers.reduce((sum, { tokens }) => sum + tokens, 0);
    expect(progress.at(-1)).toMatchObject({ done: prompts.length, total: prompts.length, tokens: generated });

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
    const keep: RespondHooks['onAnswer'] = ({ index, content }) => {
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

  test('end with an error when the worker dies', async () => {
    const kill = (): void => workers().forEach((pid) => process.kill(pid, 'SIGKILL'));
    await expect(answersTo(demos, { onAnswer: kill })).rejects.toMatchObject({
      code: 'BACKEND_CRASHED',
      message: expect.stringMatching(/winnow-sample.*the answers so far are kept/) as string,
    });
  });

  test('end with the error of a caller that cannot store one', async () => {
    const full = new Error('the disk is full');
    const onAnswer = (): never => {
      throw full;
    };
    await expect(answersTo(demos, { onAnswer })).rejects.toBe(full);
    await until('no process is left', () => workers().length === 0);
  });

  test('are not written where the prompt fills the context, with a word on it', async () => {
    const warnings: string[] = [];
    const list = [ask('apples '.repeat(1200)), ask(QUESTION)];
    const answers = await answersTo(list, { onWarning: (text) => warnings.push(text) });
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
