// Headers that cannot be read, whatever their content: what is said of the file, and what is not.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { msg } from '../../../electron/contract/sentences.ts';
import type { WorkerHost } from '../../../electron/engine/base/backend/worker-host.ts';
import { HeaderReader } from '../../../electron/engine/models/library/header-reader.ts';
import { temporaryHome } from '../store/support.ts';
import { asOrdinaryUser } from '../ordinary-user.ts';

let path: string;
let started: number;
beforeEach(() => {
  const home = temporaryHome();
  chmodSync(home, 0o755);
  path = join(home, 'model.gguf');
  writeFileSync(path, 'GGUF\x03\0\0\0');
  started = 0;
});

/** Workers that are there, and never answer. */
const silent: WorkerHost = () => {
  started += 1;
  let exited: (reason: string) => void = () => {};
  return {
    send: () => {},
    onMessage: (listener) => queueMicrotask(() => listener({ kind: 'ready' })),
    onLog: () => {},
    onExit: (listener) => (exited = listener),
    kill: () => exited('signal SIGKILL'),
  };
};

test.skipIf(process.platform === 'win32')('a file without permission is not usable, until it has it', async () => {
  chmodSync(path, 0o000);
  const reader = new HeaderReader(silent);
  expect(await asOrdinaryUser(() => reader.read(path))).toMatchObject({
    state: 'unusable',
    reason: msg('modelUnreadable', { path: msg('fileFirst'), reason: msg('denied') }),
    details: null,
    isLasting: false,
  });
  expect(started).toBe(0);
});

describe('a worker that does not answer', () => {
  test('is given up, and the next file gets another one', async () => {
    const reader = new HeaderReader(silent, { timeoutMs: 20 });
    for (const workers of [1, 2]) {
      expect(await reader.read(path)).toMatchObject({
        state: 'unusable',
        reason: msg('headerTimeout', { path: msg('fileFirst'), seconds: 0.02 }),
        isLasting: false,
      });
      expect(started).toBe(workers);
    }
  });

  test('does not keep the reader from being closed: that says nothing of the file', async () => {
    const reader = new HeaderReader(silent);
    const first = reader.read(path);
    const second = reader.read(path);
    const ended = Promise.allSettled([first, second]);
    await expect.poll(() => started).toBe(1);
    await reader.close();
    expect(await ended).toMatchObject([{ reason: { code: 'CANCELLED' } }, { reason: { code: 'CANCELLED' } }]);
    expect(started).toBe(1);
  });
});

test('a worker that dies while nothing is read is replaced: that says nothing of the next file', async () => {
  let exit: (reason: string) => void = () => {};
  const refusing: WorkerHost = () => {
    started += 1;
    let msg: (reply: unknown) => void = () => {};
    return {
      send: (request) => {
        const { kind, id } = request as { kind: string; id: number };
        if (kind === 'call') msg({ kind: 'error', id, error: { code: 'GGUF_CORRUPT', message: 'it ends too early' } });
      },
      onMessage: (listener) => {
        msg = listener;
        queueMicrotask(() => listener({ kind: 'ready' }));
      },
      onLog: () => {},
      onExit: (listener) => (exit = listener),
      kill: () => exit('signal SIGKILL'),
    };
  };
  const reader = new HeaderReader(refusing);
  expect((await reader.read(path)).error).toMatchObject({ code: 'GGUF_CORRUPT' });
  exit('signal SIGKILL');
  expect((await reader.read(path)).error).toMatchObject({ code: 'GGUF_CORRUPT' });
  expect(started).toBe(2);
  await reader.close();
});

test('a worker that cannot be started says nothing of the file', async () => {
  const host: WorkerHost = () => ({
    send: () => {},
    onMessage: () => {},
    onLog: () => {},
    onExit: (listener) => setTimeout(() => listener('exit code 1')),
    kill: () => {},
  });
  await expect(new HeaderReader(host).read(path)).rejects.toMatchObject({ code: 'BACKEND_CRASHED' });
});
