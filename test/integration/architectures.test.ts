// Every MoE architecture that llama.cpp's own test can write: scores against an independent reading of whole tensors on
// unpatched llama.cpp, logits bit for bit with taps and mask off, and a half pruned file that unpatched llama.cpp runs
// like the masked original. What comes out is docs/ARCHITECTURES.md (UPDATE_DOCS=1 writes it anew).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SUMS } from '../../electron/contract/criteria.ts';
import { WinnowError } from '../../electron/contract/errors.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { ARCHITECTURES } from '../../electron/engine/models/architectures.ts';
import { gateInInput } from '../../electron/engine/models/architecture-rules.ts';
import { type InspectedModel, inspectModel, requirePrunable } from '../../electron/engine/models/inspect.ts';
import { planPrune } from '../../electron/engine/write/pruning/plan.ts';
import { writeGguf } from '../../electron/engine/write/pruning/write-gguf.ts';
import { type ScoreSink, scoreDemos } from '../../electron/engine/experts/scoring/score.ts';
import { scoreMatrix } from '../../electron/engine/experts/selection/criteria.ts';
import { selectExperts } from '../../electron/engine/experts/selection/layer-rules.ts';
import { editTensor, expectCut, maxDifference, seeGguf, stockLogits, tokensArgs } from './gguf-tools.ts';
import { isSince } from './llama-release.ts';
import { quantize } from './sample-half.ts';
import { MIN_TIMES_ROUNDING, expectMoreThanRounding, expectOnlyRounding, measureRounding } from './rounding.ts';
import {
  CPU,
  ROOT,
  SAMPLE,
  THREADS,
  architectureFiles,
  runReference,
  sampled,
  scratchDir,
  seededTokens,
} from './support.ts';
import { largestError } from '../relative-error.ts';
import { blockMask } from '../../electron/engine/models/prediction-blocks.ts';

const N_TOKENS = 64;
/** No divisor of it, so that the last slice is shorter. */
const SLICE_TOKENS = 7;
/** The error of a sum of so many products, in whatever order a processor sums them, in single precision (Higham 2002, section 3.1). */
const sumError = (width: number): number => width * 2 ** -24;
/** The error in the widest of these models; the cosine takes three such sums, the gate weight one. */
const MAX_SCORE_ERROR = 4 * sumError(512);
/** Architectures of which at least so many must work, out of those that can be generated. */
const MIN_WORKING = 40;
/** Those of which only newer releases than the oldest that Winnow is built with write a model, with the first that does. */
const WRITTEN_SINCE: ReadonlyMap<string, string> = new Map(
  ['afmoe', 'cohere2moe', 'dots3note', 'exaone-moe', 'hy_v4', 'laguna', 'maple', 'mellum', 'mimo2'].map((name) => [
    name,
    'v0.5.0',
  ]),
);
const notWritten = new Set([...WRITTEN_SINCE].filter(([, release]) => !isSince(release)).map(([name]) => name));
const TABLE = join(ROOT, 'docs/ARCHITECTURES.md');

type Row = { readonly verdict: 'works' | 'refused'; readonly note: string };
const rows = new Map<string, Row>();
const files = architectureFiles();
const tested = sampled(files);
/** These are also checked for what is alike in all, which takes half as long again. */
const inDepth = new Set(sampled(files, 5));
const scratch = scratchDir();
/** One worker takes the models one after the other, as the window's does. */
const backend = new Backend('off');
afterAll(() => backend.close());

async function score(
  backend: Backend,
  model: Awaited<ReturnType<typeof loadModel>>,
  info: Parameters<typeof scoreDemos>[1],
  tokens: Int32Array,
) {
  const saved: Parameters<ScoreSink['save']>[0][number][] = [];
  const sink: ScoreSink = { isScored: () => false, save: (scores) => void saved.push(...scores) };
  await scoreDemos(
    [tokens],
    info,
    model,
    { nUbatch: N_TOKENS, nSlice: 0, kvType: 'f16', paging: null, threads: THREADS },
    sink,
    backend,
  );
  const [only] = saved;
  if (!only) throw new Error('no scores were saved');
  return only.scores;
}

/** Demos side by side, attending within themselves and in slices of tokens, against the plain graph. */
async function checkPackedSlices(
  backend: Backend,
  info: Parameters<typeof scoreDemos>[1],
  tokens: Int32Array,
): Promise<void> {
  const { path, arch, moeLayers } = info;
  const cut = Math.floor(N_TOKENS / 3);
  const sequences = [tokens.subarray(0, cut), tokens.subarray(cut)];
  const sumsWith = async (how: { nSlice: number; nLongest: number }): Promise<Float64Array[]> => {
    const result = await backend.call('score', {
      sequences,
      moeLayers: Int32Array.from(moeLayers),
      gateInInput: gateInInput(arch),
      taps: true,
      paging: null,
      nCtx: 256,
      nUbatch: N_TOKENS,
      kvType: 'f16',
      nSeqMax: sequences.length,
      nThreads: THREADS,
      ...how,
    });
    return result.sequences.map(({ sums }) => sums);
  };
  await loadModel(backend, info, CPU);
  const plain = await sumsWith({ nSlice: 0, nLongest: 0 });
  const cutUp = await sumsWith({ nSlice: SLICE_TOKENS, nLongest: N_TOKENS - cut });
  const largestOfAll = (a: Float64Array[], b: Float64Array[]): number =>
    Math.max(...a.map((sums, i) => largestError(sums, b[i]!)));
  // the CPU multiplies a few rows by another kernel than many
  const compute = () => sumsWith({ nSlice: 0, nLongest: 0 });
  const rounding = await measureRounding(backend, path, null, compute, largestOfAll, scratch);
  expectOnlyRounding(largestOfAll(cutUp, plain), rounding, `${path}, packed and in slices`);
}

type StockScores = { layers: number[]; sums: Record<(typeof SUMS)[number], number[][]> };

/** The tensors that follow the choice of experts, whatever the architecture; written down here, not taken from the product. */
const CUT = /^blk\.(\d+)\.(ffn_(gate|up|down|gate_up)_(ch)?exps|ffn_gate_inp|exp_probs_b(_vl)?)(\.\w+)?$/;

/** Every second expert of each row, in the order of its scores: what is dropped has been used as much as what is kept. */
function everySecond(scores: readonly Float64Array[]): number[][] {
  return scores.map((row) =>
    [...row.keys()]
      .sort((a, b) => row[b]! - row[a]!)
      .filter((_, rank) => rank % 2 === 1)
      .sort((a, b) => a - b),
  );
}

/** The choice with the most used of the last layer's kept experts exchanged for its most used dropped one. */
function exchangeOne(kept: number[][], scores: readonly Float64Array[]): number[][] {
  const row = scores.at(-1)!;
  const own = kept.at(-1)!;
  const byScore = [...row.keys()].sort((a, b) => row[b]! - row[a]!);
  const out = byScore.find((expert) => own.includes(expert))!;
  const into = byScore.find((expert) => !own.includes(expert))!;
  return [...kept.slice(0, -1), own.map((expert) => (expert === out ? into : expert)).sort((a, b) => a - b)];
}

/** Moves the rows of the last layer's router down by one, the last to the top. */
async function shiftRouter(path: string): Promise<void> {
  const { tensors } = await seeGguf(path);
  const router = tensors.filter(({ name }) => /\.ffn_gate_inp\.weight$/.test(name)).at(-1)!;
  editTensor(path, router, (data) => {
    const shifted = Buffer.from(data);
    const rest = data.length - data.length / router.shape.at(-1)!;
    shifted.copy(data, data.length - rest, 0, rest);
    shifted.copy(data, 0, rest);
  });
}

/**
 * The half pruned file in unpatched llama.cpp against the masked original: the same but for rounding, and no longer the
 * same with one expert exchanged, or with the rows of one router shifted.
 */
async function checkPrunedFile(
  backend: Backend,
  model: InspectedModel,
  scores: readonly Float64Array[],
  tokens: Int32Array,
  deep: boolean,
): Promise<void> {
  const { info } = model;
  const kept = everySecond(scores);
  const logits = () => backend.call('logits', { tokens, nUbatch: N_TOKENS, nThreads: THREADS, kvType: 'f32' });
  const { nLayers } = await loadModel(backend, info, CPU);
  const full = await logits();
  const ungrouped = info.nExpertGroups > 1;
  await backend.call('setMask', { mask: blockMask(kept, info, nLayers), ungrouped });
  const masked = await logits();
  const rounding = await measureRounding(backend, info.path, { kept, ungrouped }, logits, maxDifference, scratch);
  expectMoreThanRounding(maxDifference(full, masked), rounding, 'effect of the mask');

  const source = await seeGguf(info.path);
  const prunedLogits = async (choice: number[][], change?: (path: string) => Promise<void>) => {
    const plan = planPrune(model, { kept: choice, output: join(scratch, 'pruned.gguf') });
    const written = await writeGguf(plan.file, { backend, overwrite: true });
    // to the byte, since no token asks for some of the weights, and no logit for what a model does not read
    expectCut(source, await seeGguf(written.path), ({ name, shape: axes }) => {
      const block = CUT.exec(name)?.[1];
      return block === undefined || axes.at(-1) !== info.nExpert
        ? null
        : choice[info.moeLayers.indexOf(Number(block))]!;
    });
    await change?.(written.path);
    return stockLogits(written.path, tokens, scratch, 'f32');
  };
  expectOnlyRounding(maxDifference(await prunedLogits(kept), masked), rounding, 'pruned file');
  if (!deep) return;
  const exchanged = maxDifference(await prunedLogits(exchangeOne(kept, scores)), masked);
  expectMoreThanRounding(exchanged, rounding, 'one kept expert exchanged');
  const shifted = maxDifference(await prunedLogits(kept, shiftRouter), masked);
  expectMoreThanRounding(shifted, rounding, "one router's rows shifted");
}

/** @param unquantised the same model with F32 weights: rounded activations hide what a choice of experts does */
async function checkModel(path: string, { unquantised = path, deep = true } = {}): Promise<void> {
  const model = await inspectModel(path, backend);
  const { info } = model;
  requirePrunable(info);
  const loaded = await loadModel(backend, info, CPU);
  const tokens = seededTokens(N_TOKENS, loaded.nVocab, 7);
  const logits = () => backend.call('logits', { tokens, nUbatch: N_TOKENS, nThreads: THREADS, kvType: 'f16' });

  const stock = await stockLogits(path, tokens, scratch);
  expect(maxDifference(await logits(), stock), 'logits without taps and mask').toBe(0);

  const scoresPath = join(scratch, 'scores.json');
  await runReference('stock-scores', path, scoresPath, ...tokensArgs(tokens, scratch));
  const expected = JSON.parse(readFileSync(scoresPath, 'utf8')) as StockScores;
  expect(expected.layers).toEqual([...info.moeLayers]);
  const { sums } = await score(backend, loaded, info, tokens);
  const errors = SUMS.map((name) => largestError(sums[name], Float64Array.from(expected.sums[name].flat())));
  const worst = Math.max(...errors);
  expect(worst, `relative error of ${SUMS.join(', ')}: ${errors.join(', ')}`).toBeLessThanOrEqual(MAX_SCORE_ERROR);
  expect(maxDifference(await logits(), stock), 'logits after taps were on').toBe(0);

  const shape = { nLayers: info.moeLayers.length, nExpert: info.nExpert };
  const reference = Object.fromEntries(
    SUMS.map((name) => [name, Float64Array.from(expected.sums[name].flat())]),
  ) as typeof sums;
  const select = (from: typeof sums, keep: number) =>
    selectExperts(scoreMatrix('easy-ep', from, shape), {
      keep,
      nExpertUsed: info.nExpertUsed,
      expertsPerBlock: info.expertsPerBlock,
    }).kept;
  for (const keep of [info.nExpert / 2, Math.max(info.nExpert / 4, info.nExpertUsed)]) {
    expect(select(sums, keep), `kept set of ${keep}`).toEqual(select(reference, keep));
  }
  const rowOf = (layer: number) => sums.gateNormTurn.subarray(layer * info.nExpert, (layer + 1) * info.nExpert);
  const exact = await inspectModel(unquantised, backend);
  if (deep && !loaded.isRecurrent) await checkPackedSlices(backend, exact.info, tokens);
  await checkPrunedFile(
    backend,
    exact,
    info.moeLayers.map((_, layer) => rowOf(layer)),
    tokens,
    deep,
  );
}

describe('architectures', () => {
  beforeAll(() => {
    if (process.env.UPDATE_DOCS) return;
    const listed = [...readFileSync(TABLE, 'utf8').matchAll(/^\| (\S+) +\| (?:works|refused) /gm)].map(
      ([, name]) => name!,
    );
    const written = files.map(({ name }) => name);
    expect(written.toSorted()).toEqual(listed.filter((name) => !notWritten.has(name)).toSorted());
  });

  test.each(tested)('$name', async (file) => {
    const { name, path } = file;
    try {
      await checkModel(path, { deep: inDepth.has(file) });
      rows.set(name, { verdict: 'works', note: sinceNote(name) });
    } catch (error) {
      if (!(error instanceof WinnowError) || (error.code !== 'ARCH_REFUSED' && error.code !== 'NOT_MOE')) throw error;
      rows.set(name, { verdict: 'refused', note: error.message.replace(/^.* cannot be pruned: /, '') });
    }
  });

  test.skipIf(tested.length < files.length)('at least 40 work, and the table in the documents says so', () => {
    const working = [...rows.values()].filter(({ verdict }) => verdict === 'works');
    expect(working.length).toBeGreaterThanOrEqual(MIN_WORKING);
    for (const name of notWritten) rows.set(name, { verdict: 'works', note: sinceNote(name) });
    const table = renderTable();
    if (process.env.UPDATE_DOCS) writeFileSync(TABLE, table);
    expect(readFileSync(TABLE, 'utf8')).toBe(table);
  });
});

test('sample model', async () => {
  const unquantised = join(scratch, 'sample-F32.gguf');
  await quantize(SAMPLE, unquantised, 'F32');
  await checkModel(SAMPLE, { unquantised });
});

/** Which release of llama.cpp a row is of, where older ones that Winnow is built with cannot show it. */
function sinceNote(name: string): string {
  const needed = ARCHITECTURES.get(name)?.since;
  const written = WRITTEN_SINCE.get(name);
  if (needed) return `needs llama.cpp ${needed}`;
  return written === undefined ? '' : `shown with llama.cpp ${written}`;
}

/** The names with a verdict that have no row in the table. */
function othersWith(...verdicts: string[]): string {
  return [...ARCHITECTURES]
    .filter(([name, { verdict }]) => verdicts.includes(verdict) && !rows.has(name))
    .map(([name, { since }]) => (since === null ? name : `${name} (needs llama.cpp ${since})`))
    .sort()
    .join(', ');
}

/** Verdicts alone: figures differ between processors. */
function renderTable(): string {
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = sorted.map(([name, { verdict, note }]) => `| ${name} | ${verdict} | ${note} |`);
  const working = sorted.filter(([, { verdict }]) => verdict === 'works').length;
  return `# Architectures

Made by \`UPDATE_DOCS=1 npx vitest run --project integration test/integration/architectures.test.ts\` with the pinned
llama.cpp. Each line is a small random model of 8 experts, 2 used, that llama.cpp's own architecture test writes. A newer release
writes models of more, to which the same is held with that release (\`npm run update:llama\`): the note names it.

${working} of ${rows.size} work; the others are refused by name. That an architecture works means, on the CPU backend of the
machine, and by \`npm run test:other-cpu\` on an older one:

- With taps and mask off, and after they were on, the logits equal unpatched llama.cpp's bit for bit.
- Each of the six sums of every expert agrees with whole tensors read from unpatched llama.cpp and multiplied out in double
  precision, to a relative error of at most ${MAX_SCORE_ERROR.toExponential(1)}, and so EASY-EP keeps the same experts, at a half and at a quarter. What the experts'
  output does to the residual stream is read behind the block: with all that the block adds set to zero, and with the experts' output alone.
- The half pruned file in unpatched llama.cpp gives the logits of the masked original, but for rounding. How much rounding is,
  is measured with each model: the same computed with the last bits of its router weights moved. A file with one expert
  exchanged, or with the rows of one router shifted, differs by more than ${MIN_TIMES_ROUNDING} times of that.
- In that file the kept experts of every tensor that follows the choice, and all other tensors, are the source's to the byte.

| architecture | verdict | note |
|---|---|---|
${lines.join('\n')}

## All others that llama.cpp knows

Winnow has a record of each (\`electron/engine/models/architectures.ts\`); what has none is refused by its name.

- Accepted, though llama.cpp's test writes no model of them to show it with: ${othersWith('pruned')}.
- Refused, because they are drafts of one target model, or write no text, whatever experts they have: ${othersWith('neverRun', 'draftModel', 'noLanguageModel')}.
- Dense: ${othersWith('dense')}.
`;
}
