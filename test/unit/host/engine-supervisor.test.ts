import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { HostMessage } from '../../../electron/contract/host-messages.ts';
import type { EngineMessage } from '../../../electron/contract/messages.ts';
import { EngineSupervisor, type EngineProcess } from '../../../electron/host/engine-supervisor.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** An engine process that the test speaks and dies for. */
class FakeEngine implements EngineProcess {
  readonly sent: HostMessage[] = [];
  /** Answers to pings. */
  answers = true;
  killed = false;
  readonly #hear: ((message: unknown) => void)[] = [];
  readonly #exits: ((end: { reason: string }) => void)[] = [];

  send(message: HostMessage): void {
    this.sent.push(message);
    if (message.kind === 'ping' && this.answers) this.t({ kind: 'pong' });
  }
  onMessage(listener: (message: unknown) => void): void {
    this.#hear.push(listener);
  }
  answer(): void {}
  onExit(listener: (end: { reason: string }) => void): void {
    this.#exits.push(listener);
  }
  kill(): void {
    this.killed = true;
  }

  t(message: unknown): void {
    for (const listener of this.#hear) listener(message);
  }
  exit(reason: string): void {
    for (const listener of this.#exits) listener({ reason });
  }
}

function supervised() {
  const engines: FakeEngine[] = [];
  const toPage: EngineMessage[] = [];
  const supervisor = new EngineSupervisor({
    startProcess: () => {
      const engine = new FakeEngine();
      engines.push(engine);
      return engine;
    },
    toPage: (message) => toPage.push(message),
  });
  supervisor.start();
  return { supervisor, engines, toPage, first: engines[0]! };
}

const MINUTE = 60_000;
const SILENT = { kind: 'fatal', error: { code: 'BACKEND_CRASHED', details: { reason: 'silent' } } };

test('closed twice, both wait for the one end', async () => {
  const { supervisor, first, toPage } = supervised();
  const closed = Promise.all([supervisor.close(), supervisor.close()]);
  expect(first.sent).toEqual([{ kind: 'close' }]);
  first.exit('code 0');
  await closed;
  await supervisor.close();
  expect(toPage).toEqual([]);
});

test('an engine that answers is left alone, however long', () => {
  const { supervisor, first, toPage, engines } = supervised();
  vi.advanceTimersByTime(10 * MINUTE);
  expect(toPage).toEqual([]);
  supervisor.restart();
  expect([first.killed, engines.length]).toEqual([false, 1]);
});

test('one that does not answer can be restarted: it is killed, and the next starts when it is gone', async () => {
  const { supervisor, first, toPage, engines } = supervised();
  supervisor.grant({ id: '00000000-0000-4000-8000-000000000000', path: '/models/a.gguf', access: 'read' });
  first.answers = false;
  vi.advanceTimersByTime(MINUTE);
  expect(toPage).toMatchObject([SILENT]);
  // what pages ask is answered by that, and not kept for later
  supervisor.fromPage('{}');
  expect(toPage).toMatchObject([SILENT, SILENT]);
  expect(first.sent.filter(({ kind }) => kind === 'page')).toEqual([]);

  supervisor.restart();
  supervisor.restart();
  expect([first.killed, engines.length]).toEqual([true, 1]);
  first.exit('signal SIGKILL');
  await vi.advanceTimersByTimeAsync(0);
  expect(engines).toHaveLength(2);
  expect(toPage.at(-1)).toEqual({ kind: 'restarted' });
  expect(engines[1]!.sent).toMatchObject([{ kind: 'grant' }]);
  expect(supervisor.fatal).toBeNull();
});

test('the next starts as well where the old one cannot be killed', async () => {
  const { supervisor, first, engines } = supervised();
  first.answers = false;
  vi.advanceTimersByTime(MINUTE);
  supervisor.restart();
  await vi.advanceTimersByTimeAsync(2000);
  expect(engines).toHaveLength(2);
});

test('one that answers again goes on', () => {
  const { supervisor, first, toPage } = supervised();
  first.answers = false;
  vi.advanceTimersByTime(MINUTE);
  first.answers = true;
  first.t({ kind: 'pong' });
  expect(toPage).toMatchObject([SILENT, { kind: 'restarted' }]);
  supervisor.fromPage('{}');
  expect(first.sent.at(-1)).toEqual({ kind: 'page', message: '{}' });
  vi.advanceTimersByTime(MINUTE);
  expect(toPage).toHaveLength(2);
});

test('one that dies after it was silent is said to have died', () => {
  const { first, toPage } = supervised();
  first.answers = false;
  vi.advanceTimersByTime(MINUTE);
  first.exit('signal SIGSEGV');
  expect(toPage).toMatchObject([SILENT, { kind: 'fatal', error: { details: { reason: 'signal SIGSEGV' } } }]);
});
