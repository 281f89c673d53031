// Prediction blocks that llama.cpp runs: their scores against an independent reading of unpatched llama.cpp, the model's own
// scores untouched by them, and files whose blocks keep the experts of their own scores, drafting in unpatched llama.cpp.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SUMS, type ExpertSums } from '../../electron/contract/criteria.ts';
import type { ModelInfo } from '../../electron/contract/model-info.ts';
import { Backend } from '../../electron/engine/backend/backend.ts';
import { blockMask } from '../../electron/engine/models/block-mask.ts';
import { inspectModel, type InspectedModel } from '../../electron/engine/models/inspect.ts';
import { withPrediction } from '../../electron/engine/models/prediction-blocks.ts';
import { loadModel } from '../../electron/engine/placement/load-model.ts';
import { planPrune } from '../../electron/engine/pruning/plan.ts';
import { writeGgufFiles } from '../../electron/engine/pruning/write-gguf.ts';
import { scoreDemos } from '../../electron/engine/scoring/score.ts';
import { scoreMatrix } from '../../electron/engine/selection/criteria.ts';
import { selectExperts } from '../../electron/engine/selection/select.ts';
import { seeGguf, sliceHashes, tensorOf, tokensArgs } from './gguf-tools.ts';
import { MODELS_WITH_PREDICTION, withPredictionBlock } from './prediction-block.ts';
import { CPU, readFloats, runReference, sampled, scratchDir, seededTokens, THREADS } from './support.ts';

const N_TOKENS = 200;
const N_EXPERT = 8;
const KEEP = 4;
/** As in architectures.test.ts: four sums of at most 512 products in single precision. */
const MAX_SCORE_ERROR = 4 * 512 * 2 ** -24;
/** Where the model lies; the prediction blocks are loaded, too. */
const PLACED = {
  ...{ devices: [], gpuLayers: 0, cpuExpertLayers: 0, deviceLayers: [], cpuExpertBlocks: [] },
  ...{ repack: 'all' as const, prediction: true as const },
};

const scratch = scratchDir();
const backend = new Backend();
afterAll(() => backend.close());

/** The sums of these demos, one after the other. */
async function score(info: ModelInfo, demos: readonly Int32Array[], mask?: readonly (readonly number[])[]) {
  const hasBlock = info.moeLayers.some((block) => info.nextnLayers.includes(block));
  const model = await loadModel(backend, info, CPU, hasBlock ? { placed: PLACED } : {});
  await backend.call('setMask', { mask: mask ? blockMask(mask, info, model.nLayers) : null, ungrouped: false });
  const sums: ExpertSums[] = [];
  await scoreDemos(
    demos.map((tokens) => ({ tokens, classes: new Uint8Array(tokens.length) })),
    info,
    model,
    { nUbatch: 2 * N_TOKENS, nSlice: 0, kvType: 'f16', paging: null, nTop: 1, threads: THREADS },
    { isScored: () => false, save: (scores) => void sums.push(...scores.map((one) => one.scores.sums)) },
    backend,
  );
  return sums;
}

function rowOf(sums: Float64Array, layer: number): Float64Array {
  return sums.subarray(layer * N_EXPERT, (layer + 1) * N_EXPERT);
}

function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce(
    (max, x, i) => (x === b[i] ? max : Math.max(max, Math.abs(x - b[i]!) / Math.abs(b[i]!))),
    0,
  );
}

type StockScores = { layers: number[]; sums: Record<(typeof SUMS)[number], number[][]> };

async function stockSums(path: string, tokens: Int32Array): Promise<StockScores> {
  const out = join(scratch, 'scores.json');
  await runReference('stock-scores', path, out, ...tokensArgs(tokens, scratch), '--prediction', 'on');
  return JSON.parse(readFileSync(out, 'utf8')) as StockScores;
}

/** What the block drafts after each token, `[n_tokens][n_vocab]`. */
async function drafts(path: string, tokens: Int32Array): Promise<Float32Array> {
  const out = join(scratch, 'drafts.f32');
  await runReference('stock-logits', path, out, ...tokensArgs(tokens, scratch), '--prediction', 'on');
  return readFloats(out);
}

/** Share of the tokens after which both draft the same. */
function agreement(a: Float32Array, b: Float32Array, n: number): number {
  const width = a.length / n;
  const top = (logits: Float32Array, t: number): number => {
    const row = logits.subarray(t * width, (t + 1) * width);
    return row.indexOf(row.reduce((max, x) => Math.max(max, x), -Infinity));
  };
  return Array.from({ length: n }, (_, t) => top(a, t) === top(b, t)).filter(Boolean).length / n;
}

const run = sampled(MODELS_WITH_PREDICTION.filter(({ isNotRun }) => !isNotRun));

describe.each(run)('$arch', (subject) => {
  let model: InspectedModel;
  let block: number;
  let scored: ModelInfo;
  const tokens = seededTokens(N_TOKENS, 128, 5);
  let sums: ExpertSums;

  beforeAll(async () => {
    model = await inspectModel(await withPredictionBlock(subject, scratch), backend);
    block = model.info.blockCount - 1;
    scored = withPrediction(model.info, model.info.predictionLayers ?? []);
    [sums] = (await score(scored, [tokens])) as [ExpertSums];
  });

  test('the block is scored as unpatched llama.cpp runs it', async () => {
    expect(model.info.predictionLayers).toEqual([block]);
    const stock = await stockSums(model.info.path, tokens);
    expect(stock.layers).toEqual([block]);
    for (const name of SUMS) {
      const own = rowOf(sums[name], scored.moeLayers.length - 1);
      expect(relativeError(own, stock.sums[name][0]!), name).toBeLessThan(MAX_SCORE_ERROR);
      if (name === 'count') expect(own.reduce((a, b) => a + b)).toBe(N_TOKENS * model.info.nExpertUsed);
    }
  });

  test('the other layers score to the bit what they score without it', async () => {
    const [alone] = await score(model.info, [tokens]);
    for (const name of SUMS) expect(sums[name].subarray(0, alone!.count.length), name).toEqual(alone![name]);
  });

  test('demos side by side score what they score alone', async () => {
    const both = await score(scored, [tokens, tokens.toReversed()]);
    const layer = scored.moeLayers.length - 1;
    for (const name of SUMS) {
      expect(relativeError(rowOf(both[0]!.count, layer), rowOf(sums.count, layer))).toBeLessThan(0.2);
      expect(rowOf(both[1]![name], layer), name).not.toEqual(rowOf(both[0]![name], layer));
    }
  });

  test('a file keeps the experts of the block’s own scores, and drafts better than by another layer’s', async () => {
    const matrix = scoreMatrix('easy-ep', sums, { nLayers: scored.moeLayers.length, nExpert: N_EXPERT });
    const { kept } = selectExperts(matrix, { keep: KEEP, nExpertUsed: model.info.nExpertUsed });
    const write = async (rows: readonly (readonly number[])[], name: string, nextn: 'scored' | 'reuse') => {
      const plan = planPrune(model, { kept: rows, nextn, output: join(scratch, `${subject.arch}-${name}.gguf`) });
      const [written] = await writeGgufFiles(plan.files, { backend, overwrite: true });
      return { path: written!.path, said: plan.warnings.map(({ code }) => code) };
    };
    const own = await write(kept, 'own', 'scored');
    expect(own.said).toContain('predictionKept');
    const source = await seeGguf(model.info.path);
    const result = await seeGguf(own.path);
    expect(result.keys.get(`${subject.arch}.nextn_predict_layers`)?.value).toBe(1);
    for (const tensor of source.tensors.filter(({ name }) => name.startsWith(`blk.${block}.`))) {
      if (!/_exps|ffn_gate_inp\.|exp_probs_b/.test(tensor.name)) continue;
      const all = sliceHashes(source.path, tensor);
      const found = sliceHashes(result.path, tensorOf(result, tensor.name));
      expect(found, tensor.name).toEqual(kept.at(-1)!.map((expert) => all[expert]));
    }

    // the block under the mask scores what it scores in the file
    const [masked] = await score(scored, [tokens], kept);
    const file = await inspectModel(own.path, backend);
    const [cut] = await score(withPrediction(file.info, [block]), [tokens]);
    const last = scored.moeLayers.length - 1;
    const maskedRow = rowOf(masked!.gate, last);
    const cutRow = cut!.gate.subarray(last * KEEP, (last + 1) * KEEP);
    expect(relativeError(kept.at(-1)!.map((expert) => maskedRow[expert]!), cutRow)).toBeLessThan(1e-3);

    const full = await drafts(model.info.path, tokens);
    const byOwn = agreement(await drafts(own.path, tokens), full, N_TOKENS);
    const other = await write(kept.slice(0, -1), 'other', 'reuse');
    const byOther = agreement(await drafts(other.path, tokens), full, N_TOKENS);
    console.log(subject.arch, 'own', byOwn, 'last layer', byOther, kept);
    const dropped = await write(kept.slice(0, -1), 'dropped', 'scored');
    expect(dropped.said).toContain('predictionNotChosen');
    expect(byOwn).toBeGreaterThan(byOther);
  });
});

test('blocks that llama.cpp has no graph for are not scored', async () => {
  const subject = MODELS_WITH_PREDICTION.find(({ isNotRun }) => isNotRun)!;
  const { info } = await inspectModel(await withPredictionBlock(subject, scratch), backend);
  expect(info.nextnLayers).toHaveLength(1);
  expect(info.predictionLayers).toBeUndefined();
});
