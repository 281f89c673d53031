import { afterEach, expect, test, vi } from 'vitest';
import type { WinnowError } from '../../../electron/contract/errors.ts';
import { loadFailure } from '../../../electron/engine/base/backend/backend.ts';
import { methods } from '../../../electron/engine/base/backend/protocol.ts';
import { WorkerClient } from '../../../electron/engine/base/backend/worker-client.ts';
import type { WorkerProcess } from '../../../electron/engine/base/backend/worker-host.ts';
import { isModelsFault } from '../../../electron/engine/models/inspect.ts';

type Listener<T> = (value: T) => void;

afterEach(() => void vi.useRealTimers());

/** A worker that the test speaks and dies for. */
function fakeWorker() {
  const listeners: { message?: Listener<unknown>; log?: Listener<string>; exit?: Listener<string> } = {};
  const process: WorkerProcess = {
    send: () => {},
    onMessage: (listener) => (listeners.message = listener),
    onLog: (listener) => (listeners.log = listener),
    onExit: (listener) => (listeners.exit = listener),
    kill: () => listeners.exit?.('signal SIGKILL'),
  };
  return {
    client: new WorkerClient('backend', methods, process),
    ready: () => listeners.message?.({ kind: 'ready' }),
    log: (text: string) => listeners.log?.(text),
    die: (reason: string) => listeners.exit?.(reason),
  };
}

/** The call is with the worker. */
const sent = (): Promise<unknown> => new Promise((done) => setImmediate(done));

test('a worker that dies is explained by its model, its signal and the end of its log', async () => {
  const { client, ready, log, die } = fakeWorker();
  ready();
  client.model = '/models/a.gguf';
  const call = client.call('devices', {});
  await sent();
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
  await sent();
  for (let i = 0; i < 100; i++) log(`error ${i} ${'x'.repeat(100_000)}\n`);
  for (let i = 0; i < 100; i++) log('a line that never ends '.repeat(1000));
  die('exit code 1');
  const error: unknown = await call.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'BACKEND_CRASHED' });
  expect(client.logTail()).toHaveLength(60);
  expect(client.logTail().join('').length).toBeLessThanOrEqual(60 * 2000);
  expect(JSON.stringify(error).length).toBeLessThan(200_000);
});

test('a process that never starts is given up after a minute, and ended', async () => {
  vi.useFakeTimers();
  const { client } = fakeWorker();
  const call = client.call('devices', {});
  const refused = expect(call).rejects.toMatchObject({
    code: 'BACKEND_CRASHED',
    message:
      'The backend process ended during "start" (no answer within 60 s). The machine is too busy, or this user may start no more processes (ulimit -u).',
  });
  await vi.advanceTimersByTimeAsync(59_000);
  expect(client.hasEnded).toBe(false);
  await vi.advanceTimersByTimeAsync(2000);
  await refused;
  expect(client.hasEnded).toBe(true);
});

test('a process that has started may be silent', async () => {
  vi.useFakeTimers();
  const { client, ready } = fakeWorker();
  ready();
  void client.call('devices', {}).catch(() => undefined);
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  expect(client.hasEnded).toBe(false);
});

test('a call that waits for the start hears its signal', async () => {
  const { client } = fakeWorker();
  const abort = new AbortController();
  const call = client.call('devices', {}, { signal: abort.signal });
  abort.abort();
  await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('a call that was cancelled before is not sent to a process that has started', async () => {
  const { client, ready } = fakeWorker();
  ready();
  await client.started();
  const call = client.call('devices', {}, { signal: AbortSignal.abort() });
  await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('a process that gets no threads for a model says nothing about it', async () => {
  const { client, ready, log, die } = fakeWorker();
  ready();
  const call = client.call('devices', {});
  await sent();
  log(
    "terminate called after throwing an instance of 'std::system_error'\n  what():  Resource temporarily unavailable\n",
  );
  die('signal SIGABRT');
  const error = await call.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ message: expect.stringContaining('ulimit -u') as string });
  expect(loadFailure(error, '/models/a.gguf')).toBe(error);
  expect(isModelsFault(error as WinnowError)).toBe(false);
});

test.each([
  ['signal SIGABRT', ''],
  ['exit code 1', "Error: EAGAIN\n  code: 'ERR_WORKER_INIT_FAILED'\n"],
  ['signal SIGABRT', 'Assertion failed: (0) == (uv_thread_create(t.get(), start_thread, this))\n'],
])('a process that gets no threads names the limit: %s %s', async (reason, said) => {
  const { client, log, die } = fakeWorker();
  if (said !== '') log(said);
  die(reason);
  await expect(client.started()).rejects.toMatchObject({
    message: `The backend process ended during "start" (${reason}). The system allows no more: this user has as many processes as it may. Allow more (ulimit -u), or close other programs.`,
  });
});
