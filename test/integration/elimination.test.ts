// Experts dropped jointly, with re-routing: what a choice is said to cost against what the model itself computes under the same mask.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { WinnowError } from '../../electron/contract/errors.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { writeVariant } from './gguf-tools.ts';
import { architectureFiles, CPU, SAMPLE, sampled, scratchDir, seededTokens, THREADS } from './support.ts';

const scratch = scratchDir();
let folders = 0;

/** A model whose blocks can be masked one by one. */
async function loaded(backend: Backend, path: string) {
  const { info } = await inspectModel(path, backend);
  const { nVocab } = await loadModel(backend, info, CPU, {});
  const sequences = [seededTokens(32, nVocab, 3), seededTokens(32, nVocab, 4)];
  const n = sequences.reduce((sum, { length }) => sum + length, 0);
  const context = {
    nCtx: n,
    nUbatch: n,
    nSlice: 16,
    nLongest: 0,
    kvType: 'f16' as const,
    nThreads: THREADS,
    nSeqMax: sequences.length,
    nBlocks: info.moeLayers.length,
    sequences,
  };
  const eliminate = async (sample: Int32Array, ungrouped = true, options: Parameters<Backend['call']>[2] = {}) => {
    await backend.call('setMask', { mask: null, ungrouped });
    return backend.call('eliminateExperts', { ...context, sample }, options);
  };
  /** The stream behind a block whose experts are these alone; null: all. */
  const streamBehind = async (
    block: number,
    kept: readonly number[] | null,
    ungrouped = true,
  ): Promise<Float32Array> => {
    const blocks = Math.max(...info.moeLayers) + 1;
    const mask = new Uint8Array(blocks * info.nExpert).fill(1);
    if (kept) mask.fill(0, block * info.nExpert, (block + 1) * info.nExpert);
    for (const expert of kept ?? []) mask[block * info.nExpert + expert] = 1;
    await backend.call('setMask', { mask: kept && mask, ungrouped });
    const folder = join(scratch, `streams-${folders++}`);
    mkdirSync(folder);
    await backend.call('recordStreams', { ...context, folder });
    const bytes = readFileSync(join(folder, `stream-${block}`));
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  };
  /** Mean over the sample of the squared change of the stream, in units of its square. */
  const cost = (full: Float32Array, masked: Float32Array, sample: Int32Array): number => {
    const width = full.length / n;
    const errors = Array.from(sample, (token) => {
      let [error, square] = [0, 0];
      for (let i = token * width; i < (token + 1) * width; i++) {
        error += (full[i]! - masked[i]!) ** 2;
        square += full[i]! ** 2;
      }
      return error / square;
    });
    return errors.reduce((sum, error) => sum + error, 0) / errors.length;
  };
  return { info, eliminate, streamBehind, cost };
}

/** Not the first tokens, which may be hundreds of times as large as all others. */
const COUNTED = Int32Array.from({ length: 20 }, (_, i) => 2 + 3 * i);

test('it stops between two blocks, and the worker goes on', async () => {
  using backend = new Backend('off');
  const { info, eliminate } = await loaded(backend, SAMPLE);
  const cancel = new AbortController();
  const told: number[] = [];
  const onProgress = (done: number): void => {
    told.push(done);
    cancel.abort();
  };
  await expect(eliminate(COUNTED, true, { signal: cancel.signal, onProgress })).rejects.toMatchObject({
    code: 'CANCELLED',
  });
  expect(told.length).toBeLessThan(info.moeLayers.length);
  expect(await eliminate(COUNTED)).toHaveLength(info.moeLayers.length);
  await expect(eliminate(Int32Array.of(64))).rejects.toThrow('of tokens that are not there');
});

const pathOf = (arch: string): string => architectureFiles().find(({ name }) => name === arch)!.path;

test('the error of each choice is what the model computes without the others, and the first one gone is the cheapest', async () => {
  using backend = new Backend('off');
  const { info, eliminate, streamBehind, cost } = await loaded(backend, SAMPLE);
  const { moeLayers, nExpert } = info;
  const found = await eliminate(COUNTED);
  expect(found.map(({ block }) => block)).toEqual([...moeLayers]);
  for (const { order, errors } of found) {
    expect([...order].toSorted((a, b) => a - b)).toEqual([...Array(nExpert).keys()]);
    expect(errors.length).toBe(nExpert - 1);
  }
  const { block, order, errors } = found[2]!;
  const full = await streamBehind(block, null);
  for (const keep of [5, 8, 16]) {
    const masked = await streamBehind(block, [...order].slice(nExpert - keep));
    const there = cost(full, masked, COUNTED);
    expect(there).toBeGreaterThan(0);
    expect(Math.abs(errors[nExpert - keep - 1]! / there - 1), `${keep}`).toBeLessThan(1e-3);
  }
  // of a set of six each that could have gone next
  const left = [...order].slice(nExpert - 6);
  const costs: number[] = [];
  for (const gone of left) {
    const others = left.filter((expert) => expert !== gone);
    costs.push(cost(full, await streamBehind(block, others), COUNTED));
  }
  expect(costs.indexOf(Math.min(...costs))).toBe(0);
  expect(Math.max(...costs)).toBeGreaterThan(1.1 * costs[0]!);
});

test.each([
  { arch: 'qwen3moe', path: SAMPLE, nGroups: 4, nUsed: 2 },
  { arch: 'glm4moe', path: pathOf('glm4moe'), nGroups: 2, nUsed: 1 },
])('$nUsed of $nGroups groups of $arch keep as many experts each', async ({ arch, path, nGroups, nUsed }) => {
  using backend = new Backend('off');
  const groups = { expert_group_count: nGroups, expert_group_used_count: nUsed };
  const grouped = await writeVariant(path, join(scratch, `${arch}-grouped.gguf`), {
    set: Object.entries(groups).map(([key, value]) => ({ key: `${arch}.${key}`, type: 'uint32' as const, value })),
  });
  const { info, eliminate, streamBehind, cost } = await loaded(backend, grouped);
  const { nExpert } = info;
  const orders: string[] = [];
  for (const ungrouped of [true, false]) {
    const { block, order, errors } = (await eliminate(COUNTED, ungrouped)).at(-1)!;
    orders.push(order.join());
    const kept = [...order].slice(nExpert / 2);
    const perGroup = Array.from({ length: nGroups }, (_, group) =>
      kept.filter((expert) => Math.floor((expert * nGroups) / nExpert) === group),
    );
    if (!ungrouped) expect(perGroup.map(({ length }) => length)).toEqual(Array(nGroups).fill(nExpert / 2 / nGroups));
    const full = await streamBehind(block, null, ungrouped);
    const there = cost(full, await streamBehind(block, kept, ungrouped), COUNTED);
    expect(there).toBeGreaterThan(0);
    expect(Math.abs(errors[nExpert / 2 - 1]! / there - 1)).toBeLessThan(1e-3);
  }
  expect(orders[0]).not.toBe(orders[1]);
});

/** Its experts are loaded, and not computed. */
const NEVER_RUN = 'refact';
const run = architectureFiles().filter(({ name }) => name !== NEVER_RUN);
const zoo = new Backend('off');
afterAll(() => zoo.close());

/** Architectures whose experts are not added to one residual stream as they are, or whose router is none of their block: refused by name. */
const REFUSED: readonly string[] = ['deepseek4', 'grok', 'grovemoe', 'kimi-k3', 'llama4', 'qwen4exp', 'smallthinker'];

test.each(sampled(run))(
  '$name: errors are those of its masked blocks, or the block says why not',
  async ({ name, path }) => {
    const { info, eliminate, streamBehind, cost } = await loaded(zoo, path);
    if (info.moeLayers.length === 0) return;
    const isGrouped = info.nExpertGroups > 1;
    for (const ungrouped of isGrouped ? [true, false] : [true]) {
      const found = await eliminate(COUNTED, ungrouped).catch((error: unknown) => error as WinnowError);
      if (found instanceof WinnowError) {
        expect(found, found.message).toMatchObject({ code: 'ARCH_REFUSED' });
        expect(REFUSED).toContain(name);
        return;
      }
      expect(REFUSED).not.toContain(name);
      const { block, order, errors } = found.at(-1)!;
      const full = await streamBehind(block, null, ungrouped);
      const keep = isGrouped ? info.nExpertGroups * 2 : info.nExpert / 2;
      const kept = [...order].slice(info.nExpert - keep);
      const there = cost(full, await streamBehind(block, kept, ungrouped), COUNTED);
      expect(Math.abs(errors[info.nExpert - keep - 1]! - there) / there).toBeLessThan(1e-4);
    }
  },
);
