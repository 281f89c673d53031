// Conversations with the sample model through llama.cpp's server, in workers that may be cancelled and may die.

import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Placement } from '../../electron/contract/placement.ts';
import { forkWorker } from '../../electron/engine/base/backend/worker-host.ts';
import type { CallOptions } from '../../electron/engine/base/backend/worker-client.ts';
import { EndpointChat, type TurnOptions } from '../../electron/engine/endpoints/endpoint-chat.ts';
import { Endpoint } from '../../electron/engine/endpoints/endpoint.ts';
import { openFile } from '../../electron/engine/models/inspect.ts';
import { ensureNative } from '../../native/build.ts';
import { templated } from '../hostile/attack/templates.ts';
import { rewriteGguf } from './gguf-files.ts';
import { childrenOf, isRunning, until } from './processes.ts';
import { CPU, SAMPLE, scratchDir } from './support.ts';
import { EngineContext } from '../../electron/engine/store/engine-context.ts';

/** One thread: several would wait for each other at every layer where the machine has other work too. */
const PLACEMENT: Placement = { ...CPU, threads: 1 };
const CTX = 512;
const GREEDY: TurnOptions = { maxTokens: 24, temperature: 0, seed: 1 };
const QUESTION = 'Tom has 3 apples and buys 4 more. How many apples does he have?';
const SAMPLE_BYTES = 22_769_536;

const scratch = scratchDir();
beforeAll(() => ensureNative({ server: true }));
const open: EndpointChat[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((chat) => chat.close()));
});

async function startChat(path = SAMPLE, placement = PLACEMENT, options: CallOptions = {}): Promise<EndpointChat> {
  const { info } = await openFile(path, forkWorker);
  const address = { host: '127.0.0.1', port: 0, apiKey: null };
  const context = new EngineContext({ home: scratch, host: forkWorker });
  const asked = { ...address, ctx: CTX, slots: 1, placement, name: 'chat' };
  return new EndpointChat(await Endpoint.open({ info }, asked, context, options));
}

async function openChat(...of: Parameters<typeof startChat>): Promise<EndpointChat> {
  const chat = await startChat(...of);
  open.push(chat);
  return chat;
}

async function t(chat: EndpointChat, text: string, options: Partial<TurnOptions> = {}): Promise<string> {
  let answer = '';
  await chat.send(text, { ...GREEDY, ...options, onText: (piece) => (answer += piece) });
  return answer;
}

const workers = (): number[] => childrenOf(process.pid);

describe('a chat', () => {
  let shared: EndpointChat | null = null;
  afterAll(() => shared?.close());

  /** One for all tests that leave it as it was: nothing was said in it. */
  async function quietChat(): Promise<EndpointChat> {
    shared ??= await startChat();
    shared.reset();
    return shared;
  }

  test('loads with progress, and streams its answer', async () => {
    const shares: number[] = [];
    const chat = await openChat(SAMPLE, PLACEMENT, { onProgress: (done, total) => shares.push(done / total) });
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(chat.info).toEqual({ contextSize: CTX, template: 'model' });

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

  test('tells its memory', async () => {
    expect(await (await quietChat()).residentBytes()).toBeGreaterThan(SAMPLE_BYTES);
  });

  test('stops at the length it is given', async () => {
    const chat = await quietChat();
    expect(await chat.send(QUESTION, { ...GREEDY, maxTokens: 5 })).toMatchObject({ tokens: 5, stop: 'length' });
  });

  test('gives the same text for the same seed', async () => {
    const chat = await quietChat();
    const texts: string[] = [];
    for (const seed of [7, 7, 8]) {
      texts.push(await t(chat, QUESTION, { temperature: 1, seed, maxTokens: 40 }));
      chat.reset();
    }
    expect(texts[0]).not.toBe('');
    expect(texts[1]).toBe(texts[0]);
    expect(texts[2]).not.toBe(texts[0]);
  });

  test('remembers the turns before, until it is reset', async () => {
    const chat = await quietChat();
    const first = await t(chat, QUESTION);
    // after the first turn; in its place the same question would stand in the cache already
    expect((await chat.send(QUESTION, GREEDY)).promptTokens).toBeGreaterThan(20);
    chat.reset();
    expect(await t(chat, QUESTION)).toBe(first);
  });

  test('is cancelled while it writes, and goes on after that', async () => {
    const chat = await quietChat();
    const abort = new AbortController();
    const onText = (): void => abort.abort();
    const turn = await chat.send(QUESTION, { ...GREEDY, maxTokens: 400, signal: abort.signal, onText });
    expect(turn.stop).toBe('cancelled');
    expect(turn.tokens).toBeLessThan(400);
    expect(await t(chat, 'And pears?')).not.toBe('');
  });

  test('is cancelled before it writes, as if nothing had been sent', async () => {
    const chat = await quietChat();
    const expected = await t(chat, QUESTION);
    chat.reset();
    const turn = await chat.send('apples and pears', { ...GREEDY, signal: AbortSignal.abort() });
    expect(turn).toMatchObject({ stop: 'cancelled', tokens: 0 });
    expect(await t(chat, QUESTION)).toBe(expected);
  });

  test('refuses a text that is longer than the context', async () => {
    const chat = await quietChat();
    await expect(chat.send('apples '.repeat(600), GREEDY)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/context size/) as string,
    });
    expect(await t(chat, QUESTION)).not.toBe('');
  });

  test('answers beside another one as it does alone', async () => {
    const alone = await t(await quietChat(), QUESTION);
    const [left, right] = await Promise.all([openChat(), openChat()]);
    expect(await Promise.all([t(left, QUESTION), t(right, QUESTION)])).toEqual([alone, alone]);
  });
});

describe('models', () => {
  test('without a chat template are spoken to all the same', async () => {
    const bare = join(scratch, 'bare.gguf');
    await rewriteGguf(SAMPLE, bare, { remove: ['tokenizer.chat_template'] });
    const chat = await openChat(bare);
    expect(chat.info.template).toBe('fallback');
    expect(await t(chat, QUESTION)).not.toBe('');
  });

  test('with a chat template that cannot be read, too', async () => {
    const broken = join(scratch, 'broken.gguf');
    const set = [{ key: 'tokenizer.chat_template', type: 'string' as const, value: '{% if <|im_start|> %}' }];
    await rewriteGguf(SAMPLE, broken, { set });
    const chat = await openChat(broken);
    expect(chat.info.template).toBe('fallback');
    expect(await t(chat, QUESTION)).not.toBe('');
  });

  test('with a chat template that comes to no end are refused by name', async () => {
    await expect(openChat(await templated(scratch))).rejects.toMatchObject({
      code: 'GGUF_CORRUPT',
      message: expect.stringMatching(/chat template of .*templated\.gguf does not finish/) as string,
    });
    await until('no process is left', () => workers().length === 0);
  });
});

describe('the worker', () => {
  test('that is killed ends the answer with an error; a new one works', async () => {
    const chat = await openChat();
    const [pid = 0] = workers();
    const onText = (): void => {
      if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    };
    await expect(chat.send(QUESTION, { ...GREEDY, maxTokens: 400, onText })).rejects.toMatchObject({
      code: 'BACKEND_CRASHED',
    });
    await expect(chat.residentBytes()).rejects.toMatchObject({ code: 'BACKEND_CRASHED' });
    expect(await t(await openChat(), QUESTION)).not.toBe('');
  });

  test('is gone when the chat is closed, or cancelled while it loads', async () => {
    const chat = await openChat();
    await until('only the server is left', () => workers().length === 1);
    await chat.close();
    await until('no process is left', () => workers().length === 0);

    const abort = new AbortController();
    const opening = openChat(SAMPLE, PLACEMENT, { signal: abort.signal, onProgress: () => abort.abort() });
    await expect(opening).rejects.toMatchObject({ code: 'CANCELLED' });
    await until('no process is left', () => workers().length === 0);
  });
});
