// Utility processes: messages as clones, streams, and how they end.
import { expect, test } from './suite.ts';

type Forked = { readonly id: number };
type Seen = {
  readonly messages: readonly unknown[];
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly pid: number | null;
};
type Invoke = (channel: string, ...args: unknown[]) => Promise<unknown>;

const fork = async (invoke: Invoke, request: object = {}): Promise<Forked> => (await invoke('fork', request)) as Forked;
const look = async (invoke: Invoke, { id }: Forked): Promise<Seen> => (await invoke('utility', id)) as Seen;
const exitOf = async (invoke: Invoke, forked: Forked): Promise<number | null> => {
  await expect.poll(async () => (await look(invoke, forked)).exit, { timeout: 10_000 }).not.toBeNull();
  return (await look(invoke, forked)).exit;
};

test('it knows its arguments and environment, and has a port instead of a channel', async ({ invoke }) => {
  const forked = await fork(invoke, { args: ['--report', 'one two'] });
  await expect
    .poll(async () => (await look(invoke, forked)).messages)
    .toEqual([{ argv: ['--report', 'one two'], env: 'set', hasSend: 'undefined', type: 'utility' }]);
  expect((await look(invoke, forked)).pid).toBeGreaterThan(0);
});

test('messages are clones, and wait for whoever listens late', async ({ invoke, page }) => {
  const forked = await page.evaluate(
    () =>
      window.fixture.invoke('fork', {
        args: ['--queued'],
        messages: ['first', new Float32Array([1, 2]), new Map([[1n, new Date(7)]])],
      }) as Promise<{ id: number }>,
  );
  await expect
    .poll(() =>
      page.evaluate(async (id) => {
        const { messages } = (await window.fixture.invoke('utility', id)) as {
          messages: { echo: unknown; kind: string }[];
        };
        return messages.map(({ echo, kind }) => [kind, echo instanceof Float32Array ? [...echo] : String(echo)]);
      }, forked.id),
    )
    .toEqual([
      ['[object String]', 'first'],
      ['[object Float32Array]', [1, 2]],
      ['[object Map]', '[object Map]'],
    ]);
  await expect(invoke('tell utility', forked.id, 'bad reply')).resolves.toBeUndefined();
  await expect.poll(async () => (await look(invoke, forked)).messages.at(-1)).toBe('caught');
});

test('its output is read from pipes', async ({ invoke }) => {
  const forked = await fork(invoke, { messages: ['speak', 'exit 3'] });
  expect(await exitOf(invoke, forked)).toBe(3);
  expect(await look(invoke, forked)).toMatchObject({ stdout: 'to stdout\n', stderr: 'to stderr\n' });
});

test('exit codes: own, thrown, rejected, aborted, idle', async ({ invoke }) => {
  expect(await exitOf(invoke, await fork(invoke, { messages: ['exit 3'] }))).toBe(3);
  expect(await exitOf(invoke, await fork(invoke, { args: ['--throw'] }))).toBe(1);
  expect(await exitOf(invoke, await fork(invoke, { messages: ['reject'] }))).toBe(1);
  expect(await exitOf(invoke, await fork(invoke, { messages: ['abort'] }))).not.toBe(0);
  // nothing to do, and nobody to listen to
  expect(await exitOf(invoke, await fork(invoke, { args: ['--deaf'] }))).toBe(0);
});

test('kill ends it, and says whether there was something to end', async ({ invoke }) => {
  const forked = await fork(invoke);
  await expect.poll(async () => (await look(invoke, forked)).pid).not.toBeNull();
  expect(await invoke('kill utility', forked.id)).toBe(true);
  expect(await exitOf(invoke, forked)).not.toBe(0);
  expect(await invoke('kill utility', forked.id)).toBe(false);
  expect((await look(invoke, forked)).pid).toBeNull();
});

test('one that is ended from outside is reported, and the app lives on', async ({ app, invoke }) => {
  const forked = await fork(invoke);
  await expect.poll(async () => (await look(invoke, forked)).pid).not.toBeNull();
  await app.killProcess(`fixture-${forked.id}`);
  expect(await exitOf(invoke, forked)).not.toBe(0);
  expect(await invoke('echo', 'still here')).toEqual(['still here']);
  await expect(app.killProcess('nobody')).rejects.toThrow('No utility process');
});

test('it ends with the app', async ({ app, invoke }) => {
  const forked = await fork(invoke);
  await expect.poll(async () => (await look(invoke, forked)).pid).not.toBeNull();
  const { pid } = await look(invoke, forked);
  expect(await app.quit()).toBe(0);
  await expect
    .poll(() => {
      try {
        return process.kill(pid ?? 0, 0);
      } catch {
        return false;
      }
    })
    .toBe(false);
});
