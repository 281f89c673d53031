// Quantising by Winnow against stock llama-quantize: the same bytes, and sizes that were known before.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { QUANT_TYPES, TENSOR_TYPES, type QuantiseOptions, type QuantType } from '../../electron/contract/quantise.ts';
import { Backend } from '../../electron/engine/backend/backend.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { planCopy } from '../../electron/engine/pruning/plan.ts';
import { planQuantised } from '../../electron/engine/quantising/planned-quantised.ts';
import { writeQuantised } from '../../electron/engine/quantising/write-quantised.ts';
import { seeGguf, tensorOf } from './gguf-tools.ts';
import { quantize } from './sample-half.ts';
import { REFERENCE, run, SAMPLE, scratchDir } from './support.ts';

const scratch = scratchDir();
const scratchOf = { scratchDir: join(scratch, 'tmp') };

const fileHash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

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
  const files = planCopy(model, { output: path, split: 'single' });
  const plan = await planQuantised(files, by, { backend, ...scratchOf });
  const [written] = await writeQuantised(files, by, { backend, ...scratchOf });
  return { path, plan, written: written! };
}

describe('the sample', () => {
  test.each(['Q6_K', 'Q3_K_M'] as const)('as %s has the bytes that llama-quantize writes', async (type) => {
    const stock = join(scratch, `stock-${type}.gguf`);
    await quantize(SAMPLE, stock, type);
    const { path, plan, written } = await quantised(type, { type });
    expect(fileHash(path)).toBe(fileHash(stock));
    expect(written).toEqual({ path, bytes: readFileSync(stock).byteLength, sha256: fileHash(stock) });
    expect(plan.bytes).toBe(written.bytes);
    const seen = await seeGguf(stock);
    const found = plan.files[0]!.tensors.map(({ name, type: tensorType, bytes }) => [
      name,
      tensorType.toUpperCase(),
      bytes,
    ]);
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
      code: 'USAGE',
      message: expect.stringContaining('q8_0') as string,
    });
    await expect(quantised('bare', { type: 'IQ2_XS' })).rejects.toMatchObject({
      code: 'USAGE',
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
  const files = planCopy(model, { output: join(scratch, 'never.gguf'), split: 'single' });
  const bitsOf = async (options: QuantiseOptions, name: string): Promise<number> => {
    const by = { options, imatrix: null, blockCount };
    const plan = await planQuantised(files, by, { backend, ...scratchOf });
    const found = plan.files[0]!.tensors.find((tensor) => tensor.name === name)!;
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
