// What opening a chat makes of a worker that says nothing more.
import { expect, test } from 'vitest';
import type { Request } from '../../../electron/engine/base/backend/worker-calls.ts';
import type { WorkerHost } from '../../../electron/engine/base/backend/worker-host.ts';
import { Chat } from '../../../electron/engine/demos/chat/chat.ts';
import { SAMPLE_MODEL } from '../../../electron/engine/base/files/sample-files.ts';

const OPTIONS = { gpu: 'off', gpuLayers: 0, threads: 1, contextSize: 512 } as const;
const LOADED = { chatTemplate: '{% for a in b %}', bosToken: null, eosToken: null, addsBos: false };

/** A worker that loads the model, tries the template, and is never done with that. */
function hangingHost(): { host: WorkerHost; killed: () => boolean } {
  let isKilled = false;
  const host: WorkerHost = () => {
    let say: (message: unknown) => void = () => {};
    let exit: (reason: string) => void = () => {};
    return {
      send: (message) => {
        const { id, method } = message as Request & { readonly method?: string };
        if (method === 'load') say({ kind: 'result', id, value: LOADED });
        if (method === 'startChat') say({ kind: 'event', id, event: 'trying the template' });
      },
      onMessage: (listener) => {
        say = listener;
        setImmediate(() => say({ kind: 'ready' }));
      },
      onLog: () => {},
      onExit: (listener) => (exit = listener),
      kill: () => {
        isKilled = true;
        exit('signal SIGKILL');
      },
    };
  };
  return { host, killed: () => isKilled };
}

test('a chat template that comes to no end is given up, and its process ended', async () => {
  const { host, killed } = hangingHost();
  await expect(Chat.open(SAMPLE_MODEL, OPTIONS, {}, host, 50)).rejects.toMatchObject({
    code: 'GGUF_CORRUPT',
    message: expect.stringMatching(/chat template of .* does not finish: trying it took more than 0.05 s/) as string,
  });
  expect(killed()).toBe(true);
});

test('one that is cancelled meanwhile is cancelled, whatever its template does', async () => {
  const { host, killed } = hangingHost();
  const abort = new AbortController();
  const opening = Chat.open(SAMPLE_MODEL, OPTIONS, { signal: abort.signal }, (spec) => {
    const worker = host(spec);
    // what ends the workers of work that was cancelled
    abort.signal.addEventListener('abort', () => worker.kill());
    return worker;
  });
  setTimeout(() => abort.abort(), 50);
  await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining('template') as string });
  expect(killed()).toBe(true);
});
