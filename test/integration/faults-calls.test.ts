// What the page shows, and what is left, when a model's file goes or is replaced. Processes that die: interrupted.test.ts and
// test/e2e/desktop/faults.spec.ts; a full disk there, too.
import { copyFileSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CallResult } from '../../electron/contract/api.ts';
import type { Client } from '../../electron/contract/client.ts';
import { openTestEngine, type TestEngine } from '../unit/session/test-engine.ts';
import { startJob } from '../../electron/engine/app/session/start-job.ts';
import { littleComparison } from './little-comparison.ts';
import { rewriteGguf } from './gguf-files.ts';
import { CPU, EXPORT_OPTIONS, SAMPLE, scratchDir } from './support.ts';

const SETTINGS = { placement: CPU, nUbatch: 128, maxTokens: 128, measureExports: false };

const dir = scratchDir();
async function openSample(client: Client): Promise<{ modelId: string; domainId: number }> {
  await client.call('settings.set', SETTINGS);
  const { modelId } = await client.call('sample.open', {});
  const domains = await client.call('domains.list', {});
  return { modelId, domainId: domains.find(({ name }) => name === 'python')?.id ?? 0 };
}

const scoresOf = async (client: Client, runId: number): Promise<number[]> => [
  ...(await client.call('runs.scores', { runIds: [runId], criterion: 'easy-ep', mix: 'shares', seed: 0 })).scores,
];

describe('with a selection', () => {
  const home = join(dir, 'home');
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
    await expect(client.call('evaluations.judge', { selectionId })).rejects.toMatchObject(gone);
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
    const request = await littleComparison(page, selectionId, ['python'], { ctx: 256, chunks: 1 });
    const { jobId: measuring } = startJob(page.services, 'evaluate', request, 'little');
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
