// Ways to route that the generated models do not show by themselves: expert groups, softmax without renormalisation,
// selection biases that would pull dropped experts in. Preview and pruned file have to agree in all of them.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { SUMS } from '../../electron/contract/criteria.ts';
import type { Grouping } from '../../electron/contract/requests.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { type InspectedModel, inspectModel } from '../../electron/engine/models/inspect.ts';
import { planPrune } from '../../electron/engine/write/pruning/plan.ts';
import type { PruneOptions } from '../../electron/engine/write/pruning/kept-blocks.ts';
import { writeGguf } from '../../electron/engine/write/pruning/write-gguf.ts';
import { maxDifference, overwriteTensor, seeGguf, stockLogits, writeVariant } from './gguf-tools.ts';
import { expectMoreThanRounding, expectOnlyRounding, measureRounding } from './rounding.ts';
import { CPU, THREADS, architectureFiles, sampled, scratchDir, seededTokens } from './support.ts';
import { blockMask } from '../../electron/engine/models/prediction-blocks.ts';

const N_TOKENS = 64;
const N_EXPERT = 8;
const scratch = scratchDir();
/** Writes files and measures rounding, beside the worker whose model is looked at. */
const passing = new Backend();
afterAll(() => passing.close());
const generated = new Map(architectureFiles().map(({ name, path }) => [name, path]));
const pathOf = (arch: string): string => {
  const path = generated.get(arch);
  if (path === undefined) throw new Error(`no generated model ${arch}`);
  return path;
};

const logitsOf = (backend: Backend, tokens: Int32Array): Promise<Float32Array> =>
  backend.call('logits', { tokens, nUbatch: N_TOKENS, nThreads: THREADS, kvType: 'f32' });

/** A model in a worker, with the questions that the tests ask it. */
async function open(path: string) {
  const backend = new Backend();
  const model = await inspectModel(path, backend);
  const loaded = await loadModel(backend, model.info, CPU);
  const tokens = seededTokens(N_TOKENS, loaded.nVocab, 7);
  return {
    model,
    tokens,
    [Symbol.dispose]: () => void backend.close(),
    mask: (kept: number[][] | null, ungrouped = false) =>
      backend.call('setMask', { mask: kept && blockMask(kept, model.info, loaded.nLayers), ungrouped }),
    logits: () => logitsOf(backend, tokens),
    /** The rounding error of logits under a mask. */
    async rounding(kept: number[][], ungrouped = false): Promise<number> {
      const compute = () => logitsOf(passing, tokens);
      return measureRounding(passing, path, { kept, ungrouped }, compute, maxDifference, scratch);
    },
    /** In the first MoE layer: how many tokens each expert got, and the sum of its gate weights. */
    async routing(): Promise<{ count: number[]; gate: number[] }> {
      const { sequences } = await backend.call('score', {
        sequences: [tokens],
        moeLayers: Int32Array.from(model.info.moeLayers),
        gateInInput: false,
        nCtx: 256,
        nUbatch: N_TOKENS,
        nSlice: 0,
        kvType: 'f16',
        paging: null,
        nSeqMax: 1,
        nLongest: N_TOKENS,
        nThreads: THREADS,
        taps: true,
      });
      const sums = sequences[0]!.sums;
      const firstLayer = (name: (typeof SUMS)[number]): number[] => {
        const start = SUMS.indexOf(name) * model.info.moeLayers.length * N_EXPERT;
        return [...sums.subarray(start, start + N_EXPERT)];
      };
      return { count: firstLayer('count'), gate: firstLayer('gate') };
    },
  };
}

async function prune(model: InspectedModel, options: Omit<PruneOptions, 'output'>): Promise<string> {
  const plan = planPrune(model, { ...options, output: join(scratch, `${model.info.arch}-pruned.gguf`) });
  return (await writeGguf(plan.file, { backend: passing, overwrite: true })).path;
}

const grouped = (arch: string, nGroups: number, nUsed: number, more: Record<string, number> = {}): Promise<string> =>
  writeVariant(pathOf(arch), join(scratch, `${arch}-${nGroups}-groups.gguf`), {
    set: Object.entries({ expert_group_count: nGroups, expert_group_used_count: nUsed, ...more }).map(
      ([key, value]) => ({ key: `${arch}.${key}`, type: 'uint32' as const, value }),
    ),
  });

describe.each(sampled(['deepseek2', 'bailingmoe2', 'glm4moe'], 3))('%s with expert groups', (arch) => {
  /** Two experts of each half, so that the choice suits both ways of pruning with 2 groups. */
  const choice = [[0, 3, 5, 6]];

  test.each<{ nGroups: number; nUsed: number; grouping: Grouping; kept: number[][] }>([
    { nGroups: 2, nUsed: 1, grouping: 'ungrouped', kept: choice },
    { nGroups: 2, nUsed: 1, grouping: 'ungrouped', kept: [[1, 2, 3, 6]] },
    { nGroups: 4, nUsed: 2, grouping: 'ungrouped', kept: [[0, 1, 2, 5, 7]] },
    { nGroups: 2, nUsed: 1, grouping: 'balanced', kept: choice },
    { nGroups: 2, nUsed: 1, grouping: 'balanced', kept: [[0, 1, 2, 4, 6, 7]] },
  ])('$nUsed of $nGroups groups, $kept kept, $grouping', async ({ nGroups, nUsed, grouping, kept }) => {
    const path = await grouped(arch, nGroups, nUsed);
    using model = await open(path);
    expect(model.model.info).toMatchObject({ nExpertGroups: nGroups, nExpertGroupsUsed: nUsed, nExpert: N_EXPERT });
    const full = await model.logits();
    expect(maxDifference(full, await stockLogits(path, model.tokens, scratch, 'f32')), 'full model').toBe(0);

    await model.mask(kept, grouping === 'ungrouped');
    const preview = await model.logits();
    await model.mask(kept, grouping !== 'ungrouped');
    const rounding = await model.rounding(kept, grouping === 'ungrouped');
    // or the test could not tell the two ways apart
    expectMoreThanRounding(maxDifference(await model.logits(), preview), rounding, 'effect of the groups');
    expectMoreThanRounding(maxDifference(full, preview), rounding, 'effect of the mask');

    const pruned = await prune(model.model, { kept, grouping });
    const { keys } = await seeGguf(pruned);
    const groups = ['expert_group_count', 'expert_group_used_count'].map((key) => keys.get(`${arch}.${key}`)?.value);
    expect(groups).toEqual(grouping === 'balanced' ? [nGroups, nUsed] : [1, 1]);
    const difference = maxDifference(await stockLogits(pruned, model.tokens, scratch, 'f32'), preview);
    expectOnlyRounding(difference, rounding, 'pruned file against preview');
  });

  test('lifting mask and groups again gives the model that has none', async () => {
    using model = await open(await grouped(arch, 2, 1));
    await model.mask(choice, true);
    await model.logits();
    await model.mask(null, true);
    expect(maxDifference(await model.logits(), await stockLogits(pathOf(arch), model.tokens, scratch, 'f32'))).toBe(0);
    await model.mask(null, false);
    expect(
      maxDifference(await model.logits(), await stockLogits(model.model.info.path, model.tokens, scratch, 'f32')),
    ).toBe(0);
  });
});

test.each([1, 2])('a model with %i groups, cut to a single expert a layer, loads', async (nGroups) => {
  using model = await open(await grouped('glm4moe', nGroups, 1));
  const pruned = await prune(model.model, { kept: [[5]], allowFewerUsed: true });
  expect(await stockLogits(pruned, model.tokens, scratch, 'f32')).toHaveLength(N_TOKENS * 128);
  const { keys } = await seeGguf(pruned);
  expect(keys.get('glm4moe.expert_used_count')?.value).toBe(1);
});

describe.each(sampled(['qwen2moe', 'olmoe', 'deepseek'], 3))('%s: softmax without renormalisation', (arch) => {
  test('gate weights of the preview are those of a softmax over the kept experts alone, as in the file', async () => {
    using model = await open(pathOf(arch));
    const sum = (values: number[]): number => values.reduce((total, x) => total + x, 0);
    // all of the softmax's mass, or not: its two largest weights of eight are used as they are
    expect(sum((await model.routing()).gate) / N_TOKENS).toBeLessThan(0.95);

    const kept = model.model.info.moeLayers.map((_, layer) => (layer % 2 === 0 ? [1, 6] : [2, 5]));
    await model.mask(kept);
    const { count, gate } = await model.routing();
    expect(count).toEqual([0, N_TOKENS, 0, 0, 0, 0, N_TOKENS, 0]);
    expect(sum(gate) / N_TOKENS).toBeCloseTo(1, 6);

    const pruned = await stockLogits(await prune(model.model, { kept }), model.tokens, scratch, 'f32');
    const preview = await model.logits();
    const rounding = await model.rounding(kept);
    expectOnlyRounding(maxDifference(pruned, preview), rounding, 'pruned file against preview');
    await model.mask(null);
    expectMoreThanRounding(maxDifference(await model.logits(), preview), rounding, 'effect of the mask');
  });
});

describe.each(sampled(['deepseek2', 'bailingmoe2', 'glm4moe'], 3))(
  '%s with a selection bias for the dropped experts',
  (arch) => {
    test.each([{ groups: false }, { groups: true }])(
      'they are never selected (groups: $groups)',
      async ({ groups }) => {
        const kept = [[1, 2, 4, 7]];
        const dropped = [0, 3, 5, 6];
        const path = join(scratch, `${arch}-biased.gguf`);
        copyFileSync(groups ? await grouped(arch, 2, 1) : pathOf(arch), path);
        const bias = Float32Array.from({ length: N_EXPERT }, (_, expert) => (dropped.includes(expert) ? 1000 : 0));
        await overwriteTensor(path, 'blk.1.exp_probs_b.bias', bias);

        using model = await open(path);
        const { count } = await model.routing();
        expect(kept[0]!.map((expert) => count[expert])).toEqual([0, 0, 0, 0]);

        await model.mask(kept);
        const masked = await model.routing();
        expect(dropped.map((expert) => masked.count[expert])).toEqual([0, 0, 0, 0]);
        expect(masked.count.reduce((total, n) => total + n)).toBe(2 * N_TOKENS);

        const pruned = await prune(model.model, { kept, grouping: 'balanced' });
        const difference = maxDifference(await stockLogits(pruned, model.tokens, scratch, 'f32'), await model.logits());
        expectOnlyRounding(difference, await model.rounding(kept), 'pruned file against preview');
      },
    );
  },
);
