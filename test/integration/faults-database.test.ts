// A database that cannot be written while work goes on: a full disk, another program's lock, damage, a second Winnow. The
// work stops with a reason that names the file, what was committed stays, and the same job goes on to the same bits.
import { openSync, closeSync, rmSync, statfsSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Client } from '../../electron/contract/client.ts';
import { openStore } from '../../electron/engine/store/database.ts';
import { App } from '../hostile/kills/app.ts';
import { readLedger } from '../hostile/kills/ledger.ts';
import { endOf, jobOf } from '../hostile/kills/work.ts';
import { failure } from '../unit/selection/matrices.ts';
import { openTestEngine, type TestEngine } from '../unit/session/test-engine.ts';
import { smallDisk } from './small-disk.ts';
import { fileHash } from '../hash.ts';
import { CPU, EXPORT_OPTIONS, scratchDir } from './support.ts';

const dir = scratchDir();
const N_DEMOS = 8;

async function openSample(client: Client): Promise<{ modelId: string; domainId: number }> {
  await client.call('settings.set', { placement: CPU, nUbatch: 128, maxTokens: 128, measureExports: false });
  const { modelId } = await client.call('sample.open', {});
  const domains = await client.call('domains.list', {});
  return { modelId, domainId: domains.find(({ name }) => name === 'python')?.id ?? 0 };
}

async function scoresOf(client: Client, runId: number | null): Promise<number[]> {
  const ask = { runIds: [runId ?? 0], criterion: 'easy-ep' as const, mix: 'shares' as const, seed: 0 };
  return [...(await client.call('runs.scores', ask)).scores];
}

async function startScoring(client: Client, fresh = false): Promise<{ jobId: number }> {
  const { modelId, domainId } = await openSample(client);
  return client.call('runs.start', { modelId, domainId, limit: N_DEMOS, fresh });
}

let uninterrupted: number[];
beforeAll(async () => {
  const app = new App(join(dir, 'whole'));
  const { jobId } = await startScoring(app.client);
  uninterrupted = await scoresOf(app.client, (await endOf(app.client, jobId)).runId);
  await app.close();
});

/** Starts to score, and spoils the database when the first demos are stored. */
async function scoreWhile(page: TestEngine, spoil: () => void): Promise<{ jobId: number }> {
  const scored = page.until('run', ({ scoredDemos }) => scoredDemos >= 2);
  const job = await startScoring(page.client);
  await scored;
  spoil();
  return job;
}

const ended = (page: TestEngine, jobId: number, state: string) =>
  page.until('job', (job) => job.id === jobId && job.state === state);

/** With the database as it was, the job goes on to the same bits. */
async function expectGoesOn(page: TestEngine, jobId: number): Promise<void> {
  await page.client.call('jobs.requeue', { jobId });
  const { runId } = await ended(page, jobId, 'done');
  expect(await scoresOf(page.client, runId)).toEqual(uninterrupted);
  readLedger(page.services.context.home);
}

describe('its disk is full', () => {
  const home = join(dir, 'full');
  const requireDisk = smallDisk(home, 24);

  test('in the middle of a job', async (context) => {
    requireDisk(context);
    const page = openTestEngine(home);
    const { client } = page;
    const filler = join(home, 'filler');
    const { jobId } = await scoreWhile(page, () => {
      const { bavail, bsize } = statfsSync(home);
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
    });
    const { error } = await ended(page, jobId, 'failed');
    expect(error).toMatchObject({
      code: 'NO_SPACE',
      message: expect.stringContaining(join(home, 'winnow.db')) as string,
    });
    expect(error?.message).toMatch(/Free some space/);
    // it answers, and says the same of what else must be written
    expect((await client.call('jobs.list', { limit: 9 })).find(({ id }) => id === jobId)?.state).toBe('failed');
    const create = client.call('domains.create', { name: 'x'.repeat(80) });
    await expect(create).rejects.toMatchObject({ code: 'NO_SPACE' });
    await expect(client.call('jobs.requeue', { jobId })).rejects.toMatchObject({ code: 'NO_SPACE' });
    rmSync(filler);
    await expectGoesOn(page, jobId);
    await page.close();
  });

  test('when it is opened', (context) => {
    requireDisk(context);
    openStore(home).close();
    const filler = join(home, 'filler');
    const { bavail, bsize } = statfsSync(home);
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
    expect(() => openStore(home)).toThrow(failure('NO_SPACE', join(home, 'winnow.db'), 'Free some space'));
    rmSync(filler);
    openStore(home).close();
  });
});

describe('in use', () => {
  test('another program holds its lock', async () => {
    const home = join(dir, 'locked');
    const page = openTestEngine(home);
    // ten seconds are a long time for a test
    page.services.context.store.column(z.int(), 'PRAGMA busy_timeout = 100');
    const other = new Database(join(home, 'winnow.db'));
    const { jobId } = await scoreWhile(page, () => other.exec('BEGIN IMMEDIATE'));
    const { error } = await ended(page, jobId, 'failed');
    expect(error).toMatchObject({ code: 'STORE' });
    expect(error?.message).toMatch(/winnow\.db is locked by another process\. Wait.*try again/);
    const create = page.client.call('domains.create', { name: 'new' });
    await expect(create).rejects.toThrow(/locked by another process/);
    expect((await page.client.call('domains.list', {})).length).toBeGreaterThan(0);
    other.exec('ROLLBACK');
    other.close();
    await expectGoesOn(page, jobId);
    await page.close();
  });

  test('something writes over it', async () => {
    const home = join(dir, 'damaged');
    const page = openTestEngine(home);
    await openSample(page.client);
    await page.close();
    const file = join(home, 'winnow.db');
    const app = new App(home);
    expect((await app.client.call('domains.list', {})).length).toBeGreaterThan(0);
    const handle = openSync(file, 'r+');
    // the schema on the first page stays
    writeSync(handle, Buffer.alloc(statSync(file).size - 4096, 'damage '), 0, undefined, 4096);
    closeSync(handle);
    const search = app.client.call('demos.list', { domainId: 1, offset: 0, limit: 1000, search: 'def' });
    await expect(search).rejects.toMatchObject({ code: 'STORE', message: expect.stringContaining(file) as string });
    await expect(app.client.call('texts.list', {})).rejects.toThrow(/is damaged.*put a backup/);
    expect((await app.client.call('app.info', {})).home).toBe(home);
    await app.close();
  });
});

describe('two Winnows at once', () => {
  const home = join(dir, 'two');
  const apps: App[] = [];
  const open = (): App => {
    const app = new App(home);
    apps.push(app);
    return app;
  };
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close().catch(() => undefined); // one was killed
  });

  test('each leaves the other’s jobs alone, and both come to their end', async () => {
    const [one, two] = [open(), open()];
    const { modelId, domainId } = await openSample(one.client);
    const score = (app: App, limit: number) =>
      app.client.call('runs.start', { modelId, domainId, limit, fresh: false });
    const [first, second] = [await score(one, N_DEMOS), await score(two, N_DEMOS)];
    expect(first.jobId).not.toBe(second.jobId);
    const seen = await jobOf(two.client, first.jobId);
    if (seen.state === 'running') {
      expect(seen.elsewhere).toBe(true);
      await expect(two.client.call('jobs.cancel', first)).rejects.toThrow(/another Winnow.*Cancel it there/);
    }
    const jobs = [await endOf(one.client, first.jobId), await endOf(two.client, second.jobId)];
    expect(jobs.map(({ state }) => state)).toEqual(['done', 'done']);
    for (const { runId } of jobs) expect(await scoresOf(one.client, runId)).toEqual(uninterrupted);
    readLedger(home);
  });

  test('the job of one that was killed is taken up by the other, once', async () => {
    const [one, two] = [open(), open()];
    const { modelId, domainId } = await openSample(one.client);
    const job = await one.client.call('runs.start', { modelId, domainId, limit: N_DEMOS, fresh: true });
    const pids = one.processes();
    // on Windows they end with the first of them
    for (const pid of one.victims(process.platform === 'win32' ? 'host' : 'group')) process.kill(pid, 'SIGKILL');
    await App.gone(pids);
    // what waited goes on by itself, what ran is queued again: by one of two that try
    const found = await jobOf(two.client, job.jobId);
    expect(found.state).not.toBe('running');
    if (found.state === 'interrupted') await two.client.call('jobs.requeue', job);
    const { state, runId } = await endOf(two.client, job.jobId);
    expect(state).toBe('done');
    expect(await scoresOf(two.client, runId)).toEqual(uninterrupted);
  });

  test('one does not write the file that the other is writing', async () => {
    const target = join(dir, 'same.gguf');
    const [one, two] = [open(), open()];
    const { modelId, domainId } = await openSample(one.client);
    const { runId } = await endOf(
      one.client,
      (await one.client.call('runs.start', { modelId, domainId, limit: 2, fresh: false })).jobId,
    );
    const request = {
      runIds: [runId ?? 0],
      criterion: 'easy-ep' as const,
      keep: { kind: 'count' as const, count: 24 },
      mix: 'shares' as const,
      pins: [],
      drops: [],
      grouping: 'ungrouped' as const,
      seed: 0,
    };
    const { id: selectionId } = await one.client.call('selections.save', { request, name: 'most' });
    const write = (app: App) =>
      app.client.call('exports.start', {
        choice: { kind: 'selection', selectionId },
        target: app.grant(target, 'write'),
        options: EXPORT_OPTIONS,
      });
    const jobs = await Promise.all([one, two].map(async (app) => endOf(app.client, (await write(app)).jobId)));
    const refused = jobs.filter(({ state }) => state === 'failed');
    expect(jobs.filter(({ state }) => state === 'done')).toHaveLength(1);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.error?.code).toMatch(/^TARGET_(EXISTS|UNWRITABLE)$/);
    const [row] = (await one.client.call('exports.list', {})).filter(({ state }) => state === 'done');
    expect(fileHash(target)).toBe(row?.sha256);
  });
});
