import { expect, test } from 'vitest';
import { WinnowError } from '../../../electron/contract/errors.ts';
import { say } from '../../../electron/contract/sentences.ts';
import { Backend } from '../../../electron/engine/base/backend/backend.ts';
import { KeptWorkers } from '../../../electron/engine/base/backend/kept-workers.ts';
import { requestSchema } from '../../../electron/engine/base/backend/worker-calls.ts';
import type { WorkerHost } from '../../../electron/engine/base/backend/worker-host.ts';

type Process = {
  /** Methods that it was asked for. */
  readonly asked: string[];
  isKilled: boolean;
  readonly die: () => void;
};

/** Processes that answer each call but "tokenize" at once; `devices` fails in those that are told so. */
function fakeHost() {
  const processes: Process[] = [];
  let fails = false;
  const host: WorkerHost = () => {
    let hear: (message: unknown) => void = () => {};
    let leave: (reason: string) => void = () => {};
    const process: Process = { asked: [], isKilled: false, die: () => leave('signal SIGSEGV') };
    processes.push(process);
    setImmediate(() => hear({ kind: 'ready' }));
    return {
      send: (message) => {
        const request = requestSchema.parse(message);
        if (request.kind !== 'call') return;
        process.asked.push(request.method);
        if (request.method === 'tokenize') return;
        const error = new WinnowError('GGUF_CORRUPT', say('cancelledBefore')).toData();
        const { id } = request;
        setImmediate(() =>
          hear(
            fails && request.method === 'devices'
              ? { kind: 'error', id, error }
              : { kind: 'result', id, value: request.method === 'unload' ? null : [] },
          ),
        );
      },
      onMessage: (listener) => (hear = listener),
      onLog: () => {},
      onExit: (listener) => (leave = listener),
      kill: () => {
        process.isKilled = true;
        setImmediate(() => leave('signal SIGKILL'));
      },
    };
  };
  return { host, processes, fail: () => (fails = true) };
}

/** A client that has made a call and closed its worker. */
async function formerClient({ host }: KeptWorkers, gpu: 'auto' | 'off' = 'off'): Promise<Backend> {
  const backend = new Backend(gpu, host);
  await backend.call('devices', {});
  await backend.close();
  return backend;
}

test('a worker that its client has closed goes to the next one, without the model', async () => {
  const { host, processes } = fakeHost();
  using workers = new KeptWorkers(host);
  const first = await formerClient(workers);
  const second = new Backend('off', workers.host);
  await second.call('devices', {});
  expect(processes.map(({ asked }) => asked)).toStrictEqual([['devices', 'unload', 'devices']]);
  await expect(first.call('devices', {})).rejects.toMatchObject({ code: 'BACKEND_CRASHED' });
});

test('the next client need not wait for the memory to be free', async () => {
  const { host, processes } = fakeHost();
  using workers = new KeptWorkers(host);
  {
    using first = new Backend('off', workers.host);
    await first.call('devices', {});
  }
  await new Backend('off', workers.host).call('devices', {});
  expect(processes).toHaveLength(1);
});

test('a worker that has failed is not lent again', async () => {
  const { host, processes, fail } = fakeHost();
  using workers = new KeptWorkers(host);
  fail();
  const first = new Backend('off', workers.host);
  await expect(first.call('devices', {})).rejects.toMatchObject({ code: 'GGUF_CORRUPT' });
  await first.close();
  expect(processes[0]).toMatchObject({ isKilled: true, asked: ['devices'] });
});

test('neither is one that is in the midst of a call, or one that knows other machines', async () => {
  const { host, processes } = fakeHost();
  using workers = new KeptWorkers(host);
  const busy = new Backend('off', workers.host);
  const call = busy.call('tokenize', { texts: [] });
  await busy.started();
  await new Promise((done) => setImmediate(done));
  await busy.close();
  await expect(call).rejects.toMatchObject({ code: 'BACKEND_CRASHED' });
  const wired = new Backend('off', workers.host);
  await wired.call('addMachines', { endpoints: ['10.0.0.1:50052'] });
  await wired.close();
  expect(processes.map(({ isKilled }) => isKilled)).toStrictEqual([true, true]);
});

test('two idle workers are kept, and none that has died', async () => {
  const { host, processes } = fakeHost();
  using workers = new KeptWorkers(host);
  const three = [1, 2, 3].map(() => new Backend('off', workers.host));
  for (const backend of three) await backend.call('devices', {});
  for (const backend of three) await backend.close();
  expect(processes.map(({ isKilled }) => isKilled)).toStrictEqual([false, false, true]);
  processes[0]!.die();
  processes[1]!.die();
  await new Backend('off', workers.host).call('devices', {});
  expect(processes).toHaveLength(4);
});

test('one that dies while it is lent again fails that client alone', async () => {
  const { host, processes } = fakeHost();
  using workers = new KeptWorkers(host);
  await formerClient(workers);
  const second = new Backend('off', workers.host);
  await second.started();
  processes[0]!.die();
  await expect(second.call('devices', {})).rejects.toMatchObject({ code: 'BACKEND_CRASHED' });
});

test('none outlives its keeper', async () => {
  const { host, processes } = fakeHost();
  const workers = new KeptWorkers(host);
  const [idle, lent] = [new Backend('off', workers.host), new Backend('off', workers.host)];
  for (const backend of [idle, lent]) await backend.call('devices', {});
  await idle.close();
  workers[Symbol.dispose]();
  expect(processes.map(({ isKilled }) => isKilled)).toStrictEqual([true, false]);
  await lent.close();
  expect(processes.map(({ isKilled }) => isKilled)).toStrictEqual([true, true]);
});

test('what holds a GPU is not kept', async () => {
  const { host, processes } = fakeHost();
  using workers = new KeptWorkers(host);
  await formerClient(workers, 'auto');
  expect(processes[0]).toMatchObject({ isKilled: true, asked: ['devices'] });
});

test('renderers that are closed one after the other in a moment end for each client', async () => {
  const { host, processes } = fakeHost();
  using workers = new KeptWorkers(host);
  const soon = (): Promise<unknown> => new Promise((done) => setImmediate(done));
  const ended: string[] = [];
  for (const name of ['first', 'second']) {
    const renderer = workers.host({ entry: 'renderer', args: [] });
    renderer.onExit(() => ended.push(name));
    if (name === 'first') await soon();
    renderer.kill();
  }
  await soon();
  expect(ended).toEqual(['first', 'second']);
  expect(processes).toHaveLength(1);
});
