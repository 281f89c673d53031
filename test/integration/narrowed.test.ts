// Experts with fewer neurons: files held to what the source's own numbers say, to the model without those neurons, and to unpatched llama.cpp.
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ChoiceFile } from '../../electron/contract/choice-file.ts';
import { WinnowError } from '../../electron/contract/errors.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { type InspectedModel, inspectModel } from '../../electron/engine/models/inspect.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { narrowExperts, planNarrowed } from '../../electron/engine/write/pruning/narrow-experts.ts';
import { planImatrix, readImatrix } from '../../electron/engine/write/pruning/imatrix-file.ts';
import { planPrune } from '../../electron/engine/write/pruning/plan.ts';
import { writeGguf } from '../../electron/engine/write/pruning/write-gguf.ts';
import {
  type SeenGguf,
  type SeenTensor,
  arbitraryChoice,
  madeTensor,
  maxDifference,
  overwriteTensor,
  readBytes,
  seeGguf,
  stockLogits,
  tensorOf,
  writeVariant,
} from './gguf-tools.ts';
import { expectMoreThanRounding, expectOnlyRounding, measureRounding } from './rounding.ts';
import { quantize } from './sample-half.ts';
import {
  CPU,
  ROOT,
  SAMPLE,
  THREADS,
  architectureFiles,
  commandLineHere,
  sampled,
  scratchDir,
  seededTokens,
} from './support.ts';
import { blockMask } from '../../electron/engine/models/prediction-blocks.ts';

const N_TOKENS = 64;
const scratch = scratchDir();
const backend = new Backend('off');
afterAll(() => backend.close());

/** The shared experts of these are as wide as the others whatever a key says, or there is no key. */
const REFUSED = ['llama4'];

function floats(path: string, { offset, bytes }: SeenTensor): Float32Array {
  const data = readBytes(path, offset, bytes);
  return new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + bytes));
}

/** Made-up sums of squares for every down matrix; one expert was reached by no token. */
async function madeMatrix(model: InspectedModel, unreached: number): Promise<string> {
  const path = join(scratch, 'matrix.gguf');
  const downs = model.tensors.filter(({ name }) => /\.ffn_down_exps\.weight$/.test(name));
  const tensors = downs.flatMap(({ name, ne }, at) => {
    const [nIn = 1, , nExpert = 1] = ne;
    const random = seededTokens(nIn * nExpert, 1000, 11 + at);
    const sums = Float32Array.from(random, (value, i) => (Math.floor(i / nIn) === unreached ? 0 : (1 + value) ** 2));
    const counts = Float32Array.from({ length: nExpert }, (_, e) => (e === unreached ? 0 : 5));
    return [
      madeTensor(scratch, `${name}.in_sum2`, [nIn, nExpert], sums),
      madeTensor(scratch, `${name}.counts`, [1, nExpert], counts),
    ];
  });
  const set = [{ key: 'general.type', type: 'string' as const, value: 'imatrix' }];
  await writeGguf(
    { path, keysFrom: null, remove: [], set, alignment: 32, tensors },
    {
      backend,
      overwrite: true,
    },
  );
  return path;
}

/** The `to` neurons of an expert with the largest products of sum and squared column, ascending; the first of such that are alike. */
function strongest(sums: Float32Array, down: Float32Array, expert: number, nIn: number, to: number): number[] {
  const nOut = down.length / (sums.length / nIn) / nIn;
  const scores = Array.from({ length: nIn }, (_, neuron) => {
    let square = 0;
    for (let row = 0; row < nOut; row++) square += down[(expert * nOut + row) * nIn + neuron]! ** 2;
    return square * sums[expert * nIn + neuron]!;
  });
  return [...scores.keys()]
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, to)
    .sort((a, b) => a - b);
}

type Narrow = {
  readonly kept: number[][];
  /** By block, of all experts. */
  readonly neurons: ReadonlyMap<string, number[][]>;
  readonly from: number;
};

const ROWS = /^(blk\.\d+\.)ffn_(gate|up|gate_up)_exps\.(weight|bias)$/;
const DOWN = /^(blk\.\d+\.)ffn_down_exps\.weight$/;
const OF_EXPERTS = /^(blk\.\d+\.)(ffn_(gate|up|down|gate_up)_(ch)?exps|ffn_gate_inp|exp_probs_b(_vl)?)(\.\w+)?$/;

/** What a tensor of single precision becomes, value by value. */
function expectedValues(info: InspectedModel['info'], path: string, tensor: SeenTensor, narrow: Narrow): Float32Array {
  const all = floats(path, tensor);
  const { name, shape } = tensor;
  const block = /^blk\.(\d+)\./.exec(name)?.[1];
  const kept = narrow.kept[info.moeLayers.indexOf(Number(block))];
  if (block === undefined || kept === undefined || !OF_EXPERTS.test(name) || shape.at(-1) !== info.nExpert) return all;
  const size = all.length / info.nExpert;
  const { from } = narrow;
  const own = narrow.neurons.get(`blk.${block}.`)!;
  const parts = kept.map((expert): number[] => {
    const values = [...all.subarray(expert * size, (expert + 1) * size)];
    if (DOWN.test(name)) {
      return Array.from({ length: size / from }, (_, row) => own[expert]!.map((n) => values[row * from + n]!)).flat();
    }
    if (!ROWS.test(name)) return values;
    const rows = name.endsWith('bias') ? shape[0]! : shape[1]!;
    const width = size / rows;
    const sets = Array.from({ length: rows / from }, (_, set) => own[expert]!.map((n) => set * from + n)).flat();
    return sets.flatMap((row) => values.slice(row * width, (row + 1) * width));
  });
  return Float32Array.from(parts.flat());
}

/** Half of each layer's experts, in blocks that share weights where there are such. */
function halfOf({ moeLayers, nExpert, expertsPerBlock: size }: InspectedModel['info']): number[][] {
  const blocks = arbitraryChoice(moeLayers.length, nExpert / size, nExpert / size / 2, 5);
  return blocks.map((kept) => kept.flatMap((at) => Array.from({ length: size }, (_, i) => at * size + i)));
}

async function narrowed(
  path: string,
  share: number,
): Promise<{
  model: InspectedModel;
  source: SeenGguf;
  result: SeenGguf;
  narrow: Narrow;
  /** The whole model's, and those cut along. */
  matrices: [SeenGguf, SeenGguf];
}> {
  const model = await inspectModel(path, backend);
  const { info } = model;
  const kept = halfOf(info);
  const matrix = await madeMatrix(model, kept[0]![0]!);
  const cut = { kept, output: join(scratch, 'narrow.gguf') };
  const imatrix = await readImatrix(matrix, model, backend);
  const request = { share, isQuantised: false, imatrix };
  const made = { ...cut, narrowed: await narrowExperts(model, cut, request, { folder: scratch, backend }) };
  const cutMatrix = { ...planImatrix(imatrix, model, made), path: join(scratch, 'narrow.imatrix.gguf') };
  for (const file of [planPrune(model, made).file, cutMatrix]) await writeGguf(file, { backend, overwrite: true });
  const source = await seeGguf(path);
  const seenMatrix = await seeGguf(matrix);
  const downs = source.tensors.filter(({ name }) => DOWN.test(name));
  const from = downs[0]!.shape[0]!;
  const neurons = new Map(
    downs.map((down) => {
      const [nIn = 1] = down.shape;
      const sums = floats(matrix, tensorOf(seenMatrix, `${down.name}.in_sum2`));
      const values = floats(path, down);
      const own = Array.from({ length: info.nExpert }, (_, e) => strongest(sums, values, e, nIn, from * share));
      return [DOWN.exec(down.name)![1]!, own] as const;
    }),
  );
  const narrow = { kept, neurons, from };
  return {
    model,
    source,
    result: await seeGguf(cut.output),
    narrow,
    matrices: [seenMatrix, await seeGguf(cutMatrix.path)],
  };
}

/** Sums and counts of the neurons that are left, expert by expert. */
function expectMatrixCut(
  { info }: InspectedModel,
  { kept, neurons, from }: Narrow,
  [whole, cut]: [SeenGguf, SeenGguf],
): void {
  for (const [layer, block] of info.moeLayers.entries()) {
    const name = `blk.${block}.ffn_down_exps.weight`;
    const values = (file: SeenGguf, what: string): number[] => [
      ...floats(file.path, tensorOf(file, `${name}.${what}`)),
    ];
    const sums = values(whole, 'in_sum2');
    const left = kept[layer]!.flatMap((e) => neurons.get(`blk.${block}.`)![e]!.map((n) => sums[e * from + n]!));
    expect(values(cut, 'in_sum2')).toEqual(left);
    expect(values(cut, 'counts')).toEqual(kept[layer]!.map((e) => values(whole, 'counts')[e]));
  }
}

/** Writes the source with zeros in the down matrices of kept experts where their neurons that go come in. */
async function silenced({ info }: InspectedModel, source: SeenGguf, { kept, neurons, from }: Narrow): Promise<string> {
  const output = join(scratch, 'silenced.gguf');
  copyFileSync(source.path, output);
  for (const [layer, block] of info.moeLayers.entries()) {
    const down = tensorOf(source, `blk.${block}.ffn_down_exps.weight`);
    const values = floats(source.path, down);
    const size = values.length / info.nExpert;
    for (const expert of kept[layer]!) {
      const stay = new Set(neurons.get(`blk.${block}.`)![expert]);
      for (let at = 0; at < size; at++) if (!stay.has(at % from)) values[expert * size + at] = 0;
    }
    await overwriteTensor(output, down.name, values);
  }
  return output;
}

describe('half of the neurons of half of the experts', () => {
  test.each(sampled(architectureFiles(), 3))('$name', async ({ name, path }) => {
    if (!(await inspectModel(path, backend)).info.prunable.ok) return;
    if (REFUSED.includes(name)) {
      const refused = await narrowed(path, 0.5).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(WinnowError);
      expect(refused).toMatchObject({ code: 'ARCH_REFUSED' });
      return;
    }
    const { model, source, result, narrow, matrices } = await narrowed(path, 0.5);
    const { info } = model;
    expect(result.tensors.map((tensor) => `${tensor.name} ${tensor.type}`)).toEqual(
      source.tensors.map((tensor) => `${tensor.name} ${tensor.type}`),
    );
    for (const tensor of source.tensors) {
      const found = tensorOf(result, tensor.name);
      const same = Buffer.from(expectedValues(info, path, tensor, narrow).buffer).equals(
        readBytes(result.path, found.offset, found.bytes),
      );
      expect(same, tensor.name).toBe(true);
    }

    expectMatrixCut(model, narrow, matrices);

    const { nLayers, nVocab } = await loadModel(backend, info, CPU);
    const tokens = seededTokens(N_TOKENS, nVocab, 7);
    const logits = () => backend.call('logits', { tokens, nUbatch: N_TOKENS, nThreads: THREADS, kvType: 'f32' });
    const ungrouped = info.nExpertGroups > 1;
    const mask = { mask: blockMask(narrow.kept, info, nLayers), ungrouped };
    await backend.call('setMask', mask);
    const whole = await logits();
    const { info: without } = await inspectModel(await silenced(model, source, narrow), backend);
    await loadModel(backend, without, CPU);
    await backend.call('setMask', mask);
    const expected = await logits();
    const file = await stockLogits(result.path, tokens, scratch, 'f32');
    const masked = { kept: narrow.kept, ungrouped };
    const rounding = await measureRounding(backend, path, masked, logits, maxDifference, scratch);
    expectMoreThanRounding(maxDifference(expected, whole), rounding, 'effect of the neurons');
    expectOnlyRounding(maxDifference(file, expected), rounding, 'narrowed file');
  });
});

describe('down matrices of blocks of 256', () => {
  const { path } = architectureFiles().find(({ name }) => name === 'deepseek4')!;
  const quantised = join(scratch, 'deepseek4-Q4_K.gguf');
  beforeAll(() => quantize('--pure', path, quantised, 'Q4_K'));

  test('half of 1,024 neurons are quantised again, by the importances of those that are left', async () => {
    const model = await inspectModel(quantised, backend);
    const kept = halfOf(model.info);
    const imatrix = await readImatrix(await madeMatrix(model, kept[0]![0]!), model, backend);
    const cut = { kept, output: join(scratch, 'narrow-k.gguf') };
    const narrowed = await narrowExperts(
      model,
      cut,
      { share: 0.5, isQuantised: false, imatrix },
      { folder: scratch, backend },
    );
    const written = await writeGguf(planPrune(model, { ...cut, narrowed }).file, { backend, overwrite: true });
    const result = await inspectModel(written.path, backend);
    const inSingle = async ({ info }: InspectedModel): Promise<SeenGguf> => {
      const single = join(scratch, `single-${basename(info.path)}`);
      await quantize(info.path, single, 'F32');
      return seeGguf(single);
    };
    const [whole, cutDown] = [await inSingle(model), await inSingle(result)];
    for (const [layer, block] of model.info.moeLayers.entries()) {
      const name = `blk.${block}.ffn_down_exps.weight`;
      expect(result.tensors.find((tensor) => tensor.name === name)!.type).toBe('q4_K');
      const [before, after] = [
        floats(whole.path, tensorOf(whole, name)),
        floats(cutDown.path, tensorOf(cutDown, name)),
      ];
      const width = 512;
      const rows = before.length / 8 / 1024;
      let [error, square] = [0, 0];
      for (let at = 0; at < after.length; at++) {
        const [place, row, column] = [Math.floor(at / width / rows), Math.floor(at / width) % rows, at % width];
        const neuron = narrowed.neurons!.get(block)![place * width + column]!;
        const own = before[(kept[layer]![place]! * rows + row) * 1024 + neuron]!;
        error += (after[at]! - own) ** 2;
        square += own ** 2;
      }
      expect(Math.sqrt(error / square), name).toBeLessThan(0.1);
    }
    const logits = await stockLogits(written.path, seededTokens(N_TOKENS, 128, 7), scratch);
    expect(logits.every(Number.isFinite)).toBe(true);
  });

  test('a width beside which no key keeps the shared expert as it is is refused', async () => {
    const model = await inspectModel(path, backend);
    expect(() => planNarrowed(model, { kept: halfOf(model.info) }, { share: 0.625, isQuantised: false })).toThrow(
      /derives the width of its shared experts, 1024, .* 640 instead of 1024 neurons/,
    );
  });
});

describe('the sample with three quarters of its neurons', () => {
  const at = (name: string): string => join(scratch, name);
  const winnow = commandLineHere(at('home'));
  const prune = (output: string, ...how: string[]) =>
    winnow.json<{ bytes: number; error: { code: string; message: string } }>(
      ...['prune', SAMPLE, '--choice', at('choice.json'), '-o', at(output), ...how],
    );

  beforeAll(async () => {
    const demos = join(ROOT, 'resources/sample/demos/python.jsonl');
    const matrix = ['--imatrix', at('python.imatrix.gguf'), '--out', at('scores.json')];
    await winnow.json('score', SAMPLE, '--demos', demos, '--limit', '3', ...matrix, '--gpu', 'off');
    await winnow.json('select', '--scores', at('scores.json'), '--keep', '16', '-o', at('choice.json'));
  });

  /** Values of a tensor of Q8_0: a half precision factor, then 32 signed bytes, again and again. */
  function dequantised(path: string, { offset, bytes }: SeenTensor): { values: number[]; steps: number[] } {
    const data = readBytes(path, offset, bytes);
    const [values, steps]: [number[], number[]] = [[], []];
    for (let block = 0; block < bytes; block += 34) {
      const bits = data.readUInt16LE(block);
      const exponent = (bits >> 10) & 31;
      const step = exponent === 0 ? (bits & 1023) * 2 ** -24 : (1 + (bits & 1023) / 1024) * 2 ** (exponent - 15);
      for (let i = 0; i < 32; i++) {
        values.push(data.readInt8(block + 2 + i) * step);
        steps.push(step);
      }
    }
    return { values, steps };
  }

  test('without --type: rows as they were, columns quantised again, and the file says so', async () => {
    const dry = await prune('sample-narrow.gguf', '--imatrix-run', '--width', '0.75', '--dry-run');
    const { code, document, stderr } = await prune('sample-narrow.gguf', '--imatrix-run', '--width', '0.75');
    expect(code, JSON.stringify(document.error) + stderr).toBe(0);
    expect(dry.document.bytes).toBe(document.bytes);
    const [source, result] = [await seeGguf(SAMPLE), await seeGguf(at('sample-narrow.gguf'))];
    const matrix = await seeGguf(at('python.imatrix.gguf'));
    const { kept } = JSON.parse(readFileSync(at('choice.json'), 'utf8')) as ChoiceFile;
    for (const [block, experts] of kept.entries()) {
      const name = (what: string): string => `blk.${block}.ffn_${what}_exps.weight`;
      const down = dequantised(SAMPLE, tensorOf(source, name('down')));
      const sums = floats(matrix.path, tensorOf(matrix, `${name('down')}.in_sum2`));
      const own = experts.map((e) => strongest(sums, Float32Array.from(down.values), e, 128, 96));
      for (const what of ['gate', 'up']) {
        const [from, to] = [tensorOf(source, name(what)), tensorOf(result, name(what))];
        const rowBytes = (from.shape[0]! / 32) * 34;
        const rows = experts.flatMap((e, i) =>
          own[i]!.map((n) => readBytes(SAMPLE, from.offset + (e * 128 + n) * rowBytes, rowBytes)),
        );
        expect(Buffer.concat(rows).equals(readBytes(result.path, to.offset, to.bytes)), name(what)).toBe(true);
      }
      const { values, steps } = dequantised(result.path, tensorOf(result, name('down')));
      const expected = experts.flatMap((e, i) =>
        Array.from({ length: 256 }, (_, row) => own[i]!.map((n) => down.values[(e * 256 + row) * 128 + n]!)).flat(),
      );
      expect(values).toHaveLength(expected.length);
      const farthest = values.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!) / steps[i]!), 0);
      expect(farthest, `${name('down')}, in steps`).toBeLessThan(0.51 + 127 * 2 ** -11);
    }
    const key = (name: string): unknown => result.keys.get(name)?.value;
    expect(key('qwen3moe.expert_feed_forward_length')).toBe(96);
    expect([key('winnow.expert_width'), key('winnow.source.expert_width')]).toEqual([96, 128]);
    const inspected = await winnow.json('inspect', at('sample-narrow.gguf'));
    expect(inspected.document).toMatchObject({ expert_width: 96, source_expert_width: 128, n_expert: 16 });
    expect((await winnow.call('inspect', at('sample-narrow.gguf'))).stdout).toMatch(
      /^neurons +96 of 128 in every expert$/m,
    );
    const logits = await stockLogits(at('sample-narrow.gguf'), seededTokens(N_TOKENS, 4096, 3), scratch);
    expect(logits.every(Number.isFinite)).toBe(true);
  });

  test('with --type: rows of 96 take a type that they fit into, from the matrix that is cut along', async () => {
    const how = ['--imatrix-run', '--width', '0.75', '--type', 'Q4_K_M', '--allow-requantize'];
    const dry = await prune('narrow-q4.gguf', ...how, '--dry-run');
    const { code, document, stderr } = await prune('narrow-q4.gguf', ...how);
    expect(code, JSON.stringify(document.error) + stderr).toBe(0);
    expect(dry.document.bytes).toBe(document.bytes);
    const { tensors } = await seeGguf(at('narrow-q4.gguf'));
    const typesOf = (what: RegExp): string[] => [
      ...new Set(tensors.filter(({ name }) => what.test(name)).map(({ type }) => type)),
    ];
    expect(typesOf(/ffn_(gate|up)_exps/)).toEqual(['Q4_K']);
    for (const type of typesOf(/ffn_down_exps/)) expect(['Q5_0', 'Q8_0']).toContain(type);
    const logits = await stockLogits(at('narrow-q4.gguf'), seededTokens(N_TOKENS, 4096, 3), scratch);
    expect(logits.every(Number.isFinite)).toBe(true);

    await winnow.json('report', '--as', 'card', '--file', at('narrow-q4.gguf'), '-o', at('card.md'));
    const card = readFileSync(at('card.md'), 'utf8');
    expect(card).toMatch(/neurons kept \| 75.0 % of each kept expert/);
  });

  test('nothing says which neurons count, or how many there can be', async () => {
    const none = await prune('none.gguf', '--width', '0.75');
    expect(none.document.error).toMatchObject({ code: 'USAGE' });
    expect(none.document.error.message).toMatch(/Give --width together with --imatrix-run or --imatrix\./);
    const uneven = await prune('none.gguf', '--imatrix-run', '--width', '0.7');
    expect(uneven.document.error).toMatchObject({ code: 'USAGE' });
    expect(uneven.document.error.message).toMatch(/128 neurons × 0\.7 is not a multiple of 32.* 0\.5, 0\.75\./);

    const lacking = at('lacking.imatrix.gguf');
    const isDown = ({ name }: { name: string }): boolean => name.startsWith('blk.2.ffn_down_exps.weight');
    await writeVariant(at('python.imatrix.gguf'), lacking, { tensors: (all) => all.filter((one) => !isDown(one)) });
    const unknown = await prune('none.gguf', '--imatrix', lacking, '--width', '0.75');
    expect(unknown.document.error).toMatchObject({ code: 'CHOICE_INVALID' });
    expect(unknown.document.error.message).toMatch(
      /lacking\.imatrix\.gguf says nothing about blk\.2\.ffn_down_exps\.weight/,
    );
    expect(existsSync(at('none.gguf'))).toBe(false);
  });
});
