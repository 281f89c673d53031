// Client and server of the contract over a channel that copies messages as process borders do.
import { describe, expect, test, vi } from 'vitest';
import type { SelectionRequest } from '../../../electron/contract/api/selections.ts';
import { channelPair } from '../../../electron/contract/channel.ts';
import { Client } from '../../../electron/contract/client.ts';
import { WinnowError } from '../../../electron/contract/errors.ts';
import { decodePageMessage } from '../../../electron/contract/messages.ts';
import { serve, type CallHandlers } from '../../../electron/contract/server.ts';

function converse(handlers: Partial<CallHandlers>) {
  const { page, engine } = channelPair();
  const defects = vi.fn();
  const server = serve(engine, handlers as CallHandlers, defects);
  return { client: new Client(page), server, defects, page, engine };
}

const SELECTION: SelectionRequest = {
  runIds: [1],
  criterion: 'easy-ep',
  keep: { kind: 'count', count: 1 },
  mix: 'shares',
  pins: [],
  drops: [],
  grouping: 'ungrouped',
  seed: 0,
};

const settle = (): Promise<void> => new Promise((done) => setTimeout(done, 5));

describe('calls', () => {
  test('carry parameters there and results back, typed arrays as such', async () => {
    const scores = Float64Array.of(1, 2.5, Number.MIN_VALUE);
    const { client } = converse({
      'runs.scores': ({ runIds, criterion }) => ({
        nLayers: 1,
        nExpert: 3,
        moeLayers: runIds,
        scores,
        scoredDemos: criterion.length,
      }),
    });
    const result = await client.call('runs.scores', { runIds: [7], criterion: 'reap', mix: 'shares', seed: 0 });
    expect(result).toEqual({ nLayers: 1, nExpert: 3, moeLayers: [7], scores, scoredDemos: 4 });
    expect(result.scores).toBeInstanceOf(Float64Array);
  });

  test('that fail keep code, message and details', async () => {
    const { client, defects } = converse({
      undo: () => {
        throw new WinnowError('NO_SPACE', 'The disk is full.', { file: 'x.gguf' });
      },
    });
    await expect(client.call('undo', { undoId: 1 })).rejects.toMatchObject({
      name: 'WinnowError',
      code: 'NO_SPACE',
      message: 'The disk is full.',
      details: { file: 'x.gguf' },
    });
    expect(defects).not.toHaveBeenCalled();
  });

  test('with parameters of another shape are refused before the engine sees them', async () => {
    const handler = vi.fn();
    const { client } = converse({ undo: handler });
    await expect(client.call('undo', { undoId: -1 })).rejects.toMatchObject({ code: 'USAGE' });
    expect(handler).not.toHaveBeenCalled();
  });

  test('are cancelled when the page goes away', async () => {
    const stopped = vi.fn();
    const { client } = converse({
      'library.scan': (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.onabort = () => {
            stopped();
            reject(signal.reason as Error);
          };
        }),
      undo: () => null,
    });
    await client.call('undo', { undoId: 1 });
    const scan = client.call('library.scan', {}).catch((error: unknown) => error);
    await settle();
    client.leave();
    expect(await scan).toMatchObject({ code: 'CANCELLED' });
    expect(stopped).toHaveBeenCalledOnce();
  });

  test('whose result has another shape fail at the page', async () => {
    const { client } = converse({ 'library.list': () => [{ nonsense: true }] as never });
    await expect(client.call('library.list', {})).rejects.toThrow();
  });

  test('that throw anything else are defects, and say so', async () => {
    const { client, defects } = converse({
      undo: () => {
        throw new TypeError('oops');
      },
    });
    await expect(client.call('undo', { undoId: 1 })).rejects.toMatchObject({ code: 'INTERNAL', message: 'oops' });
    expect(defects).toHaveBeenCalledOnce();
  });

  test('are cancelled by their signal', async () => {
    const { client } = converse({
      'library.scan': (_params, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as WinnowError));
        }),
    });
    const abort = new AbortController();
    const call = client.call('library.scan', {}, abort.signal);
    await settle();
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(client.call('library.scan', {}, abort.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test('are cancelled when the conversation ends', async () => {
    const aborted = vi.fn();
    const { client, server } = converse({
      'library.scan': (_params, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted();
            reject(signal.reason as WinnowError);
          });
        }),
    });
    client.call('library.scan', {}).catch(() => {});
    await settle();
    await server.close();
    expect(aborted).toHaveBeenCalledOnce();
  });

  test('that store what a page leaves with are done, though it and the conversation end', async () => {
    const stored = vi.fn();
    const { promise: chosen, resolve: choose } = Promise.withResolvers<undefined>();
    const { client, server } = converse({
      'selections.save': async (_params, signal) => {
        await chosen;
        signal.throwIfAborted();
        stored();
        throw new WinnowError('STORE', 'nobody hears of it');
      },
    });
    const refused = expect(client.call('selections.save', { request: SELECTION, name: '' })).rejects.toThrow('nobody');
    await settle();
    client.leave();
    await settle();
    const ended = server.close();
    choose(undefined);
    await ended;
    expect(stored).toHaveBeenCalledOnce();
    await refused;
  });
});

describe('events', () => {
  test('reach who listens, until it stops', async () => {
    const { client, server } = converse({});
    const heard = vi.fn();
    const stop = client.on('library', heard);
    server.emit('library', { scanning: true });
    await settle();
    stop();
    server.emit('library', { scanning: false });
    await settle();
    expect(heard.mock.calls).toEqual([[{ scanning: true }]]);
  });
});

describe('an engine that fails', () => {
  const error = { code: 'STORE', message: 'The database is of a newer Winnow.' } as const;

  test('fails what waits and what comes, until another one is there', async () => {
    const { client, engine } = converse({ 'library.scan': () => new Promise(() => {}), undo: () => null });
    const states: string[] = [];
    client.onState(({ state }) => states.push(state));
    const waiting = client.call('library.scan', {});
    engine.post({ kind: 'fatal', error });
    await expect(waiting).rejects.toMatchObject(error);
    await expect(client.call('undo', { undoId: 1 })).rejects.toMatchObject(error);
    engine.post({ kind: 'restarted' });
    await settle();
    await expect(client.call('undo', { undoId: 1 })).resolves.toBeNull();
    expect(states).toEqual(['failed', 'running']);
  });
});

test('a message that is none is a defect, and the conversation goes on', async () => {
  const { client, page, defects } = converse({ undo: () => null });
  const deep = `{"kind":"call","id":1,"name":"undo","params":${'['.repeat(1e6)}${']'.repeat(1e6)}}`;
  const call = { kind: 'call', id: 1, name: 'undo', params: {} };
  const texts = ['hello', '{}', 'null', { kind: 'call', id: 1 }, { ...call, name: 'rm' }, { ...call, id: -1 }, deep];
  for (const nonsense of [
    null,
    call,
    ...texts.map((text) => (typeof text === 'string' ? text : JSON.stringify(text))),
  ]) {
    page.post(nonsense);
  }
  await expect(client.call('undo', { undoId: 1 })).resolves.toBeNull();
  expect(defects.mock.calls.map(([error]) => (error as WinnowError).code)).toEqual(Array(9).fill('USAGE'));
});

test('what is wrong a hundred thousand times is told in a few lines', async () => {
  const { client } = converse({});
  const call = client.call('demos.delete', { demoIds: Array<number>(100_000).fill(0) });
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'USAGE' });
  expect((error as WinnowError).message.length).toBeLessThan(1000);
});

test('a request that is too large is refused where it is made', async () => {
  const { client, engine } = converse({});
  const heard = vi.fn();
  engine.onMessage(heard);
  const tooMany = client.call('demos.delete', { demoIds: Array<number>(1e6).fill(1) });
  await expect(tooMany).rejects.toMatchObject({ code: 'USAGE' });
  const tooLong = client.call('domains.create', { name: 'x'.repeat(1 << 24) });
  await expect(tooLong).rejects.toMatchObject({ code: 'USAGE' });
  let nested: unknown = 0;
  for (let depth = 0; depth < 100; depth++) nested = [nested];
  const tooDeep = client.call('settings.set', { view: { nested: nested as never } });
  await expect(tooDeep).rejects.toMatchObject({ code: 'USAGE' });
  expect(heard).not.toHaveBeenCalled();
});

test('a page that asks on and on is told to wait, and heard again', async () => {
  const answers: (() => void)[] = [];
  const { client } = converse({ undo: () => new Promise((done) => answers.push(() => done(null))) });
  const waiting = Array.from({ length: 1000 }, () => client.call('undo', { undoId: 1 }));
  await expect(client.call('undo', { undoId: 1 })).rejects.toMatchObject({ code: 'USAGE' });
  // no more at work at a time than a machine can bear
  expect(answers).toHaveLength(16);
  for (let done = 0; done < 1000; done++) {
    await vi.waitFor(() => expect(answers.length).toBeGreaterThan(done), { interval: 1 });
    answers[done]?.();
  }
  await Promise.all(waiting);
  const again = client.call('undo', { undoId: 1 });
  await settle();
  answers.at(-1)?.();
  await expect(again).resolves.toBeNull();
});

test('a reloaded page does not take the answers to the page before it', async () => {
  const { page, engine } = channelPair();
  const before = new Client(page);
  let asked = 0;
  engine.onMessage((message) => (asked = decodePageMessage(message).id));
  before.call('undo', { undoId: 1 }).catch(() => {});
  await settle();
  const after = new Client(page);
  const call = after.call('undo', { undoId: 1 });
  const early = vi.fn();
  call.then(early, early);
  engine.post({ kind: 'result', id: asked, value: null });
  await settle();
  expect(early).not.toHaveBeenCalled();
});
