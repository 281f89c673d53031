// Files with a type for each class of tensors: the bytes that are planned, those that are written, and those of stock llama-quantize.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Mix, TensorClass } from '../../electron/contract/mix.ts';
import type { QuantType, TensorType } from '../../electron/contract/quantise.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import type { Candidate } from '../../electron/engine/measure/fit/candidates.ts';
import { ClassSizes } from '../../electron/engine/measure/fit/class-sizes.ts';
import { CandidateFinder, narrowWidths } from '../../electron/engine/measure/fit/find-candidates.ts';
import { tensorsOf, type FileOptions } from '../../electron/engine/measure/fit/fit-files.ts';
import { Losses } from '../../electron/engine/measure/fit/losses.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { forkWorker } from '../../electron/engine/base/backend/worker-host.ts';
import { classOf, fileTypeOf, rulesOfMix } from '../../electron/engine/write/quantising/tensor-classes.ts';
import { arbitraryChoice, seeGguf } from './gguf-tools.ts';
import { pruner } from './sample-half.ts';
import { architectureFiles, runReference, SAMPLE, sampled, scratchDir, THREADS } from './support.ts';
import { EngineContext } from '../../electron/engine/store/engine-context.ts';

const scratch = scratchDir();
const { prune } = pruner(scratch);

/** Models of several families: with shared experts, dense blocks, latent, linear and state space attention, and all with rows of their own. */
const ZOO = ['deepseek2', 'glm4moe', 'granitemoe', 'kimi-linear', 'olmoe', 'qwen3moe', 'qwen3next'];
const MODELS = [
  { name: 'the sample', path: SAMPLE },
  ...sampled(ZOO, 2).map((name) => architectureFiles().find((file) => file.name === name)!),
];

/** None of these takes an importance matrix. */
const MIX: Required<Mix> = {
  gateUp: 'q3_K',
  down: 'mxfp4',
  attention: 'q5_K',
  sharedExperts: 'iq4_nl',
  dense: 'q4_K',
  embedding: 'q6_K',
};

async function making(path: string, backend: Backend): Promise<FileOptions> {
  const model = await inspectModel(path, backend);
  const rest = { grouping: 'ungrouped', nextn: 'drop', imatrix: null, requantise: true, ctx: 512, buffers: 0 } as const;
  return { model, ...rest };
}

describe.each(MODELS)('$name', ({ name, path }) => {
  const stem = name.replace(' ', '-');

  test('a mix is written as stock llama-quantize writes it, in the bytes that were planned', async () => {
    using backend = new Backend('off');
    const options = await making(path, backend);
    const { moeLayers, nExpert } = options.model.info;
    const keep = nExpert / 2;
    const kept = arbitraryChoice(moeLayers.length, nExpert, keep, 5);
    const file = { type: fileTypeOf(MIX), mix: MIX };
    const rules = rulesOfMix(MIX);
    const [whole, ours, stock] = ['whole', 'ours', 'stock'].map((one) => join(scratch, `${stem}-${one}.gguf`));
    await prune(path, whole!, { kept, nextn: 'drop' });
    const quantise = { type: file.type, rules, allowRequantize: true };
    await prune(path, ours!, { kept, nextn: 'drop', quantise });
    const typed = (rules.tensors ?? []).flatMap(({ pattern, type }) => ['--tensor-type', `${pattern}=${type}`]);
    const how = ['--allow-requantize', ...typed, whole!, stock!, file.type, String(THREADS)];
    await runReference('stock-quantize', ...how);
    const [made, byStock] = [await seeGguf(ours!), await seeGguf(stock!)];
    const typesOf = ({ tensors }: typeof made) => tensors.map(({ name: tensor, type, bytes }) => [tensor, type, bytes]);
    expect(typesOf(made)).toEqual(typesOf(byStock));

    const planned = await tensorsOf({ keep, ...file, width: null }, options, null, {
      backend,
      scratchDir: join(scratch, 'tmp'),
    });
    expect(planned.tensors.map(({ name: tensor, bytes }) => [tensor, bytes]).toSorted()).toEqual(
      made.tensors.map(({ name: tensor, bytes }) => [tensor, bytes]).toSorted(),
    );
    // but for what only the file itself says of its origin
    expect(statSync(ours!).size).toBeGreaterThan(planned.bytes);
    expect(made.keys.get('winnow.quantised')?.value).toContain('"type":"q3_K"');
  });

  test('sums of classes are the memory that the whole file takes, for any mix and count', async () => {
    using backend = new Backend('off');
    const options = await making(path, backend);
    const { nExpert } = options.model.info;
    const counts = Array.from({ length: nExpert - 3 }, (_, i) => i + 4);
    const tools = { backend, scratchDir: join(scratch, 'tmp') };
    const widths = narrowWidths(options.model);
    expect(widths.length).toBeGreaterThan(0);
    const sizes = await ClassSizes.of(counts, widths, options, tools);
    const losses = new Losses(nExpert);
    const cuts = [4, Math.ceil(nExpert / 2) + 1, nExpert - 1, nExpert].flatMap((keep) =>
      [null, ...widths].map((width) => ({ keep, width })),
    );
    for (const [i, cut] of cuts.entries()) {
      let bytes = sizes.overhead(cut);
      const mix: Partial<Record<TensorClass, TensorType>> = {};
      for (const [j, ofClass] of sizes.classes().entries()) {
        const possible = sizes.options(ofClass, cut, losses);
        const option = possible[(5 * i + 3 * j) % possible.length]!;
        mix[ofClass] = option.type;
        bytes += option.bytes;
      }
      const file = { ...cut, type: fileTypeOf(mix), mix };
      expect((await tensorsOf(file, options, null, tools)).memoryBytes, JSON.stringify([cut, mix])).toBe(bytes);
    }
  });

  test('every matrix is of one class, and types are those that its rows can take', async () => {
    using backend = new Backend('off');
    const options = await making(path, backend);
    const { tensors } = options.model;
    const tools = { backend, scratchDir: join(scratch, 'tmp') };
    const sizes = await ClassSizes.of([options.model.info.nExpert], [], options, tools);
    const down = tensors.find(({ name: tensor }) => classOf(tensor) === 'down')!;
    const whole = { keep: options.model.info.nExpert, width: null };
    const types = sizes.options('down', whole, new Losses(1)).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['q8_0', 'iq4_nl', 'mxfp4']));
    expect(types.includes('q4_K')).toBe(down.ne[0]! % 256 === 0);
    expect(sizes.classes()).toEqual(expect.arrayContaining(['gateUp', 'down', 'attention', 'embedding']));
    const has = (pattern: RegExp): boolean =>
      tensors.some(({ name: tensor, ne }) => pattern.test(tensor) && ne.length > 1);
    expect(sizes.classes().includes('dense')).toBe(has(/\.ffn_(gate|up|down)\.weight$/));
    expect(sizes.classes().includes('sharedExperts')).toBe(has(/_shexp\.weight$/));
  });
});

describe('experts with fewer neurons', () => {
  const found = async (path: string, budgetBytes: number): Promise<readonly Candidate<QuantType>[]> => {
    using backend = new Backend('off');
    const options = await making(path, backend);
    const { nExpert } = options.model.info;
    const counts = Array.from({ length: nExpert - 3 }, (_, i) => i + 4);
    const asked = { budgetBytes, types: [null, 'Q4_K_M'] as const, counts, actives: [null], withMixes: true };
    const header = { imatrix: null, provenance: () => [] };
    const context = new EngineContext({ home: scratch, host: forkWorker });
    const { candidates } = await new CandidateFinder(asked, options, header, context).find(new Losses(nExpert));
    for (const { memoryBytes } of candidates) expect(memoryBytes).toBeLessThanOrEqual(budgetBytes);
    return candidates;
  };
  const narrowIn = (candidates: readonly Candidate<QuantType>[]) => candidates.filter(({ width }) => width !== null);

  test('are candidates where less than 60 % of the experts’ weights would be left', async () => {
    for (const budgetBytes of [4e6, 4.5e6, 5e6]) {
      const candidates = await found(SAMPLE, budgetBytes);
      const narrow = narrowIn(candidates);
      expect(narrow.length).toBeGreaterThan(0);
      for (const { keep, width, mix } of narrow) {
        expect(keep * width!).toBeLessThan(0.6 * 32);
        expect([0.75, 0.5]).toContain(width);
        // rows of 96 or 64 values hold no blocks of 256
        expect(mix!.down).toMatch(/^(q8_0|q5_0|iq4_nl|mxfp4)$/);
      }
    }
  });

  test('leave room for the best mix with whole ones, where it may be as good', async () => {
    const mixes = (await found(SAMPLE, 6e6)).filter(({ mix }) => mix !== null);
    expect(narrowIn(mixes).length).toBeGreaterThan(0);
    expect(mixes.length).toBeGreaterThan(narrowIn(mixes).length);
  });

  test('are none where more would be left', async () => {
    for (const budgetBytes of [8.5e6, 10.5e6]) expect(narrowIn(await found(SAMPLE, budgetBytes))).toEqual([]);
  });

  test('are none where the architecture does not allow it', async () => {
    const { path } = architectureFiles().find(({ name }) => name === 'llama4')!;
    using backend = new Backend('off');
    const { model } = await making(path, backend);
    expect(narrowWidths(model)).toEqual([]);
    const smallest = await found(path, 0.6 * model.info.bytes);
    expect(smallest.some(({ mix }) => mix !== null)).toBe(true);
    expect(narrowIn(smallest)).toEqual([]);
  });
});
