// The two places of the side-by-side chat, through the session: who is loaded, and what the page hears, when its
// person changes their mind.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { forkWorker, type WorkerHost, type WorkerProcess } from '../../electron/engine/base/backend/worker-host.ts';
import { ensureNative } from '../../native/build.ts';
import { openTestEngine, type TestEngine } from '../unit/session/test-engine.ts';
import { templated } from '../hostile/attack/templates.ts';
import { CPU, SAMPLE, scratchDir } from './support.ts';

const scratch = scratchDir();
beforeAll(() => ensureNative({ server: true }));
const CTX = 512;
const LONG = { maxTokens: 400, temperature: 0, seed: 1 };

/** A services with two models, and how many models are served at once. */
async function withTwoModels(): Promise<{
  page: TestEngine;
  models: string[];
  alive: () => number;
  most: () => number;
}> {
  let alive = 0;
  let most = 0;
  const host: WorkerHost = (worker) => {
    const started = forkWorker(worker);
    const send: WorkerProcess['send'] = (message) => {
      if (z.object({ method: z.literal('serveModel') }).safeParse(message).success) {
        most = Math.max(most, ++alive);
        started.onExit(() => alive--);
      }
      started.send(message);
    };
    return { ...started, send };
  };
  const page = openTestEngine(undefined, host);
  await page.client.call('settings.set', { placement: CPU });
  const paths = ['one.gguf', 'two.gguf'].map((name) => join(scratch, name));
  for (const path of paths) copyFileSync(SAMPLE, path);
  const added = await page.client.call('library.add', { grants: paths.map((path) => page.grant(path)) });
  return { page, models: added.map(({ modelId }) => modelId ?? ''), alive: () => alive, most: () => most };
}

/** What the page last heard of the left side. */
function leftSide(page: TestEngine): string | null | undefined {
  const last = page.events('chat').findLast((event) => event.type === 'slot' && event.slot === 'left');
  return last?.type === 'slot' ? last.value && `${last.value.modelName} ${last.value.state}` : undefined;
}

const cancelled = (call: Promise<unknown>): Promise<void> => expect(call).rejects.toMatchObject({ code: 'CANCELLED' });

test('another model chosen while one loads: the first is given up before the second takes memory', async () => {
  const { page, models, alive, most } = await withTwoModels();
  const { client } = page;
  const [one = '', two = ''] = models;
  const choices = [one, two, one, two].map((modelId) => client.call('chat.open', { slot: 'left', modelId, ctx: CTX }));
  const outcomes = await Promise.allSettled(choices);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'fulfilled']);
  expect(outcomes[0]).toMatchObject({ reason: { code: 'CANCELLED' } });
  expect(leftSide(page)).toBe('two ready');
  expect(await client.call('chat.slots', {})).toMatchObject([{ slot: 'left', modelName: 'two', state: 'ready' }]);
  expect([alive(), most()]).toEqual([1, 1]);
});

test('closed while it answers, a side stays closed', async () => {
  const { page, models, alive } = await withTwoModels();
  const { client } = page;
  const [one = '', two = ''] = models;
  await client.call('chat.open', { slot: 'left', modelId: one, ctx: CTX });
  const answer = cancelled(client.call('chat.send', { slot: 'left', text: 'def main():', ...LONG }));
  await page.until('chat', ({ type }) => type === 'text');
  await client.call('chat.close', { slot: 'left' });
  await answer;
  expect(leftSide(page)).toBeNull();
  expect(alive()).toBe(0);

  await client.call('chat.open', { slot: 'left', modelId: one, ctx: CTX });
  const other = cancelled(client.call('chat.send', { slot: 'left', text: 'def main():', ...LONG }));
  await page.until('chat', ({ type }) => type === 'text');
  await client.call('chat.open', { slot: 'left', modelId: two, ctx: CTX });
  await other;
  expect(leftSide(page)).toBe('two ready');
});

test('a model whose template comes to no end can be closed, and the next one opens there', async () => {
  const { page, models, alive } = await withTwoModels();
  const { client } = page;
  const endless = await page.services.library.add(await templated(scratch));
  const open = (): Promise<unknown> => client.call('chat.open', { slot: 'left', modelId: endless, ctx: CTX });
  const closed = cancelled(open());
  await page.until('chat', (event) => event.type === 'slot' && event.value?.modelId === endless);
  await client.call('chat.close', { slot: 'left' });
  await closed;
  expect(leftSide(page)).toBeNull();
  expect(alive()).toBe(0);

  const replaced = cancelled(open());
  await client.call('chat.open', { slot: 'left', modelId: models[0] ?? '', ctx: CTX });
  await replaced;
  expect(leftSide(page)).toBe('one ready');
  expect(alive()).toBe(1);
});
