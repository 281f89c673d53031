// What the page shows, and what is left, when something goes wrong around the engine: its database, its processes, the
// disk that is written to, and the models' files.
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CallResult, EventName, EventPayload } from '../../electron/contract/api.ts';
import { Client } from '../../electron/contract/client.ts';
import type { EngineMessage } from '../../electron/contract/messages.ts';
import { EngineSupervisor } from '../../electron/host/engine-supervisor.ts';
import { startEngineProcess } from '../../electron/server/engine-process.ts';
import { openTestEngine, type TestEngine } from '../unit/session/test-engine.ts';
import { childrenNamed, childrenOf, until } from './processes.ts';
import { rewriteGguf } from './gguf-files.ts';
import { smallDisk } from './small-disk.ts';
import { CPU, EXPORT_OPTIONS, SAMPLE, scratchDir } from './support.ts';

const N_DEMOS = 12;
const SETTINGS = { placement: CPU, nUbatch: 128, maxTokens: 128, measureExports: false };

const dir = scratchDir();
let homes = 0;
const freshHome = (): string => join(dir, `home-${++homes}`);

const engines: EngineSupervisor[] = [];
async function closeEngines(): Promise<void> {
  for (const engine of engines.splice(0)) await engine.close();
}
afterEach(closeEngines);

type Page = {
  readonly engine: EngineSupervisor;
  readonly client: Client;
  /** Waits for an event that fits. */
  readonly until: <E extends EventName>(
    name: E,
    fits: (payload: EventPayload<E>) => boolean,
  ) => Promise<EventPayload<E>>;
};

/** A page with a real engine process behind it. */
function openPage(home: string): Page {
  let listener = (_message: EngineMessage): void => {};
  const engine = new EngineSupervisor({
    startProcess: () => startEngineProcess(home),
    toPage: (message) => listener(message),
  });
  engine.start();
  engines.push(engine);
  const client = new Client({
    post: (message) => engine.fromPage(message),
    onMessage: (take) => {
      listener = take;
      return () => {};
    },
  });
  return {
    engine,
    client,
    until: (name, fits) =>
      new Promise((resolve) => {
        const stop = client.on(name, (payload) => {
          if (!fits(payload)) return;
          stop();
          resolve(payload);
        });
      }),
  };
}

async function failed(client: Client): Promise<{ code: string; message: string }> {
  await until('the page hears of it', () => client.state.state === 'failed');
  return client.state.state === 'failed' ? client.state.error : { code: '', message: '' };
}

async function openSample(client: Client): Promise<{ modelId: string; domainId: number }> {
  await client.call('settings.set', SETTINGS);
  const { modelId } = await client.call('sample.open', {});
  const domains = await client.call('domains.list', {});
  return { modelId, domainId: domains.find(({ name }) => name === 'python')?.id ?? 0 };
}

const scoresOf = async (client: Client, runId: number): Promise<number[]> => [
  ...(await client.call('runs.scores', { runIds: [runId], criterion: 'easy-ep', mix: 'shares', seed: 0 })).scores,
];

describe('a database that cannot be used', () => {
  const newer = (file: string): void => {
    const db = new Database(file);
    db.exec('CREATE TABLE models (id)');
    db.pragma('application_id = 0x576e6e77');
    db.pragma('user_version = 900');
    db.close();
  };
  test.each([
    [
      'damaged',
      'STORE',
      (file: string) => writeFileSync(file, 'no database at all. '.repeat(400)),
      /damaged.*move this file.*backup/,
    ],
    ['of a newer version', 'STORE', newer, /newer Winnow.*Nothing was changed\. Update Winnow/],
    [
      'not writable',
      'TARGET_UNWRITABLE',
      (file: string) => mkdirSync(file),
      /cannot be opened.*Allow writing.*WINNOW_HOME/,
    ],
  ] as const)(
    '%s: the page says why and what to do, and the next start may go well',
    async (_, code, spoil, message) => {
      const home = freshHome();
      mkdirSync(home);
      const file = join(home, 'winnow.db');
      spoil(file);
      const { engine, client } = openPage(home);
      const error = await failed(client);
      expect(error).toMatchObject({ code, message: expect.stringContaining(file) as string });
      expect(error.message).toMatch(message);
      await expect(client.call('app.info', {})).rejects.toMatchObject({ code });

      rmSync(file, { recursive: true });
      engine.restart();
      expect((await client.call('app.info', {})).home).toBe(home);
    },
  );
});

describe('processes that are killed while they score', () => {
  let uninterrupted: number[];

  beforeAll(async () => {
    const { client, until } = openPage(freshHome());
    const { modelId, domainId } = await openSample(client);
    const { jobId } = await client.call('runs.start', { modelId, domainId, limit: N_DEMOS, fresh: false });
    const { runId } = await until('job', ({ id, state }) => id === jobId && state === 'done');
    uninterrupted = await scoresOf(client, runId ?? 0);
    await closeEngines();
  });

  async function startAndReach(page: Page, demos: number): Promise<{ jobId: number; runId: number }> {
    const { modelId, domainId } = await openSample(page.client);
    const reached = page.until('run', ({ scoredDemos }) => scoredDemos >= demos);
    const { jobId } = await page.client.call('runs.start', { modelId, domainId, limit: N_DEMOS, fresh: false });
    const { runId } = await reached;
    return { jobId, runId };
  }

  async function expectResumed({ client, until }: Page, { jobId, runId }: { jobId: number; runId: number }) {
    const ended = until('job', ({ id, state }) => id === jobId && !['queued', 'running'].includes(state));
    await client.call('jobs.requeue', { jobId });
    expect(await ended).toMatchObject({ state: 'done', runId, error: null });
    expect(await client.call('runs.list', {})).toMatchObject([{ id: runId, state: 'done', scoredDemos: N_DEMOS }]);
    expect(await scoresOf(client, runId)).toEqual(uninterrupted);
  }

  test('the engine: the job is interrupted, and goes on to the same bits', async () => {
    const page = openPage(freshHome());
    const begun = await startAndReach(page, 3);
    const [engine] = childrenNamed(process.pid, 'engine-process');
    process.kill(engine!, 'SIGKILL');
    expect(await failed(page.client)).toMatchObject({ code: 'BACKEND_CRASHED' });

    page.engine.restart();
    const [job] = await page.client.call('jobs.list', { limit: 9 });
    expect(job).toMatchObject({ id: begun.jobId, state: 'interrupted', runId: begun.runId, error: null });
    const run = await page.client.call('runs.get', { runId: begun.runId });
    expect(run.state).toBe('interrupted');
    expect(run.scoredDemos).toBeGreaterThanOrEqual(3);
    expect(run.scoredDemos).toBeLessThan(N_DEMOS);
    await expectResumed(page, begun);
  });

  test('the backend: the job fails, the engine answers, and the job goes on to the same bits', async () => {
    const page = openPage(freshHome());
    const begun = await startAndReach(page, 3);
    const ended = page.until('job', ({ id, state }) => id === begun.jobId && state === 'failed');
    const [engine] = childrenNamed(process.pid, 'engine-process');
    for (const worker of childrenOf(engine!)) process.kill(worker, 'SIGKILL');
    const { error } = await ended;
    expect(error).toMatchObject({ code: 'BACKEND_CRASHED' });
    expect(error?.message).toMatch(
      process.platform === 'win32' ? /exit code 1.*What was scored is kept/ : /SIGKILL.*What was scored is kept/,
    );
    expect(page.client.state.state).toBe('running');
    expect((await page.client.call('runs.get', { runId: begun.runId })).state).toBe('failed');
    await expectResumed(page, begun);
  });
});

describe('with a selection', () => {
  const home = freshHome();
  const model = join(dir, 'model.gguf');
  let modelId = '';
  let selectionId = 0;
  let runId = 0;

  beforeAll(async () => {
    copyFileSync(SAMPLE, model);
    const page = openTestEngine(home);
    const { client } = page;
    const { domainId } = await openSample(client);
    await client.call('library.remove', { modelId: (await client.call('sample.open', {})).modelId });
    const [added] = await client.call('library.add', { grants: [page.grant(model)] });
    modelId = added?.modelId ?? '';
    const { jobId } = await client.call('runs.start', { modelId, domainId, limit: 2, fresh: false });
    runId = (await ended(page, jobId)).runId ?? 0;
    const request = {
      runIds: [runId],
      criterion: 'easy-ep' as const,
      keep: { kind: 'count' as const, count: 16 },
      mix: 'shares' as const,
      pins: [],
      drops: [],
      grouping: 'ungrouped' as const,
      seed: 0,
    };
    selectionId = (await client.call('selections.save', { request, name: 'half' })).id;
    await page.close();
  });

  const ended = (page: TestEngine, jobId: number): Promise<CallResult<'jobs.list'>[number]> =>
    page.until('job', ({ id, state }) => id === jobId && !['queued', 'running'].includes(state));

  const exportTo = (page: TestEngine, path: string) => ({
    choice: { kind: 'selection' as const, selectionId },
    target: page.grant(path, 'write'),
    options: EXPORT_OPTIONS,
  });

  describe('the disk of the target', () => {
    const disk = join(dir, 'disk');
    const requireDisk = smallDisk(disk, 40);

    test('is full: it says how much is free and needed; with room the same job goes well', async (context) => {
      requireDisk(context);
      const page = openTestEngine(home);
      const { client } = page;
      const filler = join(disk, 'filler');
      const { bavail, bsize } = statfsSync(disk);
      const free = 1 << 20;
      writeFileSync(filler, Buffer.alloc(bavail * bsize - free));
      const target = join(disk, 'pruned.gguf');
      const selection = await client.call('exports.plan', exportTo(page, target));
      expect(selection.freeBytes).toBe(free);
      expect(selection.problems).toMatchObject([{ code: 'NO_SPACE' }]);

      const { jobId } = await client.call('exports.start', exportTo(page, target));
      const { state, error } = await ended(page, jobId);
      expect({ state, code: error?.code }).toEqual({ state: 'failed', code: 'NO_SPACE' });
      expect(error?.message).toMatch(/disk has 1\.0 MB free, but \d\d\.\d MB is needed\. Free some space/);
      expect(error?.details).toMatchObject({ free, needed: expect.any(Number) as number });
      expect(readdirSync(disk)).toEqual(['filler']);
      const [row] = await client.call('exports.list', {});
      expect(row).toMatchObject({ state: 'failed', modelId: null });

      rmSync(filler);
      await client.call('jobs.requeue', { jobId });
      const again = await page.until('job', ({ id, state: now }) => id === jobId && now === 'done');
      expect(statSync(target).size).toBe(selection.prunedBytes);
      const written = (await client.call('exports.list', {})).find(({ id }) => id === again.exportId);
      expect(written?.modelId).toMatch(/./);
      rmSync(target);
    });
  });

  test('the model vanished: everything that needs it says so, what is stored stays, and it goes on when it is back', async () => {
    const page = openTestEngine(home);
    const { client } = page;
    const away = `${model}.away`;
    renameSync(model, away);
    const gone = { code: 'FILE_NOT_FOUND', message: expect.stringContaining('not') as string };
    expect(await client.call('library.get', { modelId })).toMatchObject({ state: 'unusable', details: null });
    const target = join(dir, 'vanished.gguf');
    await expect(client.call('exports.plan', exportTo(page, target))).rejects.toMatchObject(gone);
    await expect(client.call('exports.start', exportTo(page, target))).rejects.toMatchObject(gone);
    const texts = await client.call('texts.list', {});
    const measure = { against: modelId, variants: [], textIds: [texts[0]!.id], ctx: 256, chunks: 1 };
    await expect(client.call('evaluations.start', measure)).rejects.toMatchObject(gone);
    const [domain] = await client.call('domains.list', {});
    const score = { modelId, domainId: domain!.id, limit: 1, fresh: true };
    await expect(client.call('runs.start', score)).rejects.toMatchObject(gone);
    await expect(client.call('library.memory', { modelId, ctx: 512, keep: 16 })).rejects.toMatchObject(gone);
    expect((await client.call('selections.list', { modelId })).map(({ id }) => id)).toContain(selectionId);
    expect((await scoresOf(client, runId)).length).toBeGreaterThan(0);

    renameSync(away, model);
    expect((await client.call('exports.plan', exportTo(page, target))).problems).toEqual([]);
    const { jobId } = await client.call('exports.start', exportTo(page, target));
    expect(await ended(page, jobId)).toMatchObject({ state: 'done', error: null });
  });

  test('the model vanishes while its export and its measurement wait: they fail alone, and go on when it is back', async () => {
    const page = openTestEngine(home);
    const { client } = page;
    const { domainId, modelId: sample } = await openSample(client);
    // the same bytes: with it, nothing would be missing
    await client.call('library.remove', { modelId: sample });
    // holds the queue up
    const first = await client.call('runs.start', { modelId, domainId, limit: null, fresh: true });
    const target = join(dir, 'waiting.gguf');
    const { jobId: exporting } = await client.call('exports.start', exportTo(page, target));
    const texts = await client.call('texts.list', {});
    const { jobId: measuring } = await client.call('evaluations.start', {
      against: modelId,
      variants: [],
      textIds: [texts[0]!.id],
      ctx: 256,
      chunks: 1,
    });
    const away = `${model}.away`;
    renameSync(model, away);
    await client.call('jobs.cancel', { jobId: first.jobId });
    for (const jobId of [exporting, measuring]) {
      const { state, error } = await ended(page, jobId);
      expect({ state, code: error?.code }).toEqual({ state: 'failed', code: 'FILE_NOT_FOUND' });
      expect(error?.message).toContain(model);
    }
    renameSync(away, model);
    for (const jobId of [exporting, measuring]) {
      await client.call('jobs.requeue', { jobId });
      await page.until('job', ({ id, state }) => id === jobId && state === 'done');
    }
    expect(readFileSync(target).subarray(0, 4).toString()).toBe('GGUF');
  });

  test('another model in its place is not pruned by its experts', async () => {
    const page = openTestEngine(home);
    const { client } = page;
    await rewriteGguf(SAMPLE, model, { set: [{ key: 'general.name', type: 'string', value: 'Another' }] });
    const target = join(dir, 'changed.gguf');
    const request = exportTo(page, target);
    const { jobId } = await client.call('exports.start', request).catch((error: unknown) => {
      // said at once, where the library has read the new file already
      expect(error).toMatchObject({ code: 'FILE_NOT_FOUND' });
      return { jobId: 0 };
    });
    if (jobId !== 0) expect((await ended(page, jobId)).error?.code).toBe('MODEL_CHANGED');
    expect(readdirSync(dir).filter((name) => name.startsWith('changed'))).toEqual([]);
  });
});
