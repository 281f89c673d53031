// Models as large as they are in use: tensors over 4 GB, files over 1 TB, a thousand parts. Their data are holes.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { forkWorker } from '../../electron/engine/base/backend/worker-host.ts';
import { inspectLoadable } from '../../electron/engine/models/check-load.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { planNarrowed } from '../../electron/engine/write/pruning/narrow-experts.ts';
import { planPrune } from '../../electron/engine/write/pruning/plan.ts';
import { previewExport } from '../../electron/engine/write/exporting/plan-export.ts';
import { writeGguf } from '../../electron/engine/write/pruning/write-gguf.ts';
import { EngineContext } from '../../electron/engine/store/engine-context.ts';
import { Engine } from '../engine.ts';
import { engineHere } from '../../electron/engine/app/session/engine-here.ts';
import { STORED_CRITERIA } from '../../electron/contract/scores-file.ts';
import type { WinnowError } from '../../electron/contract/errors.ts';
import type { ModelInfo } from '../../electron/contract/model-info.ts';
import type { CallParams } from '../../electron/contract/api.ts';
import type { PruneRequest } from '../../electron/contract/requests.ts';
import { openTestEngine } from '../unit/session/test-engine.ts';
import { seeGguf } from './gguf-tools.ts';
import {
  fillWithValues,
  markExperts,
  missingMarks,
  sizedGguf,
  sliceOf,
  tensorNamed,
  type SizedModel,
} from './sized-gguf.ts';
import { ROOT, run, scratchDir, seededTokens, PRUNE_OPTIONS } from './support.ts';

/** Nobody cancels these calls. */
const NEVER = new AbortController().signal;
const scratch = scratchDir();
const home = join(scratch, 'home');
const engine = new Engine({ home });
const context = new EngineContext({ home, host: forkWorker });
const here = engineHere(context, { add: () => {} });
afterAll(async () => {
  await here.close();
  context.close();
  return engine.close();
});

const GB = 1e9;
const TB = 1e12;

const request = (
  model: SizedModel,
  kept: readonly (readonly number[])[],
  more: Partial<PruneRequest>,
): PruneRequest => ({
  model: model.path,
  kept: kept.map((experts) => [...experts]),
  output: join(scratch, 'out.gguf'),
  ...PRUNE_OPTIONS,
  overwrite: true,
  ...more,
});

/** Files of terabytes, nearly all holes: as if each had been read whole before. */
async function asIfRead(model: SizedModel): Promise<SizedModel> {
  const stats = await Promise.all(model.parts.map((path) => stat(path, { bigint: true })));
  const state = stats
    .map(({ dev, ino, size, mtimeNs, ctimeNs }) => [dev, ino, size, mtimeNs, ctimeNs].join(':'))
    .join(' ');
  const fingerprint = createHash('sha256').update(model.path).digest('hex');
  context.identities.keep(state, { fingerprint, sampled: fingerprint, kindred: fingerprint });
  return model;
}

/** A model whose files were read before. */
async function inspect(path: string): Promise<ModelInfo> {
  using backend = new Backend('off', forkWorker);
  return (await inspectLoadable(path, backend, { identities: context.identities })).info;
}

/** The same experts in every layer. */
const everywhere = (layers: number, experts: readonly number[]): (readonly number[])[] =>
  Array.from({ length: layers }, () => experts);

/** By this process so far; where the system does not say, none. */
const bytesRead = (): number =>
  process.platform === 'linux' ? Number(/rchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]) : 0;

const bytesOf = (model: SizedModel, name: RegExp): number =>
  model.tensors.filter((tensor) => name.test(tensor.name)).reduce((sum, { bytes }) => sum + bytes, 0);

describe('a tensor of more than 4 GB', () => {
  const KEPT = [300, 511];
  let model: SizedModel;
  beforeAll(async () => {
    model = await sizedGguf(scratch, 'large', { layers: 1, experts: 512, width: 4096, feedForward: 2048 });
    markExperts(model, [0, ...KEPT]);
    await asIfRead(model);
  });

  test('its place and its size are read exactly', async () => {
    using backend = new Backend();
    const down = tensorNamed(model, 'blk.0.ffn_down_exps.weight');
    expect(down.bytes).toBe(2 ** 33);
    expect(down.offset).toBeGreaterThan(17 * GB);
    const { tensors, info } = await inspectModel(model.path, backend, { identities: context.identities });
    expect(tensors.map(({ name, bytes, fileOffset }) => [name, bytes, fileOffset])).toEqual(
      model.tensors.map(({ name, bytes, offset }) => [name, bytes, offset]),
    );
    expect(info).toMatchObject({ bytes: model.bytes, expertBytes: bytesOf(model, /_exps|gate_inp/) });
  });

  test('experts behind 4 GB are cut out of it', async () => {
    expect(sliceOf(tensorNamed(model, 'blk.0.ffn_gate_exps.weight'), 300).offset).toBeGreaterThan(5 * GB);
    const written = await seeGguf((await engine.prune(request(model, [KEPT], {}))).path);
    expect(missingMarks(written, KEPT)).toEqual([]);
    expect(missingMarks(written, [0, 511])).toHaveLength(6);
  });
});

const BY_EASY_EP = {
  criterion: 'easy-ep',
  mix: 'shares',
  pins: [],
  drops: [],
  grouping: 'ungrouped',
  model: null,
  superExperts: 'pin',
} satisfies Partial<CallParams<'selections.compute'>['request']>;

describe('a model of more than 1 TB', () => {
  const LAYERS = 43;
  const EXPERTS = 512;
  const shape = { layers: LAYERS, experts: EXPERTS, width: 4096, feedForward: 2048 };
  const models: SizedModel[] = [];
  beforeAll(async () => {
    for (const [name, parts] of [
      ['whole', 1],
      ['parted', 100],
    ] as const) {
      models.push(await asIfRead(await sizedGguf(scratch, name, { ...shape, parts })));
    }
  });

  test.each([0, 1])('inspected without reading it (%i)', async (i) => {
    const model = models[i]!;
    const before = bytesRead();
    const info = await inspect(model.path);
    expect(bytesRead() - before).toBeLessThan(32e6);
    expect(info.bytes).toBeGreaterThan(TB);
    expect(info).toMatchObject({
      bytes: model.bytes,
      parts: model.parts,
      expertBytes: bytesOf(model, /_exps|gate_inp/),
      prunable: { ok: true },
    });
  });

  test.each([0, 1])('the size of an export before it is written (%i)', async (i) => {
    const model = models[i]!;
    const expertBytes = bytesOf(model, /_exps|gate_inp/);
    const kept = everywhere(
      LAYERS,
      Array.from({ length: 500 }, (_, expert) => expert),
    );
    const plan = await previewExport(request(model, kept, {}), context, NEVER);
    expect(plan.fullBytes).toBe(model.bytes);
    const expected = model.bytes - (expertBytes / EXPERTS) * 12;
    expect(plan.prunedBytes).toBeGreaterThan(TB);
    // the keys say which experts were kept: 4 bytes each
    expect(Math.abs(plan.prunedBytes - expected)).toBeLessThan(4 * 500 * LAYERS + 16_000);
    if (plan.freeBytes < TB)
      expect(plan.problems).toMatchObject([
        { code: 'NO_SPACE', message: expect.stringMatching(/1\.1 TB is needed/) as string },
      ]);
  });

  test('one with narrower experts is sized by a range for each expert, not for each neuron', async () => {
    using backend = new Backend('off', forkWorker);
    const model = await inspectModel(models[0]!.path, backend, { identities: context.identities });
    const kept = everywhere(
      LAYERS,
      Array.from({ length: 500 }, (_, expert) => expert),
    );
    const narrowed = planNarrowed(model, { kept, nextn: 'reuse' }, { share: 0.75, isQuantised: true });
    const { file } = planPrune(model, { kept, output: join(scratch, 'narrow.gguf'), narrowed });
    const gate = file.tensors.find(({ name }) => name === 'blk.7.ffn_gate_exps.weight');
    expect(gate).toMatchObject({ ne: [4096, 1536, 500], bytes: 4096 * 1536 * 500 * 2 });
    expect(gate?.ranges).toHaveLength(500);
    expect(gate?.ranges.reduce((sum, { length }) => sum + length, 0)).toBe(gate?.bytes);
  });

  test('as many experts as fit a memory size, in exact numbers', async () => {
    const model = models[1]!;
    const { fingerprint } = await inspect(model.path);
    const layers = Array.from({ length: LAYERS }, (_, layer) => layer);
    const scores = join(scratch, 'scores.json');
    const matrix = layers.map(() => Array.from({ length: EXPERTS }, (_, expert) => expert + 1));
    const scored = {
      path: model.path,
      arch: 'qwen3moe',
      moe_layers: layers,
      n_expert: EXPERTS,
      n_expert_used: 1,
      fingerprint,
    };
    writeFileSync(
      scores,
      JSON.stringify({
        model: scored,
        tokens: 1,
        demos: [],
        criteria: Object.fromEntries(STORED_CRITERIA.map((name) => [name, matrix])),
      }),
    );
    const files = [here.grant(scores, 'read')];
    const fitting = (bytes: number) =>
      here.client.call('selections.compute', {
        request: { ...BY_EASY_EP, files, keep: { kind: 'fit', bytes, ctx: 4096 } },
        remember: true,
      });
    const { keep, bytes } = await fitting(TB);
    const expertBytes = bytesOf(model, /_exps|gate_inp/);
    const { details } = (await fitting(GB).catch((error: unknown) => error)) as WinnowError;
    const room = TB - Number(details['neededBytes']);
    expect(keep).toBe(Number(details['smallestKeep']) + Math.floor(room / (bytesOf(model, /_exps/) / EXPERTS)));
    expect(bytes).toEqual({ full: model.bytes, pruned: model.bytes - (expertBytes / EXPERTS) * (EXPERTS - keep) });
  });
});

test('experts that lie behind 1 TB of their file', async () => {
  // more experts than llama.cpp would load, so that one of them is small
  const KEPT = [40_000, 65_535];
  const model = await sizedGguf(scratch, 'deep', { layers: 1, experts: 65_536, width: 1024, feedForward: 3072 });
  markExperts(model, [0, ...KEPT]);
  expect(sliceOf(tensorNamed(model, 'blk.0.ffn_down_exps.weight'), 65_535).offset).toBeGreaterThan(TB);
  using backend = new Backend();
  const inspected = await inspectModel((await asIfRead(model)).path, backend, { identities: context.identities });
  const { file } = planPrune(inspected, { kept: [KEPT], output: join(scratch, 'deep-out.gguf') });
  await writeGguf(file, { backend });
  const written = await seeGguf(join(scratch, 'deep-out.gguf'));
  expect(missingMarks(written, KEPT)).toEqual([]);
  expect(missingMarks(written, [0, 65_535])).toHaveLength(6);
});

test('a tensor that would end behind every exact number', async () => {
  using backend = new Backend();
  const tensors = [{ name: 'token_embd.weight', type: 'f32', ne: [2 ** 30, 2 ** 22] }];
  const set = [{ key: 'general.architecture', type: 'string', value: 'qwen3moe' }];
  const path = join(scratch, 'endless.gguf');
  writeFileSync(path, await backend.call('buildGgufMeta', { source: null, remove: [], set, tensors }));
  await expect(inspectModel(path, backend)).rejects.toMatchObject({
    code: 'GGUF_CORRUPT',
    message: expect.stringMatching(/token_embd\.weight would end beyond byte 9007199254740992/) as string,
  });
});

test('more parts than Winnow reads', async () => {
  using backend = new Backend();
  const set = [
    { key: 'general.architecture', type: 'string', value: 'qwen3moe' },
    { key: 'split.count', type: 'uint16', value: 1200 },
  ];
  const path = join(scratch, 'more-00001-of-01200.gguf');
  writeFileSync(path, await backend.call('buildGgufMeta', { source: null, remove: [], set, tensors: [] }));
  await expect(inspectModel(path, backend)).rejects.toMatchObject({
    code: 'SPLIT_INCOMPLETE',
    message: expect.stringMatching(/one of 1200 parts; Winnow reads models of up to 1000/) as string,
  });
});

describe('a thousand parts', () => {
  const LAYERS = 84;
  const PARTS = 1000;
  const N_VOCAB = 16;
  let model: SizedModel;
  let whole: SizedModel;
  beforeAll(async () => {
    const shape = { layers: LAYERS, experts: 4, width: 32, feedForward: 32 };
    model = await sizedGguf(join(scratch, 'parts'), 'thousand', { ...shape, parts: PARTS });
    whole = await sizedGguf(scratch, 'one', shape);
    fillWithValues(model);
    fillWithValues(whole);
  });

  test('any of them stands for the model, and it scores as the whole one does', async () => {
    const info = await inspect(model.parts[499]!);
    expect(info).toMatchObject({ path: model.path, parts: model.parts, bytes: model.bytes, prunable: { ok: true } });
    const scoresOf = async (parts: readonly string[]): Promise<Float64Array> => {
      using backend = new Backend();
      await backend.call('load', { parts: [...parts], ...ON_CPU, vocabOnly: false });
      const sequences = [seededTokens(32, N_VOCAB, 3)];
      const { sequences: scored } = await backend.call('score', {
        ...PASS,
        paging: null,
        sequences,
        moeLayers: Int32Array.from({ length: LAYERS }, (_, i) => i),
      });
      return scored[0]!.sums;
    };
    const sums = await scoresOf(model.parts);
    expect(sums.some((value) => value > 0)).toBe(true);
    expect(sums).toEqual(await scoresOf([whole.path]));
  });

  test('dropped all at once, they are one model, read once', async () => {
    const page = openTestEngine();
    const outcomes = await page.client.call('library.add', { grants: model.parts.map((part) => page.grant(part)) });
    expect(new Set(outcomes.map(({ modelId }) => modelId))).toEqual(new Set([page.services.library.idOf(model.path)]));
    expect(await page.client.call('library.list', {})).toMatchObject([
      { parts: PARTS, bytes: model.bytes, state: 'ready' },
    ]);
  });

  test.skipIf(process.platform === 'win32')('where a process may open fewer files, the error says so', async () => {
    const winnow = join(ROOT, 'electron/cli/winnow.ts');
    const inspect = ['ulimit -n 256 && exec "$0" "$@"', process.execPath, winnow, 'inspect', model.path, '--json'];
    const { code, stdout } = await run('bash', ['-c', ...inspect], { WINNOW_HOME: home });
    expect(code).toBe(1);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
    expect(error.code).toBe('FILE_UNREADABLE');
    expect(error.message).toMatch(
      /00001-of-01000\.gguf has 1000 parts, .* only \d+ more files\. Allow more \(ulimit -n 2000\), or merge/,
    );
  });
});

const ON_CPU = {
  devices: [],
  gpuLayers: 0,
  deviceLayers: [],
  cpuExpertBlocks: [],
  repack: 'all' as const,
};
const PASS = {
  gateInInput: false,
  nCtx: 256,
  nUbatch: 32,
  nSlice: 0,
  kvType: 'f16',
  nSeqMax: 1,
  nLongest: 32,
  nThreads: 1,
  taps: true,
} as const;
