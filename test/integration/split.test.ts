// Split models in and out, against llama.cpp's own splitter.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
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
  const merge = async (firstPart: string, name: string): Promise<SeenGguf> => {
    const merged = join(scratch, name);
    await runReference('stock-gguf-split', '--merge', firstPart, merged);
    return seeGguf(merged);
  };
  const ownKeys = (file: SeenGguf) =>
    new Map([...file.keys].filter(([key]) => !/^(split\.|winnow\.(source\.|set$))/.test(key)));

  beforeAll(async () => {
    const { files } = await prune(SAMPLE, join(scratch, 'whole.gguf'));
    whole = await seeGguf(files[0]?.path ?? '');
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
    const tokens = seededTokens(N_TOKENS, N_VOCAB, 5);
    const expected = await stockLogits(whole.path, tokens, scratch);
    expect(maxDifference(await stockLogits(files[0]!.path, tokens, scratch), expected)).toBe(0);
    const merged = await merge(files[0]!.path, `${name}-merged.gguf`);
    expect(tensorContents(merged)).toEqual(tensorContents(whole));
    expect(ownKeys(merged)).toEqual(ownKeys(whole));
  });

  test('a first part without tensors, as large models have', async () => {
    const headless = await split('headless', '--split-max-tensors', '30', '--no-tensor-first-split');
    expect((await seeGguf(headless[0]!)).tensors).toEqual([]);
    expect(await inspect(headless[1]!)).toMatchObject({ nExpert: 32, moeLayers: [0, 1, 2, 3, 4, 5] });
    const { files } = await prune(headless[0]!, join(scratch, 'headless-half.gguf'), { split: 'keep' });
    expect(files).toHaveLength(headless.length);
    const merged = await merge(files[0]!.path, 'headless-merged.gguf');
    expect(tensorContents(merged)).toEqual(tensorContents(whole));
  });

  test.each([{ split: 'single' as const }, { splitMax: '2MiB' }])(
    'another alignment, known to the first part alone: %j',
    async (how) => {
      const aligned = await writeVariant(SAMPLE, join(scratch, 'aligned.gguf'), { alignment: 128 });
      const [first, second] = await splitModel(
        aligned,
        'aligned',
        '--split-max-tensors',
        '30',
        '--no-tensor-first-split',
      );
      expect((await seeGguf(second!)).keys.has('general.alignment')).toBe(false);
      const { files } = await prune(first!, join(scratch, 'aligned-half.gguf'), { ...how, overwrite: true });
      const contents = await Promise.all(files.map(async ({ path }) => tensorContents(await seeGguf(path))));
      expect(contents.flat()).toEqual(tensorContents(whole));
      const tokens = seededTokens(N_TOKENS, N_VOCAB, 5);
      const expected = await stockLogits(whole.path, tokens, scratch);
      expect(maxDifference(await stockLogits(files[0]!.path, tokens, scratch), expected)).toBe(0);
    },
  );
});
