// Models split by llama.cpp's own splitter.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { maxDifference, seeGguf, stockLogits, tensorContents, writeVariant, type SeenGguf } from './gguf-tools.ts';
import { N_VOCAB, pruner } from './sample-half.ts';
import { runReference, SAMPLE, scratchDir, seededTokens } from './support.ts';
import { inspect } from '../setup/inspect.ts';

const N_TOKENS = 64;

const scratch = scratchDir();
const { prune } = pruner(scratch);

describe('split models', () => {
  let whole: SeenGguf;
  let parts: string[];

  const split = async (name: string, ...options: string[]): Promise<string[]> => splitModel(SAMPLE, name, ...options);
  const splitModel = async (model: string, name: string, ...options: string[]): Promise<string[]> => {
    await runReference('stock-gguf-split', '--split', ...options, model, join(scratch, name));
    return partsOf(name);
  };
  const partsOf = (name: string): string[] =>
    readdirSync(scratch)
      .filter((file) => file.startsWith(`${name}-0`))
      .sort()
      .map((file) => join(scratch, file));
  const ownKeys = (file: SeenGguf) =>
    new Map([...file.keys].filter(([key]) => !/^(split\.|winnow\.source\.)/.test(key)));

  beforeAll(async () => {
    whole = await seeGguf((await prune(SAMPLE, join(scratch, 'whole.gguf'))).path);
    parts = await split('sample', '--split-max-tensors', '20');
  });

  test('any part stands for the whole model', async () => {
    expect(parts).toHaveLength(4);
    const first = await inspect(parts[0]!);
    expect(first.parts).toEqual(parts);
    for (const part of parts) expect(await inspect(part)).toEqual(first);
    const unsplit = await inspect(SAMPLE);
    const { nExpert, nExpertUsed, moeLayers, expertBytes, prunable } = unsplit;
    expect(first).toMatchObject({ nExpert, nExpertUsed, moeLayers, expertBytes, prunable, path: parts[0] });
  });

  test('pruned into one file, it equals the pruned unsplit model', async () => {
    const result = await seeGguf((await prune(parts[2]!, join(scratch, 'from-parts.gguf'))).path);
    expect([...result.keys.keys()].filter((key) => key.startsWith('split.'))).toEqual([]);
    expect(ownKeys(result)).toEqual(ownKeys(whole));
    expect(tensorContents(result)).toEqual(tensorContents(whole));
  });

  test('a first part without tensors, as large models have', async () => {
    const headless = await split('headless', '--split-max-tensors', '30', '--no-tensor-first-split');
    expect((await seeGguf(headless[0]!)).tensors).toEqual([]);
    expect(await inspect(headless[1]!)).toMatchObject({ nExpert: 32, moeLayers: [0, 1, 2, 3, 4, 5] });
    const { path } = await prune(headless[0]!, join(scratch, 'headless-half.gguf'));
    expect(tensorContents(await seeGguf(path))).toEqual(tensorContents(whole));
  });

  test('another alignment, known to the first part alone', async () => {
    const aligned = await writeVariant(SAMPLE, join(scratch, 'aligned.gguf'), { alignment: 128 });
    const options = ['--split-max-tensors', '30', '--no-tensor-first-split'];
    const [first, second] = await splitModel(aligned, 'aligned', ...options);
    expect((await seeGguf(second!)).keys.has('general.alignment')).toBe(false);
    const { path } = await prune(first!, join(scratch, 'aligned-half.gguf'));
    expect(tensorContents(await seeGguf(path))).toEqual(tensorContents(whole));
    const tokens = seededTokens(N_TOKENS, N_VOCAB, 5);
    const expected = await stockLogits(whole.path, tokens, scratch);
    expect(maxDifference(await stockLogits(path, tokens, scratch), expected)).toBe(0);
  });
});
