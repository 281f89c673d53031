// What criteria of weights and of an observing pass are computed from, each against another way to the same numbers.
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { SUMS } from '../../electron/contract/criteria.ts';
import { WinnowError } from '../../electron/contract/errors.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { gateInInput } from '../../electron/engine/models/architecture-rules.ts';
import { inspectModel, requirePrunable } from '../../electron/engine/models/inspect.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { readWeights } from '../../electron/engine/measure/slow-criteria/read-weights.ts';
import {
  architectureFiles,
  commandLineHere,
  CPU,
  ROOT,
  SAMPLE,
  sampled,
  scratchDir,
  seededTokens,
  THREADS,
} from './support.ts';

const scratch = scratchDir();
const winnow = commandLineHere(join(scratch, 'home'));
const BATCH = { nCtx: 1024, nUbatch: 1024, nSlice: 0, nLongest: 0, kvType: 'f16', nThreads: THREADS } as const;
const WINDOW = 5;

/** A model, and how it is scored and observed. */
async function loaded(backend: Backend, path = SAMPLE) {
  const { info } = await inspectModel(path, backend);
  const { nVocab } = await loadModel(backend, info, CPU);
  const moeLayers = Int32Array.from(info.moeLayers);
  const inInput = gateInInput(info.arch);
  const score = (
    sequences: Int32Array[],
    more: { classes?: Uint8Array[]; observe?: boolean; counted?: Uint8Array[] },
  ) =>
    backend.call('score', {
      sequences,
      moeLayers,
      gateInInput: inInput,
      nTop: 0,
      taps: true,
      paging: null,
      ...BATCH,
      nSeqMax: sequences.length,
      ...more,
    });
  /** Passes one after the other, or a single one of all sequences. */
  const observeIn = async (passes: { sequences: Int32Array[]; counted: Uint8Array[] }[], { again = false } = {}) => {
    const wanted = { moeLayers, window: WINDOW, gateInInput: inInput, outputs: true, logits: true };
    await backend.call('beginObserving', wanted);
    for (const { sequences, counted } of passes) await score(sequences, { observe: true, counted });
    if (again) {
      await backend.call('countOutliers', {});
      for (const { sequences, counted } of passes) await score(sequences, { observe: true, counted });
    }
    return backend.call('takeObserved', {});
  };
  const observe = (sequences: Int32Array[], counted: Uint8Array[]) => observeIn([{ sequences, counted }]);
  return { info, nVocab, score, observe, observeIn };
}

const every = (tokens: Int32Array): Uint8Array => new Uint8Array(tokens.length).fill(1);

test('pairs, tokens, windows and squares are those of each token by itself', async () => {
  using backend = new Backend('off');
  const { info, nVocab, score, observe } = await loaded(backend);
  const tokens = seededTokens(22, nVocab, 5);
  tokens[7] = tokens[3]!; // a token that comes again
  const counted = every(tokens);
  counted[0] = 0;
  counted[9] = 0;
  const found = await observe([tokens], [counted]);

  // the same pass again for each token, with that token alone in a class of its own
  const slots = info.moeLayers.length * info.nExpert;
  const alone: Float32Array[] = [];
  for (const position of tokens.keys()) {
    const classes = Uint8Array.from(tokens, (_, i) => (i === position ? 0 : 2));
    const { sequences } = await score([tokens], { classes: [classes] });
    alone.push(sequences[0]!.classSums.find(({ tokenClass }) => tokenClass === 0)!.sums);
  }
  const of = (name: (typeof SUMS)[number], token: number, slot: number): number =>
    alone[token]![SUMS.indexOf(name) * slots + slot]!;
  const expected = {
    counts: new Float64Array(slots),
    coverage: new Float64Array(slots),
    squares: new Float64Array(slots),
    gates: new Float64Array(slots),
    pairs: new Float64Array(slots * info.nExpert),
    shared: new Float64Array(slots * info.nExpert),
    windows: new Float64Array(Math.ceil(tokens.length / WINDOW) * slots),
  };
  const seen = Array.from({ length: slots }, () => new Set<number>());
  tokens.forEach((token, t) => {
    if (counted[t] === 0) return;
    for (let slot = 0; slot < slots; slot++) {
      if (of('count', t, slot) === 0) continue;
      const layer = Math.floor(slot / info.nExpert);
      seen[slot]!.add(token);
      expected.counts[slot]! += 1;
      expected.squares[slot]! += of('norm', t, slot) ** 2;
      expected.gates[slot]! += of('gateNorm', t, slot) ** 2;
      expected.windows[Math.floor(t / WINDOW) * slots + slot]! += of('gate', t, slot);
      for (let other = 0; other < info.nExpert; other++) {
        const beside = layer * info.nExpert + other;
        if (beside !== slot && of('count', t, beside) === 1) expected.pairs[slot * info.nExpert + other]! += 1;
      }
    }
  });
  for (let slot = 0; slot < slots; slot++) {
    expected.coverage[slot] = seen[slot]!.size;
    const layer = Math.floor(slot / info.nExpert);
    for (let other = 0; other < info.nExpert; other++) {
      expected.shared[slot * info.nExpert + other] = seen[slot]!.intersection(seen[layer * info.nExpert + other]!).size;
    }
  }
  for (const name of ['counts', 'coverage', 'pairs', 'shared'] as const)
    expect([...found[name]], name).toEqual([...expected[name]]);
  const near = (values: ArrayLike<number>, wanted: Float64Array): void => {
    const scale = Math.max(...wanted);
    wanted.forEach((value, i) => expect(Math.abs(value - values[i]!)).toBeLessThan(1e-6 * scale));
  };
  near(found.squares, expected.squares);
  near(found.windows, expected.windows);
  near(
    expected.gates.map((_, slot) => found.gram[slot * info.nExpert + (slot % info.nExpert)]!),
    expected.gates,
  );
});

test('products and cosines of outputs agree where each expert wrote once, and add up over tokens', async () => {
  using backend = new Backend('off');
  const { info, nVocab, observe } = await loaded(backend);
  const { nExpert, moeLayers } = info;
  const tokens = seededTokens(12, nVocab, 8);
  const only = (...positions: number[]): Uint8Array =>
    Uint8Array.from(tokens, (_, i) => (positions.includes(i) ? 1 : 0));
  const one = await observe([tokens], [only(6)]);
  const other = await observe([tokens], [only(11)]);
  const both = await observe([tokens], [only(6, 11)]);
  let met = 0;
  for (let at = 0; at < one.gram.length; at++) {
    const layer = Math.floor(at / nExpert ** 2);
    const [i, j] = [Math.floor(at / nExpert) % nExpert, at % nExpert];
    const own = (k: number): number => one.gram[(layer * nExpert + k) * nExpert + k]!;
    if (one.pairs[at] === 1) {
      met++;
      expect(one.gram[at]! / Math.sqrt(own(i) * own(j))).toBeCloseTo(one.similarity[at]!, 9);
    } else if (i !== j) expect(one.gram[at]).toBe(0);
    expect(both.gram[at]).toBeCloseTo(one.gram[at]! + other.gram[at]!, 9);
    expect(both.logits[at]).toBeCloseTo(one.logits[at]! + other.logits[at]!, 6);
  }
  expect(met).toBe(moeLayers.length * info.nExpertUsed * (info.nExpertUsed - 1));
  // one token has no deviation
  expect(one.entropy.every(Number.isNaN)).toBe(true);
});

test('a demo that comes twice doubles what is added up and leaves deviations as they are', async () => {
  using backend = new Backend('off');
  const { info, nVocab, observeIn } = await loaded(backend);
  const tokens = seededTokens(200, nVocab, 2);
  // in passes of their own, which have the same bits: packed into one they would be rounded otherwise
  const demo = { sequences: [tokens], counted: [every(tokens)] };
  const once = await observeIn([demo], { again: true });
  const twice = await observeIn([demo, demo], { again: true });
  once.counts.forEach((count, slot) => {
    expect(twice.counts[slot]).toBe(2 * count);
    expect(twice.coverage[slot]).toBe(once.coverage[slot]);
    expect(Math.abs(twice.squares[slot]! - 2 * once.squares[slot]!)).toBeLessThanOrEqual(1e-9 * twice.squares[slot]!);
    expect(twice.outliers[slot]).toBe(2 * once.outliers[slot]!);
    // of at most ten values none lies three of their standard deviations from their mean
    if (count <= 10) expect(once.outliers[slot]).toBe(0);
    if (count > 1) expect(Math.abs(twice.entropy[slot]! - once.entropy[slot]!)).toBeLessThan(1e-9 * info.nEmbd!);
    // the norms of columns lie between that of all values and √columns times as much
    const whole = Math.sqrt(once.squares[slot]!);
    expect(once.outputNorm[slot]).toBeGreaterThanOrEqual(whole * (1 - 1e-9));
    expect(once.outputNorm[slot]).toBeLessThanOrEqual(whole * Math.sqrt(info.nEmbd!) * (1 + 1e-9));
  });
  // a normal distribution has 0.27 % of such values
  const outliers = once.outliers.reduce((sum, value) => sum + value, 0);
  const values = once.counts.reduce((sum, value) => sum + value, 0) * info.nEmbd!;
  expect(outliers / values).toBeGreaterThan(0.0005);
  expect(outliers / values).toBeLessThan(0.03);
});

/** A Q8_0 tensor's values, by the format's definition: blocks of a half-precision factor and 32 bytes. */
function valuesOf(path: string, offset: number, count: number): Float64Array {
  const bytes = Buffer.alloc((count / 32) * 34);
  const file = openSync(path, 'r');
  readSync(file, bytes, 0, bytes.length, offset);
  closeSync(file);
  const values = new Float64Array(count);
  for (let block = 0; block < count / 32; block++) {
    const half = bytes.readUInt16LE(block * 34);
    const [exponent, fraction] = [(half >> 10) & 31, half & 1023];
    const factor =
      (half >> 15 ? -1 : 1) * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
    for (let i = 0; i < 32; i++) values[block * 32 + i] = factor * bytes.readInt8(block * 34 + 2 + i);
  }
  return values;
}

/** The largest eigenvalue of W·Wᵀ, by squaring it until nothing else is left: (tr Gⁿ)^(1/n). */
function largestSquare(w: Float64Array, nIn: number, nOut: number): number {
  let gram = Array.from({ length: nOut }, (_, r) =>
    Float64Array.from({ length: nOut }, (__, s) => {
      let dot = 0;
      for (let c = 0; c < nIn; c++) dot += w[r * nIn + c]! * w[s * nIn + c]!;
      return dot;
    }),
  );
  let log = 0;
  let power = 1;
  for (let step = 0; step < 12; step++) {
    const scale = gram.reduce((sum, row, i) => sum + row[i]!, 0);
    log += Math.log(scale) / power;
    const rows = gram.map((row) => row.map((value) => value / scale));
    gram = rows.map((row) => {
      const out = new Float64Array(nOut);
      for (let k = 0; k < nOut; k++) for (let s = 0; s < nOut; s++) out[s]! += row[k]! * rows[k]![s]!;
      return out;
    });
    power *= 2;
  }
  return Math.exp(log + Math.log(gram.reduce((sum, row, i) => sum + row[i]!, 0)) / power);
}

test('norms, stable ranks and cosines are those of the weights in the file', async () => {
  using backend = new Backend('off');
  const model = await inspectModel(SAMPLE, backend);
  const { info, tensors } = model;
  const block = info.moeLayers[1]!;
  const task = { signal: new AbortController().signal, progress: () => {} };
  const one = { ...model, info: { ...info, moeLayers: [block] } };
  const found = await readWeights(one, { similarity: true, spectral: true }, THREADS, backend, task);

  const matrices = ['gate', 'up', 'down'].map((part) =>
    tensors.find(({ name }) => name === `blk.${block}.ffn_${part}_exps.weight`)!,
  );
  const weights = (expert: number): Float64Array[] =>
    matrices.map(({ type, ne: [nIn, nOut], fileOffset }) => {
      expect(type).toBe('q8_0');
      const count = nIn! * nOut!;
      return valuesOf(SAMPLE, fileOffset + expert * (count / 32) * 34, count);
    });
  const square = (values: Float64Array): number => values.reduce((sum, value) => sum + value ** 2, 0);
  const flat = Array.from({ length: info.nExpert }, (_, expert) =>
    Float64Array.from(weights(expert).flatMap((w) => [...w])),
  );
  for (const expert of [0, 17]) {
    const parts = weights(expert);
    expect(found.norm[expert]).toBeCloseTo(Math.sqrt(parts.reduce((sum, w) => sum + square(w), 0)), 6);
    const ranks = parts.map((w, m) => square(w) / largestSquare(w, matrices[m]!.ne[0]!, matrices[m]!.ne[1]!));
    const rank = ranks.reduce((sum, value) => sum + value, 0) / ranks.length;
    expect(Math.abs(found.stableRank[expert]! / rank - 1)).toBeLessThan(2e-3);
    const cosines = flat.map((other) => {
      const dot = flat[expert]!.reduce((sum, value, i) => sum + value * other[i]!, 0);
      return dot / Math.sqrt(square(flat[expert]!) * square(other));
    });
    const mean = (cosines.reduce((sum, value) => sum + value, 0) - cosines[expert]!) / (info.nExpert - 1);
    expect(found.similarity[expert]).toBeCloseTo(mean, 6);
  }
});

const document = z.object({
  measurements: z.array(
    z.object({ method: z.string(), domain: z.string().nullable(), perplexity_over_leading: z.number().optional() }),
  ),
  groups: z.array(
    z.object({
      domain: z.string(),
      atoms: z.array(z.object({ share: z.number(), experts: z.array(z.object({ block: z.int(), expert: z.int() })) })),
      covered: z.array(
        z.object({
          keep: z.int(),
          layers: z.array(z.object({ experts: z.array(z.object({ expert: z.int(), by: z.int() })) })),
        }),
      ),
    }),
  ),
});

test('slow criteria are compared, say first what they take, and show who works together and covers whom', async () => {
  const demos = join(ROOT, 'resources/sample/demos/math.jsonl');
  const text = join(ROOT, 'resources/sample/eval/math.txt');
  const request = [
    ...[
      'compare',
      SAMPLE,
      '--gpu',
      'off',
      '--demos',
      demos,
      '--limit',
      '2',
      '--text',
      text,
      '--chunks',
      '1',
      '--ctx',
      '64',
    ],
    ...['--keep', '8', '--criteria', 'easy-ep,weight-norm,outliers,caep,joint-outputs,joint-rerouted', '--groups'],
  ];
  const { document: estimate } = await winnow.json(...request, '--estimate');
  expect(estimate).toMatchObject({
    previews: 6,
    observing: { passes: 2 },
    eliminating: { tokens: expect.any(Number) as number },
  });
  const { code, document: found, stderr } = await winnow.json(...request);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(
    /pass through the model twice more to be observed.* tokens pass through all experts, whose products take .* of experts’ weights are read/,
  );
  const { measurements, groups } = document.parse(found);
  expect(
    measurements.map(({ method, domain, perplexity_over_leading: over }) => [method, domain, over !== undefined]),
  ).toEqual([
    ['easy-ep', 'math', false],
    ['weight-norm', null, true],
    ['outliers', 'math', true],
    ['caep', 'math', true],
    ['joint-outputs', 'math', true],
    ['joint-rerouted', 'math', true],
  ]);
  const [{ atoms, covered }] = groups as [(typeof groups)[number]];
  expect(atoms.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
  expect(covered[0]?.layers.map(({ experts }) => experts.length)).toEqual(Array(6).fill(24));

  const led = await winnow.json(...request.with(request.indexOf('--criteria') + 1, 'caep,easy-ep'));
  expect(led.document).toMatchObject({ error: { code: 'USAGE' } });
});

/** Takes the generated models one after the other. */
/** An architecture whose experts llama.cpp loads, and does not compute. */
const NEVER_RUN = 'refact';
const run = architectureFiles().filter(({ name }) => name !== NEVER_RUN);
const zoo = new Backend('off');
afterAll(() => zoo.close());

test('experts that are not computed where taps are refuse the model, by the first graph', async () => {
  const { info, nVocab, score } = await loaded(zoo, architectureFiles().find(({ name }) => name === NEVER_RUN)!.path);
  expect(info.moeLayers.length).toBeGreaterThan(0);
  await expect(score([seededTokens(24, nVocab, 4)], {})).rejects.toMatchObject({
    code: 'ARCH_REFUSED',
    message: expect.stringContaining('in block 0, the experts are not computed') as string,
  });
});

test.each(sampled(run))('$name is observed token by token as it is scored', async ({ path }) => {
  const { info, nVocab, score, observe } = await loaded(zoo, path);
  if (info.moeLayers.length === 0) {
    // a model of an architecture that may have experts
    expect(() => requirePrunable(info)).toThrow(WinnowError);
    return;
  }
  const tokens = seededTokens(24, nVocab, 4);
  const found = await observe([tokens], [every(tokens)]);
  const { sequences } = await score([tokens], {});
  const slots = info.moeLayers.length * info.nExpert;
  const sums = (name: (typeof SUMS)[number]): Float64Array =>
    sequences[0]!.sums.subarray(SUMS.indexOf(name) * slots, (SUMS.indexOf(name) + 1) * slots);
  expect(found.counts).toEqual(sums('count'));
  expect(found.logits.every(Number.isFinite) && found.gram.every(Number.isFinite)).toBe(true);
  found.squares.forEach((square, slot) => {
    // (Σ‖E‖)² / count ≤ Σ‖E‖² ≤ (Σ‖E‖)²
    const whole = sums('norm')[slot]! ** 2;
    expect(square).toBeGreaterThanOrEqual((whole / Math.max(1, sums('count')[slot]!)) * (1 - 1e-4));
    expect(square).toBeLessThanOrEqual(whole * (1 + 1e-4));
  });
});
