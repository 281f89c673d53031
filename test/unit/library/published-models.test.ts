// Published models by name: their sizes, and what fits.
import { expect, test } from 'vitest';
import { publishedModels } from '../../../electron/engine/models/library/published-models.ts';
import { PUBLISHED_MODELS, publishedShape } from '../published-models.ts';

const GB = 1e9;
const CTX = 8192;

const machine = (free: number, vram: number | null = null) => ({
  ram: { totalBytes: 2 * free, freeBytes: free },
  vram: vram === null ? null : { totalBytes: vram, freeBytes: vram, isShared: false },
});

test('they stand by size, and half the experts make every file smaller, by less than half', () => {
  const models = publishedModels(CTX, machine(64 * GB));
  const sizes = models.map(({ files }) => files[0]!.bytes);
  expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
  for (const { keep, nExpert, nExpertUsed, files } of models) {
    expect(keep).toBe(nExpert / 2);
    expect(keep).toBeGreaterThanOrEqual(nExpertUsed);
    for (const { bytes, prunedBytes } of files) {
      expect(prunedBytes).toBeLessThan(0.6 * bytes);
      expect(prunedBytes).toBeGreaterThan(0.5 * bytes);
    }
  }
});

// the tensors that llama.cpp's converter makes of the same config.json, quantised on paper
test.each(PUBLISHED_MODELS.map((model) => [model.name, model] as const))(
  '%s: size and share of the experts, held to its tensors',
  (name, model) => {
    const listed = publishedModels(CTX, machine(0)).find((other) => name.startsWith(other.name));
    if (listed === undefined) return;
    const { layers, tokenEmbedding, outputHead, rest } = publishedShape(model);
    const sum = (of: 'experts' | 'others'): number => layers.reduce((bytes, layer) => bytes + layer[of].bytes, 0);
    const experts = sum('experts');
    const all = experts + sum('others') + tokenEmbedding.bytes + outputHead.bytes + rest.bytes;
    const [file] = listed.files;
    expect(listed).toMatchObject({ nExpert: model.experts, nExpertUsed: model.used });
    // 13 % of a file of GLM-4.5-Air are its prediction block and finer types than on paper
    expect(file!.bytes / all).toBeGreaterThan(0.97);
    expect(file!.bytes / all).toBeLessThan(1.14);
    expect((2 * (file!.bytes - file!.prunedBytes)) / file!.bytes).toBeCloseTo(experts / all, 1);
  },
);

test('a machine of 16 GB runs Qwen3-30B-A3B from its memory once it is pruned', () => {
  const find = (free: number, vram?: number) =>
    publishedModels(CTX, machine(free, vram)).find(({ name }) => name === 'Qwen3-30B-A3B')!.files[0]!;
  expect(find(14 * GB)).toMatchObject({ verdict: 'disk', prunedVerdict: 'ram' });
  expect(find(14 * GB, 12 * GB)).toMatchObject({ verdict: 'mixed', prunedVerdict: 'gpu' });
  expect(find(64 * GB)).toMatchObject({ verdict: 'ram', prunedVerdict: 'ram' });
});
