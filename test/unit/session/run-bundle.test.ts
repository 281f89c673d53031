import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readBundle } from '../../../electron/engine/experts/runs/bundle-file.ts';
import { HEADER_BYTES, openBlob, sealBlob } from '../../../electron/engine/store/blobs.ts';
import { loadDemoScores, saveDemoScores } from '../../../electron/engine/store/demo-scores.ts';
import { listModels, rememberModel } from '../../../electron/engine/store/models.ts';
import { createScoreRun, finishScoreRun, type ScoreRun } from '../../../electron/engine/store/score-runs.ts';
import { failure } from '../selection/matrices.ts';
import { temporaryHome } from '../store/support.ts';
import { DEMOS, MODEL, SETTINGS, sumsOf } from '../store/tiny-run.ts';
import { openTestEngine, type TestEngine } from './test-engine.ts';

const demos = DEMOS.slice(0, 3);
const N_TOP = 2;
const countRow = z.object({ n: z.int() });
const slots = MODEL.moeLayers.length * MODEL.nExpert * N_TOP;

/** A run with everything that scoring keeps of three demos, the last one as far as `state` goes. */
function addRun({ services }: TestEngine, state: Exclude<ScoreRun['state'], 'running'> = 'done'): number {
  const { store } = services.context;
  const modelId = rememberModel(store, MODEL).id;
  const run = createScoreRun(store, { modelId, domain: 'math', settings: SETTINGS, demos }, 5000);
  const scored = state === 'done' ? demos : demos.slice(0, 2);
  const top = Buffer.concat([
    Buffer.from(new Int32Array(slots).fill(4).buffer),
    Buffer.from(new Float32Array(slots).fill(0.5).buffer),
  ]);
  scored.forEach(({ tokens }, position) => {
    const contribution = new Uint16Array(MODEL.moeLayers.length * tokens).fill(0x2e66);
    const classSums = { first: sumsOf(position + 1) };
    const maxNorm = new Float32Array(MODEL.moeLayers.length * MODEL.nExpert).fill(position);
    saveDemoScores(store, run.id, [{ position, sums: sumsOf(position), classSums, maxNorm, contribution, top }]);
  });
  finishScoreRun(store, run.id, state, 2.5, 9000);
  return run.id;
}

async function exported(state: Exclude<ScoreRun['state'], 'running'> = 'done'): Promise<string> {
  const from = openTestEngine();
  const path = join(temporaryHome(), 'math.winnow');
  const runId = addRun(from, state);
  expect(await from.client.call('runs.exportBundle', { runId, target: from.grant(path, 'write') })).toBeNull();
  return path;
}

test.each(['done', 'cancelled'] as const)('a run that is %s arrives as it was', async (state) => {
  const path = await exported(state);
  // neither the model's place on the other machine nor anything that makes it a database of its own
  expect(readFileSync(path).includes('/models/')).toBe(false);
  const source = openTestEngine();
  const sourceId = addRun(source, state);
  const here = openTestEngine();
  const run = await here.client.call('runs.importBundle', { grant: here.grant(path) });
  expect(run).toEqual(await source.client.call('runs.get', { runId: sourceId }));
  expect(loadDemoScores(here.services.context.store, run.id)).toEqual(
    loadDemoScores(source.services.context.store, sourceId),
  );
  expect(here.events('run')).toEqual([{ runId: run.id, scoredDemos: run.scoredDemos, state }]);
  const ask = { runIds: [run.id], criterion: 'easy-ep' as const, mix: 'shares' as const, seed: 0 };
  expect(await here.client.call('runs.scores', ask)).toEqual(await source.client.call('runs.scores', ask));
  await expect(here.client.call('runs.tokens', { runId: run.id, position: 0 })).rejects.toThrow(
    failure('USAGE', 'demos.jsonl:1 was deleted'),
  );
  const again = await here.client.call('runs.importBundle', { grant: here.grant(path) });
  expect(again.id === run.id).toBe(state === 'done');
});

test('a model that is known keeps its place', async () => {
  const path = await exported();
  const here = openTestEngine();
  rememberModel(here.services.context.store, { ...MODEL, path: '/mine/renamed.gguf', name: 'Mine' });
  const run = await here.client.call('runs.importBundle', { grant: here.grant(path) });
  expect(run.modelName).toBe('renamed');
});

test('a bundle says nothing of where models lie here', async () => {
  const path = await exported();
  const blobs: Buffer[] = [];
  for await (const blob of readBundle(path)) blobs.push(blob);
  const head = Buffer.from(openBlob(blobs[0]!)).toString('utf8').replaceAll('tiny.gguf', '/home/me/secret.gguf');
  writeFileSync(
    path,
    Buffer.concat([Buffer.from('winnow run bundle 1\n'), sealBlob(Buffer.from(head)), ...blobs.slice(1)]),
  );
  const here = openTestEngine();
  await here.client.call('runs.importBundle', { grant: here.grant(path) });
  expect(listModels(here.services.context.store)[0]?.info).toMatchObject({
    path: 'secret.gguf',
    parts: ['secret.gguf'],
  });
});

test('what is no whole bundle is refused, and leaves no run', async () => {
  const path = await exported();
  const whole = readFileSync(path);
  const blobs: Buffer[] = [];
  for await (const blob of readBundle(path)) blobs.push(blob);
  expect(blobs).toHaveLength(1 + 3 * 5);
  const first = whole.subarray(0, whole.indexOf('\n') + 1);
  const head = Buffer.from(openBlob(blobs[0]!)).toString('utf8');
  const withHead = (text: string): Buffer => Buffer.concat([first, sealBlob(Buffer.from(text)), ...blobs.slice(1)]);
  const withPayload = (blob: number, change: (payload: Buffer) => unknown): Buffer => {
    const changed = blobs.map((sealed, i) => {
      const payload = Buffer.from(openBlob(sealed));
      if (i === blob) change(payload);
      return sealBlob(payload);
    });
    return Buffer.concat([first, ...changed]);
  };
  const flipped = Buffer.from(whole);
  flipped[flipped.length - 1]! ^= 1;
  const flippedHeader = Buffer.from(whole);
  flippedHeader[first.length + HEADER_BYTES + openBlob(blobs[0]!).length]! ^= 1;
  const bad: readonly [string, Buffer, string][] = [
    ['empty', Buffer.alloc(0), 'does not begin like one'],
    ['something else', Buffer.from('GGUF and so on, for more than a line'), 'does not begin like one'],
    ['the first line only', Buffer.from(first), 'its end is missing'],
    ['cut', whole.subarray(0, -5), 'its end is missing'],
    [
      'cut after a demo',
      whole.subarray(0, whole.length - blobs.slice(-5).reduce((sum, blob) => sum + blob.length, 0)),
      'its end is missing',
    ],
    ['a changed byte', flipped, 'it is damaged'],
    ['more behind its end', Buffer.concat([whole, blobs[1]!]), 'there is more than its demos'],
    ['of a newer version', withHead(head.replace('"blobs":5', '"blobs":6')), 'it comes from a newer Winnow'],
    ['a time beyond all dates', withHead(head.replace('"startedMs":5000', '"startedMs":9e15')), 'it is damaged'],
    ['a changed blob header', flippedHeader, 'it is damaged'],
    ['no JSON', withHead('{'), 'it is damaged'],
    ['nothing in it', withHead('{}'), 'it is damaged'],
    ['a demo that is not there', withHead(head.replace('"scored":[0,1,2]', '"scored":[0,1,3]')), 'do not fit together'],
    ['a demo too few', withHead(head.replace('"scored":[0,1,2]', '"scored":[0,1]')), 'do not fit together'],
    ['more experts', withHead(head.replace('"nExpert":8', '"nExpert":16')), 'not those of its model'],
    ['more experts than memory', withHead(head.replace('"nExpert":8', '"nExpert":4294967296')), 'it is damaged'],
    ['layers out of order', withHead(head.replace('[1,2,3]', '[3,2,1]')), 'it is damaged'],
    [
      'more tokens than can be counted',
      withHead(head.replaceAll('"tokens":10', '"tokens":9007199254740991')),
      'it is damaged',
    ],
    ['a time between milliseconds', withHead(head.replace('"startedMs":5000', '"startedMs":0.5')), 'it is damaged'],
    ['no settings', withHead(head.replace(/"settings":{[^}]*}/, '"settings":"text"')), 'it is damaged'],
    [
      'settings without end',
      withHead(head.replace(/"settings":{/, `$&"x":${'['.repeat(5000)}${']'.repeat(5000)},`)),
      'it is damaged',
    ],
    ['a name like a book', withHead(head.replace('"Tiny"', `"${'x'.repeat(5000)}"`)), 'it is damaged'],
    ['scores that are no numbers', withPayload(1, (sums) => sums.writeDoubleLE(NaN, 8)), 'it is damaged'],
    ['endless turns', withPayload(2, (turns) => turns.writeUInt16LE(0x7c00, 2)), 'it is damaged'],
    ['a token beyond the demo', withPayload(3, (tops) => tops.writeInt32LE(1000, 4)), 'it is damaged'],
  ];
  const here = openTestEngine();
  for (const [what, bytes, reason] of bad) {
    const badPath = join(temporaryHome(), 'bad.winnow');
    writeFileSync(badPath, bytes);
    const opening = here.client.call('runs.importBundle', { grant: here.grant(badPath) });
    await expect(opening, what).rejects.toThrow(failure('SCORES_INVALID', badPath, reason));
  }
  const missing = join(temporaryHome(), 'none.winnow');
  const opening = here.client.call('runs.importBundle', { grant: here.grant(missing) });
  await expect(opening).rejects.toThrow(failure('FILE_NOT_FOUND', missing));
  const { store } = here.services.context;
  expect(
    store.get(countRow, 'SELECT (SELECT count(*) FROM score_runs) + (SELECT count(*) FROM demo_scores) AS n')?.n,
  ).toBe(0);
});
