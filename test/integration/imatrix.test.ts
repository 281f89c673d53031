// Importance matrices of llama.cpp's own tool, cut along with the model.
import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { editTensor, readBytes, seeGguf, tensorHash, tensorOf, writeVariant, type SeenGguf } from './gguf-tools.ts';
import { expectKeptSlices, KEEP, kept, N_EXPERT, N_LAYERS, pruner, quantize, writeCutMatrix } from './sample-half.ts';
import { ROOT, runReference, SAMPLE, scratchDir, THREADS } from './support.ts';

const TEXT = join(ROOT, 'resources/sample/eval/python.txt');

const scratch = scratchDir();
const { prune } = pruner(scratch);

const QUANTISE = { quantise: { type: 'Q4_K_M' as const, rules: {}, allowRequantize: true } };

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
    await prune(SAMPLE, halfModel);
    await writeCutMatrix(source, halfMatrix);
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
    const refusal = await prune(SAMPLE, join(scratch, 'a.gguf'), { ...QUANTISE, imatrix: legacy }).catch(
      (error: unknown) => error,
    );
    expect(refusal).toMatchObject({ code: 'NOT_GGUF' });
    // the remedy that the message names works
    const [, remedy] = /: llama-imatrix (.*)$/.exec((refusal as Error).message) ?? [];
    const converted = join(scratch, 'converted.gguf');
    const args = remedy!.split(' ').map((arg) => (arg === 'imatrix.gguf' ? converted : arg));
    await runReference('stock-imatrix', ...args);
    // its statistics have no expert axis any more, only their length says how many there are
    expect(tensorOf(await seeGguf(converted), 'blk.0.ffn_up_exps.weight.in_sum2').shape).toEqual([256 * N_EXPERT]);
    const cut = join(scratch, 'converted-half.gguf');
    await writeCutMatrix(converted, cut);
    const [halfQ4, fullQ4] = [join(scratch, 'half-legacy-q4.gguf'), join(scratch, 'full-legacy-q4.gguf')];
    await quantize('--pure', '--imatrix', cut, halfModel, halfQ4, 'Q4_K');
    await quantize('--pure', '--imatrix', converted, SAMPLE, fullQ4, 'Q4_K');
    expectKeptSlices(await seeGguf(fullQ4), await seeGguf(halfQ4));
  });

  test('a matrix of another model and a file that is none are refused by name', async () => {
    await expect(prune(SAMPLE, join(scratch, 'a.gguf'), { ...QUANTISE, imatrix: halfMatrix })).rejects.toMatchObject({
      code: 'CHOICE_INVALID',
      message: expect.stringContaining(halfMatrix) as string,
    });
    await expect(prune(SAMPLE, join(scratch, 'a.gguf'), { ...QUANTISE, imatrix: SAMPLE })).rejects.toMatchObject({
      code: 'NOT_GGUF',
      message: expect.stringContaining('not an importance matrix') as string,
    });
    expect(readdirSync(scratch).filter((file) => /^a\./.test(file))).toEqual([]);
  });

  describe('of numbers that no text gives', () => {
    const changed = join(scratch, 'changed.imatrix.gguf');
    const target = join(scratch, 'b.gguf');
    const DOWN = 'blk.2.ffn_down_exps.weight';
    const EXPERT = 5;
    const edit = async (part: string, change: (values: Float32Array) => void): Promise<void> =>
      editTensor(changed, tensorOf(await seeGguf(changed), `${DOWN}.${part}`), (bytes) =>
        change(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)),
      );
    const ofExpert = (values: Float32Array): Float32Array => {
      const width = values.length / N_EXPERT;
      return values.subarray(EXPERT * width, (EXPERT + 1) * width);
    };

    test.each<[string, () => Promise<void>, string]>([
      ['a negative sum', () => edit('in_sum2', (values) => (values[9] = -1)), 'negative or not finite'],
      ['an infinite sum', () => edit('in_sum2', (values) => (values[9] = Infinity)), 'negative or not finite'],
      ['a count that is none', () => edit('counts', (values) => (values[1] = NaN)), 'negative or not finite'],
      ['no token at all', () => edit('counts', (values) => values.fill(0)), 'no token is counted'],
      [
        'sums of an expert without tokens',
        () => edit('counts', (values) => (values[EXPERT] = 0)),
        'no token is counted',
      ],
      ['sums of 0 alone', () => edit('in_sum2', (values) => values.fill(0)), 'all sums are 0'],
    ])('%s is refused by the weight', async (_, change, says) => {
      copyFileSync(source, changed);
      await edit('in_sum2', (values) => (ofExpert(values)[0] = 1));
      await change();
      await expect(prune(SAMPLE, target, { ...QUANTISE, imatrix: changed })).rejects.toMatchObject({
        code: 'CHOICE_INVALID',
        message: expect.stringMatching(new RegExp(`${DOWN}.*${says}`)) as string,
      });
      expect(existsSync(target)).toBe(false);
    });

    test('an expert that no token reached has no sums either', async () => {
      copyFileSync(source, changed);
      await edit('counts', (values) => (values[EXPERT] = 0));
      await edit('in_sum2', (values) => ofExpert(values).fill(0));
      await prune(SAMPLE, join(scratch, 'reached.gguf'), { ...QUANTISE, imatrix: changed });
    });
  });

  test('what it says of weights that the model does not have is left out, and one that has no others is refused', async () => {
    const changed = join(scratch, 'foreign.imatrix.gguf');
    const renamed = (from: string, to: string) =>
      writeVariant(source, changed, {
        tensors: (own) => own.map((tensor) => ({ ...tensor, name: tensor.name.replace(from, to) })),
      });
    await renamed('blk.3.', 'blk.77.');
    const cut = join(scratch, 'partly.gguf');
    await writeCutMatrix(changed, cut);
    const names = (await seeGguf(cut)).tensors.map(({ name }) => name);
    const own = (await seeGguf(source)).tensors.map(({ name }) => name);
    expect(names).toEqual(own.filter((name) => !name.startsWith('blk.3.')));
    await renamed('blk.', 'layers.');
    await expect(prune(SAMPLE, join(scratch, 'c.gguf'), { ...QUANTISE, imatrix: changed })).rejects.toMatchObject({
      code: 'CHOICE_INVALID',
      message: expect.stringContaining('no numbers for any weight') as string,
    });
  });
});
