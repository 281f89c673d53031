// Starts one of Winnow's processes, says its number, gives it work that takes minutes, says so, and waits to be killed.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Backend, loadVocabulary } from '../../../../electron/engine/base/backend/backend.ts';
import { WorkerClient } from '../../../../electron/engine/base/backend/worker-client.ts';
import { forkingHost } from '../../../../electron/engine/base/backend/worker-host.ts';
import { ChatRenderer } from '../../../../electron/engine/demos/chat-renderer.ts';
import { methods as readerMethods } from '../../../../electron/engine/demos/reader-calls.ts';
import { ENDLESS_TEMPLATE } from '../templates.ts';

const [what = '', folder = '', model = ''] = process.argv.slice(2);
const host = forkingHost((pid) => console.log(pid));

/** Tokens of some million words, which the worker makes at once. */
async function backend(): Promise<void> {
  const worker = new Backend('off', host);
  await loadVocabulary(worker, { path: model, parts: [model] });
  const text = 'the quick brown fox jumps over the lazy dog '.repeat(50_000);
  const texts = Array.from({ length: 30 }, () => ({ text, addSpecial: false, parseSpecial: false }));
  void worker.call('tokenize', { texts });
}

async function renderer(): Promise<void> {
  const chats = new ChatRenderer(() => host, 10 * 60_000);
  const demo = {
    chat: { kind: 'chat' as const, messages: [{ role: 'user', content: 'hello' }] },
    forGeneration: false,
    date: new Date(0),
  };
  await chats.render({ ...demo, template: { source: 'a', bosToken: null, eosToken: null } });
  void chats.render({ ...demo, template: { source: ENDLESS_TEMPLATE, bosToken: null, eosToken: null } });
}

/** Reads a pipe that nobody writes to. */
async function reader(): Promise<void> {
  const path = join(folder, 'pipe.json');
  execFileSync('mkfifo', [path]);
  const worker = new WorkerClient('reader', readerMethods, host({ entry: 'reader', args: [] }));
  await worker.call('open', { path, format: 'json', columns: 'known' });
  void worker.call('next', {});
}

const KINDS: Readonly<Record<string, () => Promise<void>>> = { backend, renderer, reader };

await KINDS[what]?.();
// for the work to have begun
await pause(1000);
console.log('busy');
setInterval(() => {}, 1 << 30);
