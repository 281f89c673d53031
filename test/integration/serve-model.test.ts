// A model, a preview and a pruned file behind an address: llama.cpp's own server, asked over HTTP as agents and harnesses do.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { choiceFor, choiceTextFor } from '../choice-for.ts';
import { z } from 'zod';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { ensureNative } from '../../native/build.ts';
import { openTestEngine, type TestEngine } from '../unit/session/test-engine.ts';
import { rewriteGguf } from './gguf-files.ts';
import { arbitraryChoice, readingText, stockLogits } from './gguf-tools.ts';
import { childrenNamed, isRunning, startCommandLine, until, type StartedCommand } from './processes.ts';
import { KEEP, kept as sampleKept, N_VOCAB, pruner, quantize } from './sample-half.ts';
import { architectureFiles, commandLineHere, CPU, ROOT, SAMPLE, scratchDir } from './support.ts';

/** What a preview's logits and its file's may differ by in single precision: sums over experts in another order. */
const ROUNDING = 2e-3;
/** The same, where one reads its cache, in half precision, token by token, and the other runs all tokens at once. */
const CACHE_ROUNDING = 1e-2;
/** The server hands out no half character, which a random model may write. Probabilities are of all tokens all the same. */
const READABLE = 'root ::= [ -~\\n]+';
/** What lm-eval's sums are held to. */
const SUM_ERROR = 1e-4;

/** Of a model that calls tools by JSON alone, which llama.cpp tells from what it renders. */
const TOOL_TEMPLATE = `{%- macro turn(role, text) %}<|im_start|>{{ role }}
{{ text }}<|im_end|>
{% endmacro %}
{%- if tools %}{% set ns = namespace(text='Tools:') %}
{%- for tool in tools %}{% set ns.text = ns.text + '\\n' + (tool | tojson) %}{% endfor %}
{{- turn('system', ns.text) }}{% endif %}
{%- for message in messages %}
{%- if message.tool_calls %}<|im_start|>assistant
{% for call in message.tool_calls -%}
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
{% endfor %}<|im_end|>
{% else %}{{ turn(message.role, message.content) }}{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{% endif %}`;

const scratch = scratchDir();
const { prune } = pruner(scratch);
const EXACT = join(scratch, 'sample-f32.gguf');
const mask = await choiceFile('choice.json', sampleKept, SAMPLE);

beforeAll(async () => {
  await ensureNative({ server: true });
  await quantize(SAMPLE, EXACT, 'F32');
});

async function choiceFile(name: string, kept: readonly (readonly number[])[], model: string): Promise<string> {
  const path = join(scratch, name);
  writeFileSync(path, await choiceTextFor(model, kept));
  return path;
}

type Served = { readonly url: string; readonly apiKey: string };

/** An engine that serves while the test runs. */
async function opened(home?: string): Promise<TestEngine> {
  const page = openTestEngine(home);
  await page.client.call('settings.set', { placement: CPU });
  return page;
}

async function serve(page: TestEngine, model: string, masked?: string, more: object = {}) {
  return page.client.call('endpoints.start', {
    model: { kind: 'file', grant: page.grant(model) },
    choice: masked === undefined ? null : { kind: 'file', file: page.grant(masked) },
    port: 0,
    ctx: 512,
    ...more,
  });
}

const completionSchema = z.object({
  content: z.string(),
  tokens: z.array(z.int()),
  completion_probabilities: z.array(
    z.object({
      id: z.int(),
      logprob: z.number(),
      top_logprobs: z.array(z.object({ id: z.int(), logprob: z.number() })),
    }),
  ),
});

async function post(served: Served, path: string, body: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${served.apiKey}`, 'content-type': 'application/json' };
  const response = await fetch(`${served.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function tokensOf(served: Served, content: string): Promise<number[]> {
  const answer = await post(served, '/tokenize', { content, add_special: true });
  return z.object({ tokens: z.array(z.int()) }).parse(answer).tokens;
}

/** What the model writes without chance, with the likeliest tokens of each place. */
async function greedy(served: Served, prompt: string | readonly number[], nProbs = 8, nPredict = 16) {
  const ask = {
    prompt,
    n_predict: nPredict,
    temperature: 0,
    n_probs: nProbs,
    return_tokens: true,
    cache_prompt: false,
    grammar: READABLE,
  };
  return completionSchema.parse(await post(served, '/completion', ask));
}

/** The largest difference of log-probabilities of the same tokens at the same places. */
function difference(a: Awaited<ReturnType<typeof greedy>>, b: Awaited<ReturnType<typeof greedy>>): number {
  let most = 0;
  a.completion_probabilities.forEach(({ top_logprobs: top }, place) => {
    const others = new Map(b.completion_probabilities[place]?.top_logprobs.map(({ id, logprob }) => [id, logprob]));
    // the last of the listed ones may be another where two are alike
    for (const { id, logprob } of top.slice(0, -2)) {
      most = Math.max(most, Math.abs(logprob - (others.get(id) ?? -Infinity)));
    }
  });
  return most;
}

describe('a preview answers as its file does', () => {
  const ARCHITECTURES = ['qwen3moe', 'deepseek2', 'granitemoe'];
  const PROMPT = 'def read(path):\n';

  test.each(['sample', ...ARCHITECTURES])('%s', async (name) => {
    const page = await opened();
    const model = name === 'sample' ? EXACT : await generated(name);
    using backend = new Backend();
    const { info } = await inspectModel(model, backend);
    const keep = name === 'sample' ? KEEP : Math.ceil(info.nExpert / 2);
    const choice = name === 'sample' ? sampleKept : arbitraryChoice(info.moeLayers.length, info.nExpert, keep, 5);
    const output = join(scratch, `${name}-half.gguf`);
    await prune(model, output, { kept: choice });
    const masked = await choiceFile(`${name}.json`, choice, model);

    const [preview, file, full] = [
      await serve(page, model, masked),
      await serve(page, output),
      await serve(page, model),
    ];
    const [ofPreview, ofFile, ofFull] = [
      await greedy(preview, PROMPT),
      await greedy(file, PROMPT),
      await greedy(full, PROMPT),
    ];
    expect(ofPreview.tokens).toEqual(ofFile.tokens);
    expect(difference(ofPreview, ofFile)).toBeLessThan(ROUNDING);
    expect(difference(ofPreview, ofFull)).toBeGreaterThan(10 * ROUNDING);

    // unpatched llama.cpp on the file
    const prompt = await tokensOf(file, PROMPT);
    const logits = await stockLogits(output, Int32Array.from([...prompt, ...ofFile.tokens]), scratch);
    ofFile.completion_probabilities.forEach(({ top_logprobs: top }, place) => {
      const row = logits.subarray((prompt.length + place - 1) * N_VOCAB, (prompt.length + place) * N_VOCAB);
      const logSum = logSumOf(row);
      for (const { id, logprob } of top) expect(Math.abs(row[id]! - logSum - logprob)).toBeLessThan(CACHE_ROUNDING);
    });
  });

  async function generated(name: string): Promise<string> {
    const found = architectureFiles().find((file) => file.name === name);
    if (!found) throw new Error(`there is no generated ${name}`);
    using backend = new Backend();
    return await readingText(found.path, join(scratch, `${name}.gguf`), scratch, backend);
  }

  function logSumOf(row: Float32Array): number {
    const largest = row.reduce((most, value) => Math.max(most, value), -Infinity);
    return largest + Math.log(row.reduce((sum, value) => sum + Math.exp(value - largest), 0));
  }
});

test('log-probabilities that a harness adds up are those that "winnow eval" finds', async () => {
  const page = await opened();
  const text = join(ROOT, 'resources/sample/eval/python.txt');
  const { document } = await commandLineHere(join(scratch, 'home')).json<{ nll: number; tokens: number }>(
    ...['eval', SAMPLE, '--choice', mask, '--no-against', '--text', text],
    ...['--ctx', '32', '--chunks', '1', '--gpu', 'off'],
  );
  const served = await serve(page, SAMPLE, mask);
  // the first token of a chunk gives its place to the beginning of a text
  const tokens = (await tokensOf(served, readFileSync(text, 'utf8').slice(0, 2000))).slice(0, 32);
  let sum = 0;
  for (const [place, token] of tokens.entries()) {
    if (place < tokens.length - document.tokens) continue;
    const { completion_probabilities: found } = await greedy(served, tokens.slice(0, place), N_VOCAB, 1);
    sum += found[0]!.top_logprobs.find(({ id }) => id === token)!.logprob;
  }
  expect(Math.abs(-sum / document.tokens - document.nll)).toBeLessThan(SUM_ERROR);
});

describe('OpenAI’s client', () => {
  let page: TestEngine;
  let client: OpenAI;
  beforeAll(async () => {
    page = await opened(join(scratch, 'openai'));
    const { url, apiKey } = await serve(page, SAMPLE, mask, { slots: 2 });
    client = new OpenAI({ baseURL: `${url}/v1`, apiKey });
  });
  afterAll(() => page.close());
  const messages = [{ role: 'user' as const, content: 'Write a function.' }];
  const settings = { model: 'any', temperature: 0, max_completion_tokens: 64 };

  test('lists the model, and streams', async () => {
    expect((await client.models.list()).data[0]?.id).toMatch(/winnow-sample.*-16-of-32-experts$/);
    const whole = await client.chat.completions.create({ ...settings, messages });
    let streamed = '';
    let parts = 0;
    for await (const chunk of await client.chat.completions.create({ ...settings, messages, stream: true })) {
      streamed += chunk.choices[0]?.delta.content ?? '';
      parts++;
    }
    expect(parts).toBeGreaterThan(3);
    expect(streamed).toBe(whole.choices[0]?.message.content);
  });

  test('calls a tool, and goes on with what it gave', async () => {
    const agent = join(scratch, 'agent.gguf');
    await rewriteGguf(SAMPLE, agent, {
      set: [{ key: 'tokenizer.chat_template', type: 'string', value: TOOL_TEMPLATE }],
    });
    const { url, apiKey } = await serve(page, agent, await choiceFile('agent.json', sampleKept, agent));
    const caller = new OpenAI({ baseURL: `${url}/v1`, apiKey });
    const city = { type: 'string', enum: ['Oslo', 'Rome'] };
    const parameters = { type: 'object', properties: { city }, required: ['city'], additionalProperties: false };
    const tools = [{ type: 'function' as const, function: { name: 'weather', description: 'of a city', parameters } }];
    // so small a model writes prose unless it is made to begin
    const begin = (await tokensOf({ url, apiKey }, '{')).at(-1)!;
    const asked = await caller.chat.completions.create({
      ...settings,
      messages,
      tools,
      tool_choice: 'required',
      max_completion_tokens: 256,
      logit_bias: { [begin]: 100 },
    });
    const { message, finish_reason: why } = asked.choices[0]!;
    expect(why).toBe('tool_calls');
    const [call] = message.tool_calls ?? [];
    expect(call).toMatchObject({ type: 'function', function: { name: 'weather' } });
    const given: unknown = JSON.parse(call?.type === 'function' ? call.function.arguments : '');
    expect(['Oslo', 'Rome']).toContain(z.object({ city: z.string() }).parse(given).city);

    const answer = { role: 'tool' as const, tool_call_id: call!.id, content: '12 degrees' };
    const after = await caller.chat.completions.create({
      ...settings,
      messages: [...messages, message, answer],
      tools,
    });
    expect(after.usage!.prompt_tokens).toBeGreaterThan(asked.usage!.prompt_tokens);
  });

  test('asks for JSON', async () => {
    const schema = {
      type: 'object',
      properties: { passed: { type: 'boolean' }, grade: { enum: ['a', 'b'] } },
      required: ['passed', 'grade'],
      additionalProperties: false,
    };
    const { choices } = await client.chat.completions.create({
      ...settings,
      messages,
      max_completion_tokens: 256,
      response_format: { type: 'json_schema', json_schema: { name: 'verdict', schema, strict: true } },
    });
    const said: unknown = JSON.parse(choices[0]?.message.content ?? '');
    z.strictObject({ passed: z.boolean(), grade: z.enum(['a', 'b']) }).parse(said);
  });

  test('is refused without the key', async () => {
    const stranger = new OpenAI({ baseURL: client.baseURL, apiKey: 'a-key-of-its-own', maxRetries: 0 });
    await expect(stranger.models.list()).rejects.toMatchObject({ status: 401 });
    await expect(stranger.chat.completions.create({ ...settings, messages })).rejects.toMatchObject({ status: 401 });
  });
});

describe('refused', () => {
  test('a port that is taken', async () => {
    const page = await opened();
    const taken = createServer();
    await new Promise<void>((listening) => void taken.listen(0, '127.0.0.1', listening));
    const { port } = taken.address() as AddressInfo;
    await expect(serve(page, SAMPLE, undefined, { port })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(`127.0.0.1:${port}: another program uses it`) as string,
    });
    taken.close();
  });

  test('a model that is not there, a mask of another model, an address for others', async () => {
    const page = await opened();
    await expect(serve(page, join(scratch, 'none.gguf'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    const other = {
      ...(await choiceFor(SAMPLE, sampleKept)).model,
      fingerprint: 'e'.repeat(64),
      kindred: 'f'.repeat(64),
    };
    const foreign = join(scratch, 'foreign.json');
    writeFileSync(foreign, JSON.stringify({ ...(await choiceFor(SAMPLE, sampleKept)), model: other }));
    await expect(serve(page, SAMPLE, foreign)).rejects.toMatchObject({ code: 'MODEL_CHANGED' });
    await expect(serve(page, SAMPLE, undefined, { host: '0.0.0.0' })).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('the command', () => {
  const home = join(scratch, 'command');
  const start = (...args: string[]): StartedCommand =>
    startCommandLine(home, ['serve-model', SAMPLE, '--gpu', 'off', '--port', '0', '--ctx', '512', ...args, '--json']);

  async function printed(command: StartedCommand) {
    await until('the command serves', () => command.stdout().endsWith('}\n') || !isRunning(command.pid));
    return z
      .object({ address: z.string(), key: z.string(), model: z.string() })
      .parse(JSON.parse(command.stdout() || command.stderr()));
  }

  test('prints address and key, and Ctrl+C ends it', async () => {
    const command = start('--choice', mask, '--api-key', 'chosen-by-me');
    const { address, key, model } = await printed(command);
    expect([key, model]).toEqual(['chosen-by-me', `${basename(SAMPLE, '.gguf')}-16-of-32-experts`]);
    const client = new OpenAI({ baseURL: address, apiKey: key });
    const { choices } = await client.completions.create({ model: 'any', prompt: 'import', max_tokens: 4, logprobs: 1 });
    expect(choices[0]?.text).not.toBe('');
    command.kill('SIGINT', 'group');
    expect((await command.finished).signal).toBeNull();
    await expect(fetch(address)).rejects.toThrow('fetch failed');
  });

  test('takes its server with it when it is killed', async () => {
    const command = start();
    const { address, key } = await printed(command);
    expect(key.length).toBeGreaterThan(20);
    const servers = childrenNamed(command.pid, 'worker.ts');
    expect(servers.length).toBeGreaterThan(0);
    command.kill('SIGKILL', 'process');
    await command.finished;
    await until('the server is gone', () => !servers.some(isRunning));
    await expect(fetch(address)).rejects.toThrow('fetch failed');
  });

  test('says that its server was killed', async () => {
    const command = start('--api-key', 'a-key-of-ones-own');
    expect((await printed(command)).key).toBe('a-key-of-ones-own');
    for (const server of childrenNamed(command.pid, 'worker.ts')) process.kill(server, 'SIGKILL');
    const { code, stderr, stdout } = await command.finished;
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ key: 'a-key-of-ones-own' });
    expect(stderr).toContain('BACKEND_CRASHED');
  });
});

test('a conversation with the preview, in Try', async () => {
  const page = await opened();
  const { client } = page;
  const [added] = await client.call('library.add', { grants: [page.grant(SAMPLE)] });
  const modelId = added?.modelId ?? '';
  const { id: selectionId } = await client.call('selections.importChoice', { modelId, grant: page.grant(mask) });
  const slot = await client.call('chat.open', { slot: 'left', modelId, selectionId, ctx: 512 });
  expect(slot).toMatchObject({ state: 'ready', selectionId, contextSize: 512, template: 'model' });
  const t = (text: string) => client.call('chat.send', { slot: 'left', text, maxTokens: 24, temperature: 0, seed: 1 });
  const written = (): string =>
    page
      .events('chat')
      .flatMap((event) => (event.type === 'text' ? [event.text] : []))
      .join('');
  const first = await t('Write a function.');
  const answer = written();
  expect(answer).not.toBe('');
  expect(first.tokens).toBeGreaterThan(0);
  expect(first.promptTokens).toBeGreaterThan(4);
  expect(await client.call('chat.memory', { slot: 'left' })).toBeGreaterThan(1 << 20);
  // what was said before is part of what is asked
  await t('Write a function.');
  await client.call('chat.reset', { slot: 'left' });
  const before = written();
  await t('Write a function.');
  expect(written().slice(before.length)).toBe(answer);
  await client.call('chat.close', { slot: 'left' });
  expect(await client.call('chat.slots', {})).toEqual([]);
});
