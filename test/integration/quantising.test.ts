// Quantising by Winnow against stock llama-quantize: the same bytes, and sizes that were known before.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { QUANT_TYPES, TENSOR_TYPES, type QuantiseOptions, type QuantType } from '../../electron/contract/quantise.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { planCopy } from '../../electron/engine/write/pruning/plan.ts';
import { planQuantised } from '../../electron/engine/write/quantising/planned-quantised.ts';
import { writeQuantised } from '../../electron/engine/write/quantising/write-quantised.ts';
import { arbitraryChoice, seeGguf, tensorOf } from './gguf-tools.ts';
import { pruner, quantize, writeCutMatrix } from './sample-half.ts';
import { smallDisk } from './small-disk.ts';
import { fileHash } from '../hash.ts';
import {
  architectureFiles,
  REFERENCE,
  ROOT,
  run,
  runReference,
  SAMPLE,
  sampled,
  scratchDir,
  THREADS,
} from './support.ts';
import { inspect } from '../setup/inspect.ts';

const TEXT = join(ROOT, 'resources/sample/eval/python.txt');
const scratch = scratchDir();
const scratchOf = { scratchDir: join(scratch, 'tmp') };

/** The sample, quantised by Winnow, with the size that was planned. */
async function quantised(name: string, options: Partial<QuantiseOptions> & { readonly type: QuantType }) {
  using backend = new Backend('off');
  const model = await inspectModel(SAMPLE, backend);
  const path = join(scratch, `${name}.gguf`);
  const by = {
    options: { rules: {}, allowRequantize: true, ...options },
    imatrix: null,
    blockCount: model.info.blockCount,
  };
  const file = planCopy(model, path);
  const plan = await planQuantised(file, by, { backend, ...scratchOf });
  const written = await writeQuantised(file, by, { backend, ...scratchOf });
  return { path, plan, written };
}

/** Models of the zoo: of several families, with shared experts, MLA, tied embeddings, recurrent layers. */
const ZOO = [
  'bailingmoe2',
  'deepseek2',
  'glm4moe',
  'gpt-oss',
  'granitemoe',
  'kimi-linear',
  'llama4',
  'olmoe',
  'qwen3moe',
  'qwen3next',
];
/** Every second model is written in the first two, the others in the last two. */
const ZOO_TYPES = [
  ['Q8_0', 'Q3_K_M'],
  ['Q4_K_M', 'IQ4_XS'],
] as const;

describe('prune --type against prune and stock llama-quantize', () => {
  const { prune } = pruner(scratch);

  test.each(sampled(ZOO, 3))('%s', async (name) => {
    const { path: model } = architectureFiles().find((file) => file.name === name)!;
    const { moeLayers, nExpert } = await inspect(model);
    const kept = arbitraryChoice(moeLayers.length, nExpert, nExpert / 2, 5);
    const pruned = join(scratch, `${name}.gguf`);
    await prune(model, pruned, { kept });
    for (const type of ZOO_TYPES[ZOO.indexOf(name) % 2]!) {
      const [stock, ours] = [join(scratch, `${name}-stock.gguf`), join(scratch, `${name}-${type}.gguf`)];
      await quantize(pruned, stock, type);
      const quantise = { type, rules: {}, allowRequantize: true };
      const forecast = await prune(model, ours, { kept, quantise, dryRun: true });
      const { bytes, sha256 } = await prune(model, ours, { kept, quantise });
      expect(fileHash(ours), type).toBe(fileHash(stock));
      expect(sha256, type).toBe(fileHash(stock));
      expect(bytes, type).toBe(readFileSync(stock).byteLength);
      expect(forecast.bytes, type).toBe(bytes);
    }
  });
});

describe('an importance matrix', () => {
  const { prune } = pruner(scratch);
  const [whole, cutFolder] = [join(scratch, 'domain.imatrix.gguf'), join(scratch, 'cut')];

  beforeAll(async () => {
    mkdirSync(cutFolder);
    const how = ['--output-format', 'gguf', '-c', '128', '--chunks', '6', '-ngl', '0', '--no-ppl'];
    await runReference('stock-imatrix', '-m', SAMPLE, '-f', TEXT, '-o', whole, ...how, '-t', String(THREADS));
  });

  test('is cut to the kept experts, used, and named as llama-quantize does', async () => {
    const [pruned, cut] = [join(scratch, 'half.gguf'), join(cutFolder, basename(whole))];
    await prune(SAMPLE, pruned);
    await writeCutMatrix(whole, cut);
    // llama-quantize writes the path that it is given: the bare name
    const stock = join(scratch, 'stock-imatrix.gguf');
    execFileSync(
      join(REFERENCE, 'stock-quantize'),
      ['--allow-requantize', '--imatrix', basename(cut), pruned, stock, 'Q2_K_S', String(THREADS)],
      { cwd: cutFolder, stdio: 'pipe' },
    );
    const ours = join(scratch, 'ours-imatrix.gguf');
    const quantise = { type: 'Q2_K_S' as const, rules: {}, allowRequantize: true };
    const forecast = await prune(SAMPLE, ours, { quantise, imatrix: whole, dryRun: true });
    const { bytes } = await prune(SAMPLE, ours, { quantise, imatrix: whole });
    expect(fileHash(ours)).toBe(fileHash(stock));
    expect(forecast.bytes).toBe(bytes);
    expect((await seeGguf(ours)).keys.get('quantize.imatrix.file')?.value).toBe(basename(whole));
    // and without it the file would be another one, or none
    await expect(prune(SAMPLE, join(scratch, 'bare.gguf'), { quantise })).rejects.toMatchObject({
      code: 'IMATRIX_MISSING',
    });
  });
});

describe('a split model', () => {
  const { engine } = pruner(scratch);

  test('becomes one file', async () => {
    await runReference('stock-gguf-split', '--split', '--split-max-tensors', '30', SAMPLE, join(scratch, 'parts'));
    const model = join(scratch, 'parts-00001-of-00003.gguf');
    const quantise = { type: 'Q6_K' as const, rules: {}, allowRequantize: true };
    const request = { model, quantise, overwrite: false, dryRun: false };
    const { path } = await engine.run('quantise', { ...request, output: join(scratch, 'joined.gguf') });
    const expected = join(scratch, 'joined-stock.gguf');
    await quantize(SAMPLE, expected, 'Q6_K');
    expect(fileHash(path)).toBe(fileHash(expected));
  });
});

describe('what goes wrong meanwhile', () => {
  const { engine } = pruner(scratch);
  const quantise = { type: 'Q6_K' as const, rules: {}, allowRequantize: true };
  const request = { model: SAMPLE, quantise, overwrite: false, dryRun: false };
  const disk = join(scratch, 'disk');
  const requireDisk = smallDisk(disk, 40);

  test('a disk that becomes full leaves nothing', async (test) => {
    requireDisk(test);
    const fill = (): void => {
      try {
        writeFileSync(join(disk, 'filler'), Buffer.alloc(64 << 20));
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
      }
    };
    const output = join(disk, 'full.gguf');
    await expect(engine.run('quantise', { ...request, output }, { onProgress: fill })).rejects.toMatchObject({
      code: 'NO_SPACE',
      message: expect.stringMatching(/full\.gguf.* free now, but \d.* is needed/) as string,
    });
    expect(readdirSync(disk)).toEqual(['filler']);
  });
});

describe('the sample', () => {
  test.each(['Q3_K_M'] as const)('as %s has the bytes that llama-quantize writes', async (type) => {
    const stock = join(scratch, `stock-${type}.gguf`);
    await quantize(SAMPLE, stock, type);
    const { path, plan, written } = await quantised(type, { type });
    expect(fileHash(path)).toBe(fileHash(stock));
    expect(written).toEqual({ path, bytes: readFileSync(stock).byteLength, sha256: fileHash(stock) });
    expect(plan.bytes).toBe(written.bytes);
    const seen = await seeGguf(stock);
    const found = plan.tensors.map(({ name, type: tensorType, bytes }) => [name, tensorType.toUpperCase(), bytes]);
    expect(found).toEqual(seen.tensors.map((tensor) => [tensor.name, tensor.type.toUpperCase(), tensor.bytes]));
    expect(readdirSync(scratchOf.scratchDir), 'what was needed meanwhile').toEqual([]);
  });

  test('with rules for its parts, as with the options of llama-quantize', async () => {
    const stock = join(scratch, 'stock-rules.gguf');
    const given = ['ffn_gate_exps=q4_0', 'attn_=q8_0'].flatMap((rule) => ['--tensor-type', rule]);
    await quantize(...given, '--output-tensor-type', 'q5_K', '--token-embedding-type', 'q4_K', SAMPLE, stock, 'Q6_K');
    const rules = {
      tensors: [{ pattern: 'ffn_gate_exps', type: 'q4_0' as const }],
      attention: 'q8_0' as const,
      output: 'q5_K' as const,
      embeddings: 'q4_K' as const,
    };
    const { path } = await quantised('rules', { type: 'Q6_K', rules });
    expect(tensorOf(await seeGguf(path), 'blk.1.ffn_gate_exps.weight').type).toBe('Q4_0');
    expect(fileHash(path)).toBe(fileHash(stock));
  });

  test('is refused without leave to quantise what is quantised, and without the importance matrix that a type takes', async () => {
    await expect(quantised('again', { type: 'Q4_K_M', allowRequantize: false })).rejects.toMatchObject({
      code: 'ALREADY_QUANTISED',
      message: expect.stringContaining('q8_0') as string,
    });
    await expect(quantised('bare', { type: 'IQ2_XS' })).rejects.toMatchObject({
      code: 'IMATRIX_MISSING',
      message: expect.stringContaining('importance matrix') as string,
    });
    expect(readdirSync(scratch).filter((name) => /^(again|bare)/.test(name))).toEqual([]);
  });
});

test('the types are those that llama-quantize lists', async () => {
  const { stdout } = await run(join(REFERENCE, 'stock-quantize'), ['--help']);
  const listed = [...stdout.matchAll(/^ +(\d+) +or +(\w+) *: *(.*)$/gm)]
    .filter(([, , , what]) => !what!.startsWith('alias'))
    .map(([, number, name]) => `${name} ${number}`);
  expect(listed.length).toBeGreaterThan(30);
  expect(QUANT_TYPES.map(({ name, fileType }) => `${name} ${fileType}`).sort()).toEqual(listed.sort());
});

test('each type gives most tensors the bits that it says, and each tensor type is one of ggml', async () => {
  using backend = new Backend('off');
  const model = await inspectModel(SAMPLE, backend);
  const { blockCount } = model.info;
  const file = planCopy(model, join(scratch, 'never.gguf'));
  const bitsOf = async (options: QuantiseOptions, name: string): Promise<number> => {
    const by = { options, imatrix: null, blockCount };
    const plan = await planQuantised(file, by, { backend, ...scratchOf });
    const found = plan.tensors.find((tensor) => tensor.name === name)!;
    const { ne } = model.tensors.find((tensor) => tensor.name === name)!;
    return (found.bytes * 8) / ne.reduce((product, n) => product * n, 1);
  };
  for (const { name: type, bits } of QUANT_TYPES) {
    const found = await bitsOf({ type, rules: {}, allowRequantize: true }, 'blk.3.ffn_up_exps.weight');
    expect(found, type).toBe(bits);
  }
  for (const type of TENSOR_TYPES) {
    const rules = { tensors: [{ pattern: 'blk.3.ffn_up_exps', type }] };
    expect(
      await bitsOf({ type: 'Q8_0', rules, allowRequantize: true }, 'blk.3.ffn_up_exps.weight'),
      type,
    ).toBeGreaterThan(1);
  }
});
