// Experts merged into others (M-SMoE), held to what the files' own numbers say, and compared from outside on the bundled sample.
import { closeSync, copyFileSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { TensorInfo } from '../../electron/contract/model-info.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { forkWorker } from '../../electron/engine/base/backend/worker-host.ts';
import { inspectModel, type InspectedModel } from '../../electron/engine/models/inspect.ts';
import { planPrune } from '../../electron/engine/write/pruning/plan.ts';
import { writeGgufFiles } from '../../electron/engine/write/pruning/write-gguf.ts';
import { writeMerged } from '../../electron/engine/measure/study/merged-files.ts';
import { architectureFiles, commandLineHere, ROOT, SAMPLE, scratchDir, THREADS } from './support.ts';

const scratch = scratchDir();
const winnow = commandLineHere(join(scratch, 'home'));
const backend = new Backend('off', forkWorker);
afterAll(() => backend.close());
const task = { signal: new AbortController().signal };

const KEPT = [0, 2, 3, 6];
/** Expert 5 joins 2 in the first layer, in the second expert 7 joins 6. */
const GROUPS = [[{ place: 1, experts: [2, 5], counts: [6, 2] }], [{ place: 3, experts: [6, 7], counts: [1, 3] }]];

/** One expert's numbers in a tensor of single precision. */
function expertOf(path: string, { type, ne, fileOffset }: TensorInfo, expert: number): Float32Array {
  expect(type).toBe('f32');
  const values = new Float32Array(ne.slice(0, -1).reduce((product, n) => product * n, 1));
  const file = openSync(path, 'r');
  readSync(file, values, 0, values.byteLength, fileOffset + expert * values.byteLength);
  closeSync(file);
  return values;
}

function writeExpert(path: string, tensor: TensorInfo, expert: number, values: Float32Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, values, 0, values.byteLength, tensor.fileOffset + expert * values.byteLength);
  closeSync(file);
}

/** An expert's tensors, and where unit u of each lies: gate and up in rows, down in columns. */
function tensorsOf({ tensors }: InspectedModel, block: number): TensorInfo[] {
  return tensors.filter(({ name }) =>
    new RegExp(`^blk\\.${block}\\.ffn_(gate|up|down|gate_up)_exps\\.(weight|bias)$`).test(name),
  );
}

function placesOf({ name, ne }: TensorInfo, unit: number, nUnits: number): number[] {
  const [nIn = 1, nOut = 1] = name.endsWith('bias') ? [1, ne[0]] : ne;
  if (name.includes('ffn_down_exps'))
    return name.endsWith('bias') ? [] : Array.from({ length: nOut }, (_, row) => row * nIn + unit);
  const rows = Array.from({ length: nOut / nUnits }, (_, set) => set * nUnits + unit);
  return rows.flatMap((row) => Array.from({ length: nIn }, (_, column) => row * nIn + column));
}

function unitOf(
  tensors: readonly TensorInfo[],
  values: readonly Float32Array[],
  unit: number,
  nUnits: number,
): number[] {
  return tensors.flatMap((tensor, i) => placesOf(tensor, unit, nUnits).map((at) => values[i]![at]!));
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** What the file multiplies an expert's weights by. */
function scaleOf(path: string, { tensors }: InspectedModel, name: string, expert: number): number {
  const scale = tensors.find((tensor) => tensor.name === name.replace(/weight$/, 'scale'));
  return scale && name.endsWith('weight') ? expertOf(path, scale, expert)[0]! : 1;
}

async function pruned(
  path: string,
  name: string,
): Promise<{ readonly source: InspectedModel; readonly merged: InspectedModel }> {
  const source = await inspectModel(path, backend);
  const output = join(scratch, `${name}.gguf`);
  const kept = source.info.moeLayers.map(() => KEPT);
  await writeGgufFiles(planPrune(source, { kept, output, nextn: 'drop' }).files, { backend });
  await writeMerged(source, GROUPS, output, { host: forkWorker }, task);
  return { source, merged: await inspectModel(output, backend) };
}

/** Whether no exchange of units in a ring makes the sum of the products larger. */
function isBest(products: readonly (readonly number[])[], beside: readonly number[]): boolean {
  const n = beside.length;
  const gain = (i: number, j: number): number => products[i]![beside[j]!]! - products[i]![beside[i]!]!;
  const reached = new Float64Array(n);
  for (let round = 0; round <= n; round++) {
    let changed = false;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const value = reached[i]! + gain(i, j);
        if (value <= reached[j]! + 1e-6) continue;
        reached[j] = value;
        changed = true;
      }
    }
    if (!changed) return true;
  }
  return false;
}

const named = (name: string): string => architectureFiles().find((one) => one.name === name)!.path;

test.each(['qwen3moe', 'qwen35moe', 'gpt-oss'])(
  '%s: a merged expert is the weighted mean of units that are put beside each other as well as can be, and nothing else changes',
  async (arch) => {
    const path = named(arch);
    const { source, merged } = await pruned(path, arch);
    for (const [layer, block] of source.info.moeLayers.entries()) {
      const [{ place, experts, counts }] = GROUPS[layer] as [(typeof GROUPS)[number][number]];
      const [first = 0, other = 0] = experts;
      const [own, joined] = counts.map((count) => count / (counts[0]! + counts[1]!)) as [number, number];
      const tensors = tensorsOf(source, block);
      const written = tensors.map(({ name }) => merged.tensors.find((tensor) => tensor.name === name)!);
      const nUnits = tensors.find(({ name }) => name.endsWith('ffn_down_exps.weight'))!.ne[0]!;
      const scaled = (expert: number): Float32Array[] =>
        tensors.map((tensor) => {
          const scale = scaleOf(path, source, tensor.name, expert);
          return expertOf(path, tensor, expert).map((value) => value * scale);
        });
      const [a, b] = [scaled(first), scaled(other)];
      const m = written.map((tensor) => {
        const scale = scaleOf(path, source, tensor.name, first);
        return expertOf(merged.info.path, tensor, place).map((value) => value * scale);
      });

      // what the mean leaves of the other expert tells which of its units is where
      const units = Array.from({ length: nUnits }, (_, unit) => unit);
      const ofA = units.map((unit) => unitOf(tensors, a, unit, nUnits));
      const ofB = units.map((unit) => unitOf(tensors, b, unit, nUnits));
      const beside = units.map((unit) => {
        const rest = unitOf(tensors, m, unit, nUnits).map((value, i) => (value - own * ofA[unit]![i]!) / joined);
        const found = ofB.findIndex(
          (candidate) => Math.abs(candidate[0]! - rest[0]!) < 1e-5 && Math.abs(candidate[1]! - rest[1]!) < 1e-5,
        );
        rest.forEach((value, i) => {
          if (Math.abs(value - ofB[found]![i]!) > 1e-5) throw new Error(`unit ${unit} is no mean`);
        });
        return found;
      });
      expect(new Set(beside).size).toBe(nUnits);
      const products = ofA.map((unit) => ofB.map((candidate) => dot(unit, candidate)));
      expect(isBest(products, beside)).toBe(true);
      expect(isBest(products, units)).toBe(false);
      // what belongs to no unit
      tensors.forEach(({ name }, i) => {
        if (!name.endsWith('ffn_down_exps.bias')) return;
        m[i]!.forEach((value, at) => expect(value).toBeCloseTo(own * a[i]![at]! + joined * b[i]![at]!, 6));
      });
      KEPT.forEach((expert, at) => {
        if (at === place) return;
        tensors.forEach((tensor, i) => {
          expect(expertOf(merged.info.path, written[i]!, at)).toEqual(expertOf(path, tensor, expert));
        });
      });
    }
  },
  120_000,
);

test('an expert with the units of another in another order leaves it as it is', async () => {
  const path = join(scratch, 'permuted.gguf');
  copyFileSync(named('gpt-oss'), path);
  const model = await inspectModel(path, backend);
  for (const [layer, block] of model.info.moeLayers.entries()) {
    const [first = 0, other = 0] = GROUPS[layer]![0]!.experts;
    const tensors = tensorsOf(model, block);
    const nUnits = tensors.find(({ name }) => name.endsWith('ffn_down_exps.weight'))!.ne[0]!;
    for (const tensor of tensors) {
      const from = expertOf(path, tensor, first);
      const to = from.slice();
      for (let unit = 0; unit < nUnits; unit++) {
        const source = placesOf(tensor, (unit * 5 + 7) % nUnits, nUnits);
        placesOf(tensor, unit, nUnits).forEach((at, i) => (to[at] = from[source[i]!]!));
      }
      writeExpert(path, tensor, other, to);
    }
  }
  const { source, merged } = await pruned(path, 'permuted-merged');
  for (const [layer, block] of source.info.moeLayers.entries()) {
    const [{ place, experts, counts }] = GROUPS[layer] as [(typeof GROUPS)[number][number]];
    for (const tensor of tensorsOf(source, block)) {
      const written = merged.tensors.find(({ name }) => name === tensor.name)!;
      const [own, joined] = experts.map((expert) => scaleOf(path, source, tensor.name, expert)) as [number, number];
      const factor = (counts[0]! * own + counts[1]! * joined) / (counts[0]! + counts[1]!) / own;
      const found = expertOf(merged.info.path, written, place);
      expertOf(path, tensor, experts[0]!).forEach((value, i) => {
        if (Math.abs(found[i]! - factor * value) > 1e-6) throw new Error(`${tensor.name} differs at ${i}`);
      });
    }
  }
});

test('an expert that is merged with itself keeps its bytes, in eight bits too', async () => {
  const source = await inspectModel(SAMPLE, backend);
  const output = join(scratch, 'itself.gguf');
  await writeGgufFiles(planPrune(source, { kept: source.info.moeLayers.map(() => KEPT), output }).files, { backend });
  const before = readFileSync(output);
  const groups = source.info.moeLayers.map(() => [{ place: 2, experts: [3, 3], counts: [1, 2] }]);
  await writeMerged(source, groups, output, { host: forkWorker }, task);
  expect(readFileSync(output).equals(before)).toBe(true);
  // it was written all the same
  await writeMerged(source, [[{ place: 2, experts: [5, 5], counts: [1, 2] }]], output, { host: forkWorker }, task);
  expect(readFileSync(output).equals(before)).toBe(false);
});

const study = z.object({
  measurements: z.array(
    z.object({ method: z.string(), perplexity: z.number(), perplexity_over_leading: z.number().optional() }),
  ),
  method_overlap: z.array(z.object({ methods: z.array(z.string()) })),
});

test('a comparison measures merged experts beside the criterion that they were chosen by, and says first what that takes', async () => {
  const request = [
    ...[
      'compare',
      SAMPLE,
      '--gpu',
      'off',
      '--threads',
      String(THREADS),
      '--limit',
      '4',
      '--chunks',
      '2',
      '--ctx',
      '256',
    ],
    ...[
      '--demos',
      join(ROOT, 'resources/sample/demos/python.jsonl'),
      '--text',
      join(ROOT, 'resources/sample/eval/python.txt'),
    ],
    ...['--criteria', 'easy-ep', '--keep', '0.5', '--merged'],
  ];
  const { code, document, stderr } = await winnow.json(...request);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('1 file with merged experts');
  const { measurements, method_overlap: overlap } = study.parse(document);
  expect(measurements.map(({ method }) => method)).toEqual(['easy-ep', 'merged']);
  const [own, merged] = measurements as [(typeof measurements)[number], (typeof measurements)[number]];
  expect(merged.perplexity).not.toBe(own.perplexity);
  expect(merged.perplexity_over_leading).toBeCloseTo(merged.perplexity / own.perplexity, 6);
  expect(overlap[0]?.methods).toEqual(['easy-ep']);
  expect((await winnow.json(...request)).document).toEqual(document);
});
