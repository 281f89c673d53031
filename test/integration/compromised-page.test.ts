// A page under somebody else's control, and the real engine behind it: whatever the page says, nothing outside its
// grants is read or written, every refusal is one of the closed set of errors, and the next page is served as before.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { CallParams } from '../../electron/contract/api.ts';
import { Client } from '../../electron/contract/client.ts';
import type { EngineMessage } from '../../electron/contract/messages.ts';
import { EngineSupervisor } from '../../electron/host/engine-supervisor.ts';
import { startEngineProcess } from '../../electron/server/engine-process.ts';
import { THOROUGH } from '../setup/thorough.ts';
import { hostileCalls, type Loot } from '../unit/contract/hostile-params.ts';
import { CPU, EXPORT_OPTIONS, scratchDir } from './support.ts';

/** For each call of the contract. */
const VARIANTS = THOROUGH ? 20 : 6;
const SEED = 20_261;

/** In every file that the page was not given. */
const SECRET = 'canary-7c1e55';
/** In the one that it was. */
const KNOWN = 'What is handed over may be read.';

const dir = scratchDir();
const home = join(dir, 'home');
const outside = join(dir, 'outside');

const SELECTION: CallParams<'selections.save'>['request'] = {
  runIds: [1],
  criterion: 'easy-ep',
  keep: { kind: 'count', count: 8 },
  mix: 'shares',
  pins: [],
  drops: [],
  grouping: 'ungrouped',
  seed: 0,
};

let engine: EngineSupervisor;
let client: Client;
let loot: Loot;
const received: EngineMessage[] = [];
const listeners = new Set<(message: unknown) => void>();

/** Every file below: its size, time of change and content. */
function snapshot(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(
    paths.map((path) => [
      path,
      `${statSync(path).mtimeMs} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`,
    ]),
  );
}

function writeSecrets(): string[] {
  const secrets = {
    'canary.txt': SECRET,
    'canary.jsonl': `{"prompt":"${SECRET}","response":"${SECRET}"}\n`,
    'canary.json': JSON.stringify([[1, 0, SECRET]]),
    'canary.gguf': `GGUF${SECRET}`,
    '.ssh/id_rsa': SECRET,
  };
  mkdirSync(join(outside, '.ssh'), { recursive: true });
  return Object.entries(secrets).map(([name, content]) => {
    writeFileSync(join(outside, name), content);
    return join(outside, name);
  });
}

/** Waits for a job that must end well. */
async function done(started: Promise<{ readonly jobId: number }>): Promise<void> {
  const { jobId } = await started;
  const state = async (): Promise<string | undefined> =>
    (await client.call('jobs.list', { limit: 10 })).find(({ id }) => id === jobId)?.state;
  await vi.waitFor(async () => expect(await state()).toBe('done'), { timeout: 60_000, interval: 100 });
}

beforeAll(async () => {
  for (const name of ['temporary', 'user']) mkdirSync(join(home, name), { recursive: true });
  // the engine looks for models where this user has them, and writes where programs may
  for (const name of ['HOME', 'USERPROFILE']) vi.stubEnv(name, join(home, 'user'));
  vi.stubEnv('TMPDIR', join(home, 'temporary'));
  const paths = [...writeSecrets(), outside, '/etc/passwd'];
  engine = new EngineSupervisor({
    startProcess: () => startEngineProcess(home),
    toPage: (message) => {
      received.push(message);
      for (const listener of listeners) listener(message);
    },
  });
  engine.start();
  client = new Client({
    post: (message) => engine.fromPage(message),
    onMessage: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  });
  await client.call('settings.set', { placement: { ...CPU, threads: 1 }, nUbatch: 128 });
  const { modelId } = await client.call('sample.open', {});
  const domains = await client.call('domains.list', {});
  const domainId = domains.find(({ name }) => name === 'math')?.id ?? 0;
  // something to ask about, and to take away
  await done(client.call('runs.start', { modelId, domainId, limit: 12, fresh: false }));
  const { id: selectionId } = await client.call('selections.save', { request: SELECTION, name: 'selection' });
  mkdirSync(join(dir, 'targets'));
  engine.grant({ id: 'grant-of-the-export', path: join(dir, 'targets', 'pruned.gguf'), access: 'write' });
  const options = { ...EXPORT_OPTIONS, repair: { demos: null, limit: 12 } };
  await done(
    client.call('exports.start', {
      choice: { kind: 'selection', selectionId },
      target: 'grant-of-the-export',
      options,
    }),
  );
  const given = join(dir, 'given.txt');
  writeFileSync(given, KNOWN);
  const grants = { read: given, write: join(dir, 'targets', 'given.json'), folder: join(dir, 'targets') } as const;
  for (const access of ['read', 'write', 'folder'] as const) {
    engine.grant({ id: `grant-of-the-page-${access}`, path: grants[access], access });
  }
  loot = {
    paths,
    grants: ['read', 'write', 'folder', 'none'].map((access) => `grant-of-the-page-${access}`),
    modelIds: [modelId],
  };
});

afterAll(async () => {
  await engine.close();
  vi.unstubAllEnvs();
});

/** So many calls are said at once: fewer than may wait for their answers. */
const AT_ONCE = 200;

/** @returns what became of each */
async function attack(calls: readonly { name: string; params: unknown }[]): Promise<EngineMessage[]> {
  const answers = new Map<number, EngineMessage>();
  const listener = (message: unknown): void => {
    const answer = message as EngineMessage;
    if (answer.kind === 'result' || answer.kind === 'error') answers.set(answer.id, answer);
  };
  listeners.add(listener);
  for (let id = 0; id < calls.length && engine.fatal === null;) {
    const end = Math.min(id + AT_ONCE, calls.length);
    for (; id < end; id++) engine.fromPage(JSON.stringify({ kind: 'call', id, ...calls[id] }));
    await vi.waitUntil(() => answers.size === end || engine.fatal !== null, { timeout: 120_000, interval: 10 });
  }
  listeners.delete(listener);
  return calls.map((_, id) => answers.get(id) ?? { kind: 'fatal', error: { code: 'INTERNAL', message: 'no answer' } });
}

describe('a page that says anything', () => {
  test('reaches nothing that it was not given, and ends nothing', async () => {
    const before = snapshot(outside);
    const top = readdirSync(dir).sort();
    const calls = hostileCalls(loot, VARIANTS, SEED);
    const answers = await attack(calls);
    expect(engine.fatal).toBeNull();
    const defects = answers.flatMap((answer, i) => {
      const error = answer.kind === 'error' || answer.kind === 'fatal' ? answer.error : null;
      return error?.code === 'INTERNAL' ? [{ ...calls[i], error: error.message }] : [];
    });
    expect(defects).toEqual([]);
    for (const { id } of await client.call('jobs.list', { limit: 1000 }))
      await client.call('jobs.cancel', { jobId: id }).catch(() => undefined);

    for (const { id: domainId } of await client.call('domains.list', {})) {
      const { demos } = await client.call('demos.list', { domainId, offset: 0, limit: 1000, search: '' });
      for (const { id: demoId } of demos) await client.call('demos.get', { demoId });
    }

    expect(snapshot(outside)).toEqual(before);
    expect(readdirSync(dir).sort()).toEqual(top);
    expect(JSON.stringify(received)).not.toContain(SECRET);
    expect(JSON.stringify(received)).not.toContain('root:x:0:0');
    // what was given can be read: the silence above is no deafness
    const domain = await client.call('domains.create', { name: 'after' });
    expect(
      await client.call('demos.import', { domainId: domain.id, grants: ['grant-of-the-page-read'] }),
    ).toMatchObject([{ added: 1, error: null }]);
    const { demos } = await client.call('demos.list', { domainId: domain.id, offset: 0, limit: 10, search: '' });
    expect(demos[0]?.opening).toBe(KNOWN);
  });
});
