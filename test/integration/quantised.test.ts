// Pruning without requantising: quantised sources of several types, split files in and out, importance matrices.
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Backend } from '../../electron/engine/backend/backend.ts';
import { blockMask, loadModel } from '../../electron/engine/backend/load-model.ts';
import { Engine } from '../../electron/engine/engine.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import type { PruneRequest } from '../../electron/contract/requests.ts';
import {
  arbitraryChoice,
  maxDifference,
  readBytes,
  seeGguf,
  sliceHashes,
  stockLogits,
  tensorContents,
  tensorHash,
  tensorOf,
  type SeenGguf,
} from './gguf-tools.ts';
import { CPU, ROOT, runReference, SAMPLE, scratchDir, seededTokens, THREADS } from './support.ts';

const KEEP = 16;
const N_LAYERS = 6;
const N_EXPERT = 32;
const N_TOKENS = 64;
const EXPERTS = /^blk\.(\d+)\.ffn_(gate_inp|gate_exps|up_exps|down_exps)\.weight$/;
/**
 * Preview and file differ by rounding alone: the softmax over 32 and over 16 experts sums in another order, and a last
 * bit of an activation can move it to another step of the 8-bit (or half precision) numbers that quantised weights are
 * multiplied with. Measured: at most 3e-5 nats. A wrong expert in one layer costs 1e-2 and more.
 */
const MAX_KL = 5e-4;
const TEXT = join(ROOT, 'resources/sample/eval/python.txt');

const scratch = scratchDir();
const engine = new Engine({ home: join(scratch, 'home') });
afterAll(() => engine.close());
const kept = arbitraryChoice(N_LAYERS, N_EXPERT, KEEP, 11);

async function quantize(...args: string[]): Promise<void> {
  await runReference('stock-quantize', '--allow-requantize', ...args, String(THREADS));
}

function prune(model: string, output: string, more: Partial<PruneRequest> = {}) {
  return engine.prune({
    model,
    kept,
    output,
    grouping: 'ungrouped',
    nextn: 'reuse',
    split: 'single',
    allowFewerUsed: false,
    overwrite: false,
    dryRun: false,
    ...more,
  });
}

function expectKeptSlices(source: SeenGguf, result: SeenGguf, of: readonly number[][] = kept): void {
  expect(result.tensors.map(({ name, type }) => `${name} ${type}`)).toEqual(
    source.tensors.map(({ name, type }) => `${name} ${type}`),
  );
  for (const tensor of source.tensors) {
    const layer = EXPERTS.exec(tensor.name)?.[1];
    if (layer === undefined) {
      expect(tensorHash(result, tensor.name), tensor.name).toBe(tensorHash(source, tensor.name));
      continue;
    }
    const all = sliceHashes(source.path, tensor);
    expect(sliceHashes(result.path, tensorOf(result, tensor.name)), tensor.name).toEqual(
      of[Number(layer)]?.map((expert) => all[expert]),
    );
  }
}

const logSumExp = (row: Float32Array): number => {
  const max = row.reduce((a, b) => Math.max(a, b));
  return max + Math.log(row.reduce((sum, x) => sum + Math.exp(x - max), 0));
};

/** Mean over the tokens of KL(softmax(a) ‖ softmax(b)), in nats. */
function meanKl(a: Float32Array, b: Float32Array): number {
  const nVocab = a.length / N_TOKENS;
  let total = 0;
  for (let token = 0; token < N_TOKENS; token++) {
    const [p, q] = [a, b].map((logits) => logits.subarray(token * nVocab, (token + 1) * nVocab)) as [
      Float32Array,
      Float32Array,
    ];
    const shift = logSumExp(q) - logSumExp(p);
    const logZ = logSumExp(p);
    total += p.reduce((sum, x, i) => sum + Math.exp(x - logZ) * (x - q[i]! + shift), 0);
  }
  return total / N_TOKENS;
}

describe('quantised sources', () => {
  const MIXED = ['ffn_up_exps=q4_K', 'ffn_down_exps=q5_0', 'blk.3.ffn_gate_exps=q6_K', 'attn_v=f16'];
  test.each([
    { type: 'Q8_0', experts: { gate: 'Q8_0', up: 'Q8_0', down: 'Q8_0' }, options: [] },
    // rows of 128 are no multiple of a K-quant's 256: the quantiser falls back for ffn_down_exps
    { type: 'Q4_K_M', experts: { gate: 'Q4_K', up: 'Q4_K', down: 'Q5_0' }, options: [] },
    { type: 'Q6_K', experts: { gate: 'Q6_K', up: 'Q6_K', down: 'Q8_0' }, options: [] },
    { type: 'IQ4_XS', experts: { gate: 'IQ4_XS', up: 'IQ4_XS', down: 'IQ4_NL' }, options: [] },
    { type: 'MXFP4_MOE', experts: { gate: 'MXFP4', up: 'MXFP4', down: 'MXFP4' }, options: [] },
    { type: 'Q4_0', experts: { gate: 'Q4_0', up: 'Q4_0', down: 'Q4_0' }, options: [] },
    { type: 'F16', experts: { gate: 'F16', up: 'F16', down: 'F16' }, options: [] },
    { type: 'Q8_0', experts: { gate: 'Q8_0', up: 'Q4_K', down: 'Q5_0' }, options: MIXED },
  ])('$type $experts.gate $experts.up $experts.down', async ({ type, experts, options }) => {
    const name = options.length > 0 ? 'mixed' : type;
    const sourcePath = join(scratch, `${name}.gguf`);
    await quantize(...options.flatMap((option) => ['--tensor-type', option]), SAMPLE, sourcePath, type);
    const source = await seeGguf(sourcePath);
    for (const [role, expected] of Object.entries(experts)) {
      expect(tensorOf(source, `blk.1.ffn_${role}_exps.weight`).type, role).toBe(expected);
    }
    if (name === 'mixed') expect(tensorOf(source, 'blk.3.ffn_gate_exps.weight').type).toBe('Q6_K');

    const { files } = await prune(sourcePath, join(scratch, `${name}-half.gguf`));
    const path = files[0]?.path ?? '';
    expectKeptSlices(source, await seeGguf(path));

    using backend = new Backend();
    const tokens = seededTokens(N_TOKENS, 4096, 7);
    const logits = () => backend.call('logits', { tokens, nUbatch: N_TOKENS, nThreads: THREADS });
    const { info } = await inspectModel(sourcePath, backend);
    const loaded = await loadModel(backend, info, CPU);
    const full = await logits();
    await backend.call('setMask', { mask: blockMask(kept, info, loaded.nLayers), ungrouped: false });
    const masked = await logits();

    await loadModel(backend, (await inspectModel(path, backend)).info, CPU);
    const pruned = await logits();
    expect(maxDifference(pruned, await stockLogits(path, tokens, scratch)), "unpatched llama.cpp's logits").toBe(0);
    expect(meanKl(pruned, full), "the mask's effect").toBeGreaterThan(1);
    expect(meanKl(pruned, masked), 'preview against file').toBeLessThan(MAX_KL);
  });
});

describe('split models', () => {
  let whole: SeenGguf;
  let parts: string[];

  const split = async (name: string, ...options: string[]): Promise<string[]> => {
    await runReference('stock-gguf-split', '--split', ...options, SAMPLE, join(scratch, name));
    return partsOf(name);
  };
  const partsOf = (name: string): string[] =>
    readdirSync(scratch)
      .filter((file) => file.startsWith(`${name}-0`))
      .sort()
      .map((file) => join(scratch, file));
  const merge = async (firstPart: string, name: string): Promise<SeenGguf> => {
    const merged = join(scratch, name);
    await runReference('stock-gguf-split', '--merge', firstPart, merged);
    return seeGguf(merged);
  };
  const ownKeys = (file: SeenGguf) =>
    new Map([...file.keys].filter(([key]) => !key.startsWith('split.') && !key.startsWith('winnow.source.')));

  beforeAll(async () => {
    const { files } = await prune(SAMPLE, join(scratch, 'whole.gguf'));
    whole = await seeGguf(files[0]?.path ?? '');
    parts = await split('sample', '--split-max-tensors', '20');
  });

  test('any part stands for the whole model', async () => {
    expect(parts).toHaveLength(4);
    const first = await engine.inspect(parts[0]!);
    expect(first.parts).toEqual(parts);
    for (const part of parts) expect(await engine.inspect(part)).toEqual(first);
    const unsplit = await engine.inspect(SAMPLE);
    const { nExpert, nExpertUsed, moeLayers, expertBytes, prunable } = unsplit;
    expect(first).toMatchObject({ nExpert, nExpertUsed, moeLayers, expertBytes, prunable, path: parts[0] });
  });

  test('pruned into one file, it equals the pruned unsplit model', async () => {
    const { files } = await prune(parts[2]!, join(scratch, 'from-parts.gguf'));
    expect(files).toHaveLength(1);
    const result = await seeGguf(files[0]!.path);
    expect([...result.keys.keys()].filter((key) => key.startsWith('split.'))).toEqual([]);
    expect(ownKeys(result)).toEqual(ownKeys(whole));
    expect(tensorContents(result)).toEqual(tensorContents(whole));
  });

  test.each([
    { name: 'kept', how: { split: 'keep' as const }, count: 4 },
    { name: 'by-size', how: { splitMax: '3MiB' }, count: 5 },
  ])('parts $name: unpatched llama.cpp runs and merges them', async ({ name, how, count }) => {
    const { files, bytes } = await prune(parts[0]!, join(scratch, `${name}.gguf`), how);
    const no = (part: number): string => String(part).padStart(5, '0');
    expect(files.map(({ path }) => basename(path))).toEqual(
      Array.from({ length: count }, (_, i) => `${name}-${no(i + 1)}-of-${no(count)}.gguf`),
    );
    expect(bytes).toBe(files.reduce((sum, file) => sum + readFileSync(file.path).byteLength, 0));
    for (const [i, { path }] of files.entries()) {
      const { keys, tensors } = await seeGguf(path);
      expect(keys.get('split.no')?.value).toBe(i);
      expect(keys.get('split.count')?.value).toBe(count);
      expect(keys.get('split.tensors.count')?.value).toBe(74);
      if (name === 'kept') {
        expect(tensors.map((t) => t.name)).toEqual((await seeGguf(parts[i]!)).tensors.map((t) => t.name));
      } else {
        expect(tensors.reduce((sum, t) => sum + t.bytes, 0)).toBeLessThanOrEqual(3 << 20);
      }
    }
    const tokens = seededTokens(N_TOKENS, 4096, 5);
    const expected = await stockLogits(whole.path, tokens, scratch);
    expect(maxDifference(await stockLogits(files[0]!.path, tokens, scratch), expected)).toBe(0);
    const merged = await merge(files[0]!.path, `${name}-merged.gguf`);
    expect(tensorContents(merged)).toEqual(tensorContents(whole));
    expect(ownKeys(merged)).toEqual(ownKeys(whole));
  });

  test('a first part without tensors, as large models have', async () => {
    const headless = await split('headless', '--split-max-tensors', '30', '--no-tensor-first-split');
    expect((await seeGguf(headless[0]!)).tensors).toEqual([]);
    expect(await engine.inspect(headless[1]!)).toMatchObject({ nExpert: 32, moeLayers: [0, 1, 2, 3, 4, 5] });
    const { files } = await prune(headless[0]!, join(scratch, 'headless-half.gguf'), { split: 'keep' });
    expect(files).toHaveLength(headless.length);
    const merged = await merge(files[0]!.path, 'headless-merged.gguf');
    expect(tensorContents(merged)).toEqual(tensorContents(whole));
  });

  test('a part of another model is noticed', async () => {
    const other = await split('other', '--split-max-tensors', '25');
    expect(other).toHaveLength(3);
    const [first, second] = other;
    const renamed = (part: string) => part.replace('other-', 'mixed-up-');
    for (const part of other) copyFileSync(part, renamed(part));
    copyFileSync(first!, renamed(second!));
    await expect(engine.inspect(renamed(first!))).rejects.toMatchObject({ code: 'SPLIT_INCOMPLETE' });
    await expect(prune(renamed(first!), join(scratch, 'never.gguf'))).rejects.toMatchObject({
      code: 'SPLIT_INCOMPLETE',
    });
    expect(existsSync(join(scratch, 'never.gguf'))).toBe(false);
  });
});

describe('importance matrix', () => {
  const source = join(scratch, 'sample.imatrix.gguf');
  const halfModel = join(scratch, 'sample-half.gguf');
  const halfMatrix = join(scratch, 'sample-half.imatrix.gguf');

  const floats = (file: SeenGguf, name: string): Float32Array => {
    const { offset, bytes } = tensorOf(file, name);
    return new Float32Array(Uint8Array.from(readBytes(file.path, offset, bytes)).buffer);
  };

  beforeAll(async () => {
    await runReference('stock-imatrix', '-m', SAMPLE, '-f', TEXT, '-o', source, '--output-format', 'gguf',
      '-c', '256', '--chunks', '4', '-ngl', '0', '-t', String(THREADS), '--no-ppl'); // prettier-ignore
  });

  test('is cut along with the model', async () => {
    const outcome = await prune(SAMPLE, halfModel, { imatrix: source, imatrixOut: halfMatrix });
    expect(outcome.imatrix?.path).toBe(halfMatrix);
    const before = await seeGguf(source);
    const after = await seeGguf(halfMatrix);
    expect(after.keys).toEqual(before.keys);
    expect(after.tensors.map(({ name }) => name)).toEqual(before.tensors.map(({ name }) => name));
    let cut = 0;
    for (const tensor of before.tensors) {
      const layer = /^blk\.(\d+)\.ffn_(gate|up|down)_exps\.weight\.(in_sum2|counts)$/.exec(tensor.name)?.[1];
      if (layer === undefined) {
        expect(tensorHash(after, tensor.name), tensor.name).toBe(tensorHash(before, tensor.name));
        continue;
      }
      cut++;
      expect(tensor.shape.at(-1), tensor.name).toBe(N_EXPERT);
      const values = floats(before, tensor.name);
      const width = values.length / N_EXPERT;
      const expected = kept[Number(layer)]!.flatMap((expert) => [
        ...values.subarray(expert * width, (expert + 1) * width),
      ]);
      expect([...floats(after, tensor.name)], tensor.name).toEqual(expected);
      // or equal slices would prove nothing
      expect(new Set(expected).size, tensor.name).toBeGreaterThan(KEEP / 2);
    }
    expect(cut).toBe(N_LAYERS * 3 * 2);
  });

  test('quantises the pruned model as it would the same experts of the full one', async () => {
    const [halfQ4, fullQ4] = [join(scratch, 'half-q4.gguf'), join(scratch, 'full-q4.gguf')];
    await quantize('--pure', '--imatrix', halfMatrix, halfModel, halfQ4, 'Q4_K');
    await quantize('--pure', '--imatrix', source, SAMPLE, fullQ4, 'Q4_K');
    const full = await seeGguf(fullQ4);
    expect(tensorOf(full, 'blk.0.ffn_up_exps.weight').type).toBe('Q4_K');
    expectKeptSlices(full, await seeGguf(halfQ4));
  });

  test('one of the old format is refused with the command that converts it, and cut when it is converted', async () => {
    const legacy = join(scratch, 'legacy.dat');
    await runReference('stock-imatrix', '-m', SAMPLE, '--in-file', source, '-o', legacy, '--output-format', 'dat');
    const refusal = await prune(SAMPLE, join(scratch, 'a.gguf'), { imatrix: legacy }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'NOT_GGUF' });
    // the remedy that the message names works
    const [, remedy] = /: llama-imatrix (.*)$/.exec((refusal as Error).message) ?? [];
    const converted = join(scratch, 'converted.gguf');
    const args = remedy!.split(' ').map((arg) => (arg === 'imatrix.gguf' ? converted : arg));
    await runReference('stock-imatrix', ...args);
    // its statistics have no expert axis any more, only their length says how many there are
    expect(tensorOf(await seeGguf(converted), 'blk.0.ffn_up_exps.weight.in_sum2').shape).toEqual([256 * N_EXPERT]);
    const output = join(scratch, 'with-converted.gguf');
    const { imatrix } = await prune(SAMPLE, output, { imatrix: converted });
    expect(imatrix?.path).toBe(join(scratch, 'with-converted.imatrix.gguf'));
    const [halfQ4, fullQ4] = [join(scratch, 'half-legacy-q4.gguf'), join(scratch, 'full-legacy-q4.gguf')];
    await quantize('--pure', '--imatrix', imatrix!.path, output, halfQ4, 'Q4_K');
    await quantize('--pure', '--imatrix', converted, SAMPLE, fullQ4, 'Q4_K');
    expectKeptSlices(await seeGguf(fullQ4), await seeGguf(halfQ4));
  });

  test('a matrix of another model and a file that is none are refused by name', async () => {
    await expect(prune(SAMPLE, join(scratch, 'a.gguf'), { imatrix: halfMatrix })).rejects.toMatchObject({
      code: 'MASK_INVALID',
      message: expect.stringContaining(halfMatrix) as string,
    });
    await expect(prune(SAMPLE, join(scratch, 'a.gguf'), { imatrix: SAMPLE })).rejects.toMatchObject({
      code: 'NOT_GGUF',
      message: expect.stringContaining('not an importance matrix') as string,
    });
    expect(readdirSync(scratch).filter((file) => /^a\./.test(file))).toEqual([]);
  });
});
