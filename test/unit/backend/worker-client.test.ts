import { expect, test } from 'vitest';
import { methods } from '../../../electron/engine/backend/protocol.ts';
import { WorkerClient } from '../../../electron/engine/backend/worker-client.ts';
import type { WorkerProcess } from '../../../electron/engine/backend/worker-host.ts';

type Listener<T> = (value: T) => void;

/** A worker that the test speaks and dies for. */
function fakeWorker() {
  const listeners: { message?: Listener<unknown>; log?: Listener<string>; exit?: Listener<string> } = {};
  const process: WorkerProcess = {
    send: () => {},
    onMessage: (listener) => (listeners.message = listener),
    onLog: (listener) => (listeners.log = listener),
    onExit: (listener) => (listeners.exit = listener),
    kill: () => {},
  };
  return {
    client: new WorkerClient('backend', methods, process),
    ready: () => listeners.message?.({ kind: 'ready' }),
    log: (text: string) => listeners.log?.(text),
    die: (reason: string) => listeners.exit?.(reason),
  };
}

test('a worker that dies is explained by its model, its signal and the end of its log', async () => {
  const { client, ready, log, die } = fakeWorker();
  ready();
  client.model = '/models/a.gguf';
  const call = client.call('devices', {});
  await Promise.resolve();
  log('loading\nerror: wrong size\n');
  die('signal SIGBUS');
  await expect(call).rejects.toMatchObject({
    code: 'BACKEND_CRASHED',
    message:
      'The backend process with /models/a.gguf ended during "devices" (signal SIGBUS). The model’s file became shorter, or its disk is gone: put it back, then start again. llama.cpp said: error: wrong size',
  });
});

test('of its log the end is kept, however long its lines are', async () => {
  const { client, ready, log, die } = fakeWorker();
  ready();
  const call = client.call('devices', {});
  await Promise.resolve();
  for (let i = 0; i < 100; i++) log(`error ${i} ${'x'.repeat(100_000)}\n`);
  for (let i = 0; i < 100; i++) log('a line that never ends '.repeat(1000));
  die('exit code 1');
  const error: unknown = await call.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'BACKEND_CRASHED' });
  expect(client.logTail()).toHaveLength(60);
  expect(client.logTail().join('').length).toBeLessThanOrEqual(60 * 2000);
  expect(JSON.stringify(error).length).toBeLessThan(200_000);
});
