// Importance matrices that scoring collects, against llama.cpp's own llama-imatrix on the same tokens, and resumed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { forkWorker } from '../../electron/engine/base/backend/worker-host.ts';
import { readBytes, seeGguf, tensorOf, type SeenGguf } from './gguf-tools.ts';
import { isRunning, type StartedCommand } from './processes.ts';
import { kept, pruner, quantize, writeCutMatrix } from './sample-half.ts';
import { commandLineHere, ROOT, runReference, SAMPLE, scratchDir, THREADS } from './support.ts';
import { words } from '../words.ts';

const TEXT = join(ROOT, 'resources/sample/eval/python.txt');
const DEMOS = join(ROOT, 'resources/sample/demos/python.jsonl');
const CTX = 256;
const CHUNKS = 4;
/** The sample's context length. */
const TRAINED = 1024;
/** Keys and values of six layers, 128 of each, in half precision. */
const KV_BYTES_A_TOKEN = 6 * 2 * 128 * 2;

const scratch = scratchDir();
const started: StartedCommand[] = [];
afterEach(() => {
  for (const { pid, kill } of started.splice(0)) if (isRunning(pid)) kill('SIGKILL', 'group');
});

type Matrix = ReadonlyMap<string, { readonly counts: readonly number[]; readonly sums: readonly number[] }>;

function floats(file: SeenGguf, name: string): number[] {
  const { offset, bytes } = tensorOf(file, name);
  return [...new Float32Array(Uint8Array.from(readBytes(file.path, offset, bytes)).buffer)];
}

async function readMatrix(path: string): Promise<Matrix> {
  const file = await seeGguf(path);
  const names = new Set(file.tensors.map(({ name }) => name.replace(/\.(in_sum2|counts)$/, '')));
  expect(file.tensors).toHaveLength(2 * names.size);
  return new Map(
    [...names].map((name) => [name, { counts: floats(file, `${name}.counts`), sums: floats(file, `${name}.in_sum2`) }]),
  );
}

/** The largest relative error of a sum; entries and counts must be the same. */
function worstError(actual: Matrix, expected: Matrix): number {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  let worst = 0;
  for (const [name, { counts, sums }] of expected) {
    const own = actual.get(name)!;
    expect(own.counts, name).toEqual(counts);
    expect(own.sums.length, name).toBe(sums.length);
    sums.forEach((sum, i) => {
      worst = Math.max(worst, Math.abs(own.sums[i]! - sum) / Math.max(sum, Number.MIN_VALUE));
    });
  }
  return worst;
}

/** What llama-imatrix makes of a text's first chunks, and those chunks as it reads them: each begins with BOS. */
async function stockMatrix(
  model: string,
  name: string,
  ctx = CTX,
  count = CHUNKS,
): Promise<{ matrix: Matrix; chunks: Int32Array[] }> {
  const path = join(scratch, `${name}.stock.gguf`);
  await runReference(
    'stock-imatrix',
    ...['-m', model, '-f', TEXT, '-o', path, '--output-format', 'gguf', '-c', String(ctx), '-b', String(ctx)],
    ...['--chunks', String(count), '-ngl', '0', '-t', String(THREADS), '--no-ppl'],
  );
  using backend = new Backend('off', forkWorker);
  const { addBos } = await backend.call('load', { parts: [model], ...ON_CPU, vocabOnly: true });
  const [tokens, bos] = await backend.call('tokenize', {
    texts: [readFileSync(TEXT, 'utf8'), ''].map((text) => ({ text, addSpecial: true, parseSpecial: false })),
  });
  const chunks = Array.from({ length: count }, (_, i) => {
    const chunk = tokens!.slice(i * ctx, (i + 1) * ctx);
    if (addBos) chunk[0] = bos![0]!;
    return chunk;
  });
  return { matrix: await readMatrix(path), chunks };
}

const ON_CPU = { devices: [], gpuLayers: 0, deviceLayers: [], cpuExpertBlocks: [], repack: 'all' as const };

/** What the worker collects over the chunks, one by one, or all in one ubatch that the experts see in slices. */
async function collect(
  model: string,
  chunks: readonly Int32Array[],
  { moeLayers, together }: { readonly moeLayers: readonly number[]; readonly together: boolean },
): Promise<Matrix> {
  using backend = new Backend('off', forkWorker);
  await backend.call('load', { parts: [model], ...ON_CPU, vocabOnly: false });
  await backend.call('setImportance', { inputs: [] });
  const nAtOnce = together ? chunks.length : 1;
  for (let first = 0; first < chunks.length; first += nAtOnce) {
    await backend.call('score', {
      sequences: chunks.slice(first, first + nAtOnce),
      moeLayers: Int32Array.from(moeLayers),
      gateInInput: false,
      nCtx: nAtOnce * CTX,
      nUbatch: nAtOnce * CTX,
      nSlice: together ? 100 : 0,
      kvType: 'f16',
      paging: null,
      nSeqMax: nAtOnce,
      nLongest: together ? CTX : 0,
      nThreads: THREADS,
      taps: true,
      importance: true,
    });
  }
  const inputs = await backend.call('importance', {});
  return new Map(
    inputs.flatMap(({ names, counts, sums }) => {
      // a stack that every row passes has one count in the file, as here
      const entry = { counts: [...counts], sums: [...sums] };
      return names.map((name) => [name, entry] as const);
    }),
  );
}

describe('against llama-imatrix on the same tokens', () => {
  test.each([
    ['chunk by chunk', false],
    ['packed into one ubatch, experts in slices', true],
  ])('the same entries and counts, sums to 1e-5: %s', async (_how, together) => {
    const { matrix, chunks } = await stockMatrix(SAMPLE, 'sample');
    const own = await collect(SAMPLE, chunks, { moeLayers: [0, 1, 2, 3, 4, 5], together });
    expect(own.get('blk.0.ffn_down_exps.weight')?.counts).toHaveLength(32);
    expect(worstError(own, matrix)).toBeLessThan(1e-5);
  });
});

test('a demo beyond the trained context is read in windows of it, as llama-imatrix reads them, and so is its cost', async () => {
  const windows = 5;
  const { matrix } = await stockMatrix(SAMPLE, 'windows', TRAINED, windows);
  const home = join(scratch, 'windows');
  const long = ['score', SAMPLE, '--demos', TEXT, '--max-tokens', String(windows * TRAINED), '--gpu', 'off'];
  const own = join(scratch, 'windows.gguf');
  const { stderr } = await commandLineHere(home).call(...long, '--imatrix', own, '--threads', String(THREADS));
  expect(stderr.match(/1 of the demos are longer .* windows of 1024\./g)).toHaveLength(1);
  expect(worstError(await readMatrix(own), matrix)).toBeLessThan(1e-5);
  const { document: estimate } = await commandLineHere(home).json(...long, '--estimate', '--fresh');
  expect(estimate).toMatchObject({
    demos: 1,
    tokens: windows * TRAINED,
    warnings: [{ key: 'windowed', tokens: TRAINED }],
  });
  // two windows at once
  expect(estimate).toMatchObject({ nUbatch: 2048, memory: [{ kvBytes: 2048 * KV_BYTES_A_TOKEN }] });
});

describe('the command line', () => {
  const score = (home: string, ...more: string[]) => words`
    score ${SAMPLE} --demos ${DEMOS} --limit 30 --max-tokens 128 --ubatch 128 --gpu off --threads
    ${THREADS} ${more} --out ${join(home, 'scores.json')}`;
  const home = join(scratch, 'home');
  const matrix = join(scratch, 'python.imatrix.gguf');

  beforeAll(async () => {
    const { code, stderr } = await commandLineHere(home).call(...score(home, '--imatrix', matrix));
    expect(code, stderr).toBe(0);
  });

  test('writes a matrix that llama-quantize takes, whole and cut to the kept experts', async () => {
    const { keys, tensors } = await seeGguf(matrix);
    expect(keys.get('general.type')?.value).toBe('imatrix');
    expect(keys.get('imatrix.datasets')?.value).toEqual(['python']);
    // by the weights' names, as llama-imatrix orders them
    const weights = tensors.filter((_, i) => i % 2 === 0).map(({ name }) => name.replace(/\.in_sum2$/, ''));
    expect(weights).toEqual([...weights].sort(byBytes));
    expect(tensors.map(({ name }) => name)).toEqual(weights.flatMap((name) => [`${name}.in_sum2`, `${name}.counts`]));
    const { prune } = pruner(scratch);
    const [half, halfMatrix] = [join(scratch, 'half.gguf'), join(scratch, 'half.imatrix.gguf')];
    await prune(SAMPLE, half);
    await writeCutMatrix(matrix, halfMatrix);
    const whole = floats(await seeGguf(matrix), 'blk.2.ffn_up_exps.weight.counts');
    expect(floats(await seeGguf(halfMatrix), 'blk.2.ffn_up_exps.weight.counts')).toEqual(kept[2]!.map((e) => whole[e]));
    await quantize('--pure', '--imatrix', halfMatrix, half, join(scratch, 'half-q4.gguf'), 'Q4_K');
    await quantize('--pure', '--imatrix', matrix, SAMPLE, join(scratch, 'full-q4.gguf'), 'Q4_K');
  });

  test('experts count the tokens that scores.json says were routed to them, and scores are the same bits without', async () => {
    const scores = readFileSync(join(home, 'scores.json'), 'utf8');
    const { frequency } = (JSON.parse(scores) as { criteria: Record<string, number[][]> }).criteria;
    const file = await seeGguf(matrix);
    frequency!.forEach((counts, layer) => {
      const routed = floats(file, `blk.${layer}.ffn_down_exps.weight.counts`);
      // the matrix also counts position 0, where all 30 demos have the same token
      const more = routed.map((count, expert) => count - counts[expert]!).filter((count) => count !== 0);
      expect(more).toEqual([30, 30, 30, 30]);
    });
    const plainHome = join(scratch, 'plain');
    expect((await commandLineHere(plainHome).call(...score(plainHome))).code).toBe(0);
    expect(readFileSync(join(plainHome, 'scores.json'), 'utf8') === scores).toBe(true);
    // a run without a matrix does for no one who asks for one, the other way round it does
    const again = await commandLineHere(plainHome).call(...score(plainHome, '--imatrix', join(scratch, 'again.gguf')));
    expect(again.stdout).toMatch(/scored in .+ \(run 2\)\.$/m);
    expect((await commandLineHere(home).call(...score(home))).stdout).toMatch(/scored earlier \(run 1\)\.$/m);
    expect(readFileSync(join(scratch, 'again.gguf')).equals(readFileSync(matrix))).toBe(true);
  });

  test('winnow runs writes it again, and says what a run lacks', async () => {
    const again = join(scratch, 'again-by-run.gguf');
    const { document } = await commandLineHere(home).json('runs', '1', '-o', again);
    expect(document).toMatchObject({ run: 1, domain: 'python', output: again, weights: 48 });
    expect(readFileSync(again).equals(readFileSync(matrix))).toBe(true);
    const plain = await commandLineHere(join(scratch, 'plain')).call('runs', '1', '-o', again);
    expect(plain).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has collected no importance matrix') as string,
    });
  });

  const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
});
