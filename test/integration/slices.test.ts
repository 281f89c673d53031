// A pruned file byte by byte, seen by a reader that is not Winnow's: kept experts, everything else, keys, order.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ModelInfo } from '../../electron/contract/model-info.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { planPrune } from '../../electron/engine/write/pruning/plan.ts';
import { writeGguf } from '../../electron/engine/write/pruning/write-gguf.ts';
import type { PruneOutcome } from '../../electron/engine/write/exporting/run-export.ts';
import {
  madeTensor,
  readBytes,
  seeGguf,
  sliceHashes,
  tensorHash,
  tensorOf,
  writeVariant,
  type SeenGguf,
} from './gguf-tools.ts';
import { sha256 } from '../hash.ts';
import { CUT, KEEP, kept, pruner } from './sample-half.ts';
import { SAMPLE, scratchDir } from './support.ts';
import { inspect } from '../setup/inspect.ts';

const scratch = scratchDir();
const { prune } = pruner(scratch);

type Pruned = {
  readonly info: ModelInfo;
  readonly outcome: PruneOutcome;
  readonly source: SeenGguf;
  readonly result: SeenGguf;
};

async function pruneToHalf(model: string): Promise<Pruned> {
  const info = await inspect(model);
  const outcome = await prune(model, join(scratch, `half-of-${basename(info.path)}`));
  return { info, outcome, source: await seeGguf(model), result: await seeGguf(outcome.path) };
}

const sources: { name: string; alignment: number; path: () => Promise<string> }[] = [
  { name: 'the sample', alignment: 32, path: () => Promise.resolve(SAMPLE) },
  {
    name: 'a copy with alignment 64',
    alignment: 64,
    path: () => writeVariant(SAMPLE, join(scratch, 'aligned-64.gguf'), { alignment: 64 }),
  },
  {
    name: 'a copy with alignment 16384',
    alignment: 16384,
    path: () => writeVariant(SAMPLE, join(scratch, 'aligned-16384.gguf'), { alignment: 16384 }),
  },
];

describe.each(sources)('$name, half of its experts kept', ({ alignment, path }) => {
  let pruned: Pruned;
  beforeAll(async () => {
    pruned = await pruneToHalf(await path());
  });

  test('the choice is arbitrary: other experts in each layer, gaps between them', () => {
    expect(new Set(kept.map(String)).size).toBe(6);
    for (const experts of kept) {
      expect(experts).toHaveLength(KEEP);
      expect(experts.at(-1)! - experts[0]!).toBeGreaterThan(KEEP);
    }
  });

  test('every kept expert has the bytes of the source, in every tensor, and no other expert is there', () => {
    const { source, result } = pruned;
    let slices = 0;
    for (const tensor of source.tensors) {
      const layer = CUT.exec(tensor.name)?.[1];
      if (layer === undefined) continue;
      const all = sliceHashes(source.path, tensor);
      expect(new Set(all).size, `distinct experts in ${tensor.name}`).toBe(32);
      const found = sliceHashes(result.path, tensorOf(result, tensor.name));
      expect(found, tensor.name).toEqual(kept[Number(layer)]?.map((expert) => all[expert]));
      slices += found.length;
    }
    expect(slices).toBe(6 * 4 * KEEP);
  });

  test('every other tensor has the bytes of the source', () => {
    const { source, result } = pruned;
    const others = source.tensors.filter(({ name }) => !CUT.test(name));
    expect(others).toHaveLength(74 - 24);
    for (const { name } of others) expect(tensorHash(result, name), name).toBe(tensorHash(source, name));
  });

  test('order, types and shapes are those of the source, but for the expert axis', () => {
    const { source, result } = pruned;
    const expected = source.tensors.map(({ name, type, shape }) => ({
      name,
      type,
      shape: CUT.test(name) ? [...shape.slice(0, -1), KEEP] : shape,
    }));
    expect(result.tensors.map(({ name, type, shape }) => ({ name, type, shape }))).toEqual(expected);
  });

  test('tensors lie one after the other at multiples of the alignment, padded with zeros, to the end of the file', () => {
    const { result } = pruned;
    const bytes = readFileSync(result.path);
    let end = result.tensors[0]?.offset ?? -1;
    for (const tensor of result.tensors) {
      expect(tensor.offset, tensor.name).toBe(end);
      expect(tensor.offset % alignment, tensor.name).toBe(0);
      end = Math.ceil((tensor.offset + tensor.bytes) / alignment) * alignment;
      const padding = bytes.subarray(tensor.offset + tensor.bytes, end);
      expect(
        padding.every((byte) => byte === 0),
        tensor.name,
      ).toBe(true);
    }
    expect(bytes.byteLength).toBe(end);
  });

  test('only the expert count changes among the keys, and winnow.* say where the file comes from', () => {
    const { source, result, info } = pruned;
    const expected = new Map(source.keys);
    expected.set('qwen3moe.expert_count', { ...source.keys.get('qwen3moe.expert_count')!, value: KEEP });
    const own = new Map([...result.keys].filter(([key]) => key.startsWith('winnow.')));
    const taken = new Map([...result.keys].filter(([key]) => !key.startsWith('winnow.')));
    expect(taken).toEqual(expected);
    expect(Object.fromEntries([...own].map(([key, { value }]) => [key, value]))).toEqual({
      'winnow.source.name': basename(info.path),
      'winnow.source.fingerprint': info.fingerprint,
      'winnow.source.kindred': info.kindred,
      'winnow.source.expert_count': 32,
      'winnow.kept_experts': kept.flat(),
    });
    expect(info.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test('the outcome tells size, hash and kept experts of the file that is there', () => {
    const { outcome, result } = pruned;
    const bytes = readFileSync(result.path);
    expect(outcome).toMatchObject({ path: result.path, bytes: bytes.byteLength, sha256: sha256(bytes) });
    expect(outcome.bytes).toBe(bytes.byteLength);
    expect(outcome.kept).toEqual(kept);
    expect(outcome.keep).toBe(KEEP);
  });

  test("Winnow's own reader agrees with the other one about the pruned file", async () => {
    const { result, info } = pruned;
    const half = await inspect(result.path);
    expect(half).toMatchObject({ arch: info.arch, nExpert: KEEP, nExpertUsed: 4, moeLayers: info.moeLayers });
    const cut = result.tensors.filter(({ name }) => CUT.test(name));
    expect(half.expertBytes).toBe(cut.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(half.expertBytes * 2).toBe(info.expertBytes);
  });
});

test('tensors of many megabytes, experts in one long run and a tensor without any', async () => {
  const run = Array.from({ length: KEEP }, (_, i) => i + 8);
  const counted = (length: number, from: number): Float32Array => Float32Array.from({ length }, (_, i) => from + i);
  const experts = madeTensor(scratch, 'blk.5.ffn_up_exps.weight', [256, 1024, 32], counted(256 * 1024 * 32, 0));
  const whole = madeTensor(scratch, 'blk.5.attn_extra.weight', [1024, 5003], counted(1024 * 5003, 7));
  const model = await writeVariant(SAMPLE, join(scratch, 'large.gguf'), {
    tensors: (tensors) => [whole, ...tensors.map((tensor) => (tensor.name === experts.name ? experts : tensor))],
  });
  // by the writer alone: llama.cpp would not load it
  using backend = new Backend();
  const options = { kept: [...kept.slice(0, -1), run], output: join(scratch, 'large-half.gguf') };
  const { file } = planPrune(await inspectModel(model, backend), options);
  const written = await writeGguf(file, { backend });
  const [source, result] = [await seeGguf(model), await seeGguf(written.path)];

  const made = readFileSync(experts.sourcePath);
  const sliceBytes = made.byteLength / 32;
  const { offset, bytes } = tensorOf(result, experts.name);
  expect(bytes).toBe(16 << 20);
  const found = readBytes(result.path, offset, bytes);
  expect(found.equals(made.subarray(8 * sliceBytes, 24 * sliceBytes))).toBe(true);
  expect(tensorHash(result, whole.name)).toBe(sha256(readFileSync(whole.sourcePath)));
  for (const { name } of source.tensors.filter((tensor) => !CUT.test(tensor.name))) {
    expect(tensorHash(result, name), name).toBe(tensorHash(source, name));
  }
  expect(written.sha256).toBe(sha256(readFileSync(result.path)));
});

test('many small tensors of which the first and the last experts are kept, one buffer after the other', async () => {
  const data = Float32Array.from({ length: 1 << 18 }, (_, i) => i);
  const source = madeTensor(scratch, 'small', [1 << 18], data);
  const bytes = Buffer.from(data.buffer);
  const [head, tail] = [64, 300_000];
  const cut = { ne: [(head + tail) / 4], bytes: head + tail };
  const ranges = [
    { offset: 0, length: head },
    { offset: bytes.length - tail, length: tail },
  ];
  const many = Array.from({ length: 60 }, (_, i) => ({ ...source, ...cut, ranges, name: `small.${i}` }));
  const result = await seeGguf(await writeVariant(SAMPLE, join(scratch, 'many.gguf'), { tensors: () => many }));
  const expected = sha256(Buffer.concat([bytes.subarray(0, head), bytes.subarray(bytes.length - tail)]));
  expect(result.tensors.map(({ name }) => tensorHash(result, name))).toEqual(many.map(() => expected));
});
