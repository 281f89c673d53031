// Importance matrices of llama.cpp's own tool, cut along with the model.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readBytes, seeGguf, tensorHash, tensorOf, type SeenGguf } from './gguf-tools.ts';
import { expectKeptSlices, KEEP, kept, N_EXPERT, N_LAYERS, pruner, quantize } from './sample-half.ts';
import { ROOT, runReference, SAMPLE, scratchDir, THREADS } from './support.ts';

const TEXT = join(ROOT, 'resources/sample/eval/python.txt');

const scratch = scratchDir();
const { prune } = pruner(scratch);

describe('importance matrix', () => {
  const source = join(scratch, 'sample.imatrix.gguf');
  const halfModel = join(scratch, 'sample-half.gguf');
  const halfMatrix = join(scratch, 'sample-half.imatrix.gguf');

  const floats = (file: SeenGguf, name: string): Float32Array => {
    const { offset, bytes } = tensorOf(file, name);
    return new Float32Array(Uint8Array.from(readBytes(file.path, offset, bytes)).buffer);
  };

  beforeAll(async () => {
    await runReference(
      'stock-imatrix',
      '-m',
      SAMPLE,
      '-f',
      TEXT,
      '-o',
      source,
      '--output-format',
      'gguf',
      '-c',
      '256',
      '--chunks',
      '4',
      '-ngl',
      '0',
      '-t',
      String(THREADS),
      '--no-ppl',
    );
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
