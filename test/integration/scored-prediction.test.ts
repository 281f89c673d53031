// Prediction blocks that llama.cpp runs: their scores against an independent reading of unpatched llama.cpp, the model's own
// scores untouched by them, and files whose blocks keep the experts of their own scores, drafting in unpatched llama.cpp.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ChoiceFile } from '../../electron/contract/choice-file.ts';
import { choiceTextFor } from '../choice-for.ts';
import { type ExpertSums, SUMS } from '../../electron/contract/criteria.ts';
import type { ModelInfo } from '../../electron/contract/model-info.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { keyInteger } from '../../electron/engine/models/gguf-keys.ts';
import { type InspectedModel, inspectModel } from '../../electron/engine/models/inspect.ts';
import { blockMask, withPrediction } from '../../electron/engine/models/prediction-blocks.ts';
import { loadModel, scoringMemory } from '../../electron/engine/models/placement/load-model.ts';
import { modelShape } from '../../electron/engine/models/placement/model-shape.ts';
import type { LoadPlan } from '../../electron/engine/models/placement/place-model.ts';
import type { HostReading } from '../../electron/engine/models/placement/reading.ts';
import { planPrune } from '../../electron/engine/write/pruning/plan.ts';
import { writeGguf } from '../../electron/engine/write/pruning/write-gguf.ts';
import { scoreDemos } from '../../electron/engine/experts/scoring/score.ts';
import { scoreMatrix } from '../../electron/engine/experts/selection/criteria.ts';
import { selectExperts } from '../../electron/engine/experts/selection/layer-rules.ts';
import { readingText, seeGguf, sliceHashes, tensorOf, tokensArgs } from './gguf-tools.ts';
import { MODELS_WITH_PREDICTION, withPredictionBlock } from './prediction-block.ts';
import {
  CPU,
  THREADS,
  commandLineHere,
  readFloats,
  runReference,
  sampled,
  scratchDir,
  seededTokens,
} from './support.ts';
import { largestError } from '../relative-error.ts';

const N_TOKENS = 200;
const N_EXPERT = 8;
const KEEP = 4;
/** As in architectures.test.ts: four sums of at most 512 products in single precision. */
const MAX_SCORE_ERROR = 4 * 512 * 2 ** -24;
/** Where the model lies; the prediction blocks are loaded, too. */
const PLACED: LoadPlan = {
  devices: [],
  gpuLayers: 0,
  cpuExpertLayers: 0,
  deviceLayers: [],
  cpuExpertBlocks: [],
  repack: 'all',
  prediction: true,
};

const scratch = scratchDir();
const backend = new Backend();
afterAll(() => backend.close());

type ScoreHow = {
  readonly mask?: readonly (readonly number[])[];
  readonly paging?: HostReading['paging'];
  readonly placed?: LoadPlan;
};

/** The sums of these demos, one after the other. */
async function score(
  info: ModelInfo,
  demos: readonly Int32Array[],
  { mask, paging = null, placed = PLACED }: ScoreHow = {},
): Promise<ExpertSums[]> {
  const hasBlock = info.moeLayers.some((block) => info.nextnLayers.includes(block));
  const model = await loadModel(backend, info, CPU, hasBlock ? { placed } : {});
  await backend.call('setMask', { mask: mask ? blockMask(mask, info, model.nLayers) : null, ungrouped: false });
  const sums: ExpertSums[] = [];
  await scoreDemos(
    demos,
    info,
    model,
    { nUbatch: 2 * N_TOKENS, nSlice: 0, kvType: 'f16', paging, threads: THREADS },
    { isScored: () => false, save: (scores) => void sums.push(...scores.map((one) => one.scores.sums)) },
    backend,
  );
  return sums;
}

function rowOf(sums: Float64Array, layer: number): Float64Array {
  return sums.subarray(layer * N_EXPERT, (layer + 1) * N_EXPERT);
}

type StockScores = { layers: number[]; sums: Record<(typeof SUMS)[number], number[][]> };

async function stockSums(path: string, tokens: Int32Array): Promise<StockScores> {
  const out = join(scratch, 'stock.json');
  await runReference('stock-scores', path, out, ...tokensArgs(tokens, scratch), '--prediction', 'on');
  return JSON.parse(readFileSync(out, 'utf8')) as StockScores;
}

/** What the block drafts after each token, `[n_tokens][n_vocab]`. */
async function drafts(path: string, tokens: Int32Array): Promise<Float32Array> {
  const out = join(scratch, 'drafts.f32');
  await runReference('stock-logits', path, out, ...tokensArgs(tokens, scratch), '--prediction', 'on');
  return readFloats(out);
}

/** Mean KL divergence of one's drafts from those of the full model, and the share of tokens after which both draft the same. */
function compared(full: Float32Array, own: Float32Array): { readonly kl: number; readonly same: number } {
  const width = full.length / N_TOKENS;
  const row = (logits: Float32Array, t: number): number[] => {
    const values = Array.from(logits.subarray(t * width, (t + 1) * width));
    const most = Math.max(...values);
    const sum = Math.log(values.reduce((total, x) => total + Math.exp(x - most), 0));
    return values.map((x) => x - most - sum);
  };
  let kl = 0;
  let same = 0;
  for (let t = 0; t < N_TOKENS; t++) {
    const [p, q] = [row(full, t), row(own, t)];
    kl += p.reduce((total, x, i) => total + Math.exp(x) * (x - q[i]!), 0) / N_TOKENS;
    same += Number(p.indexOf(Math.max(...p)) === q.indexOf(Math.max(...q))) / N_TOKENS;
  }
  return { kl, same };
}

const run = sampled(MODELS_WITH_PREDICTION.filter(({ isNotRun }) => !isNotRun));
/** How often the drafts are the whole model's, summed over the architectures: of one alone, so few tokens cannot tell. */
const sameDrafts = { own: 0, other: 0 };

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
      expect(largestError(own, stock.sums[name][0]!), name).toBeLessThan(MAX_SCORE_ERROR);
      if (name === 'count') expect(own.reduce((a, b) => a + b)).toBe(N_TOKENS * model.info.nExpertUsed);
    }
  });

  test('the other layers score to the bit what they score without it', async () => {
    const [alone] = await score(model.info, [tokens]);
    for (const name of SUMS) expect(sums[name].subarray(0, alone!.count.length), name).toEqual(alone![name]);
  });

  test('what is asked of memory beforehand holds its cache and the streams that it is fed with', async () => {
    const { prediction: _, ...without } = PLACED;
    const nCtx = 256;
    const context = {
      nCtx,
      nUbatch: N_TOKENS,
      nSlice: 0,
      kvType: 'f16',
      nSeqMax: 1,
      nLongest: 0,
      nThreads: 1,
    } as const;
    const bytes = async (how: LoadPlan): Promise<{ cache: number; compute: number }> => {
      const [uses] = await scoringMemory(backend, model.info, how, [context]);
      const sum = (part: 'cacheBytes' | 'computeBytes'): number => uses!.reduce((total, use) => total + use[part], 0);
      return { cache: sum('cacheBytes'), compute: sum('computeBytes') };
    };
    const [more, plain] = [await bytes(PLACED), await bytes(without)];
    const [layer] = modelShape(model, model.info.predictionLayers).layers.slice(-1);
    // prediction blocks attend to everything: they have no indexer
    const indexer = keyInteger(model.kv, `${subject.arch}.attention.indexer.key_length`) ?? 0;
    expect(more.cache - plain.cache).toBe(nCtx * 2 * (layer!.cachedElements - indexer));
    expect(more.compute - plain.compute).toBeGreaterThan(2 * nCtx * model.info.nEmbd! * 4);
  });

  test('read from the disk it scores the same to the bit', async () => {
    const mapped: LoadPlan = { ...PLACED, repack: 'none' };
    const [inMemory] = await score(scored, [tokens], { placed: mapped });
    const paging = { aheadBytes: 1 << 20, keepLayers: 0 };
    const [fromDisk] = await score(scored, [tokens], { placed: mapped, paging });
    expect(fromDisk).toEqual(inMemory);
  });

  test('demos side by side score what they score alone', async () => {
    const both = await score(scored, [tokens, tokens.toReversed()]);
    const layer = scored.moeLayers.length - 1;
    for (const name of SUMS) {
      const error = largestError(rowOf(both[0]![name], layer), rowOf(sums[name], layer));
      expect(error, name).toBeLessThan(MAX_SCORE_ERROR);
      expect(rowOf(both[1]![name], layer), name).not.toEqual(rowOf(both[0]![name], layer));
    }
  });

  test('a file keeps the experts of the block’s own scores, and drafts closer than by another layer’s', async () => {
    const matrix = scoreMatrix('easy-ep', sums, { nLayers: scored.moeLayers.length, nExpert: N_EXPERT });
    const { kept } = selectExperts(matrix, { keep: KEEP, nExpertUsed: model.info.nExpertUsed });
    const write = async (rows: readonly (readonly number[])[], name: string, nextn: 'scored' | 'reuse') => {
      const plan = planPrune(model, { kept: rows, nextn, output: join(scratch, `${subject.arch}-${name}.gguf`) });
      const written = await writeGguf(plan.file, { backend, overwrite: true });
      return { path: written.path, said: plan.warnings.map(({ code }) => code) };
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
    const [masked] = await score(scored, [tokens], { mask: kept });
    const file = await inspectModel(own.path, backend);
    const [cut] = await score(withPrediction(file.info, [block]), [tokens]);
    const last = scored.moeLayers.length - 1;
    const maskedRow = rowOf(masked!.gate, last);
    const cutRow = cut!.gate.subarray(last * KEEP, (last + 1) * KEEP);
    expect(
      largestError(
        kept.at(-1)!.map((expert) => maskedRow[expert]!),
        cutRow,
      ),
    ).toBeLessThan(1e-3);

    const full = await drafts(model.info.path, tokens);
    const byOwn = compared(full, await drafts(own.path, tokens));
    const other = await write(kept.slice(0, -1), 'other', 'reuse');
    const byOther = compared(full, await drafts(other.path, tokens));
    const dropped = await write(kept.slice(0, -1), 'dropped', 'scored');
    expect(dropped.said).toContain('predictionNotChosen');
    // where the cut of the other layers costs most, the block's own choice hardly shows
    expect(byOwn.kl).toBeLessThan(1.01 * byOther.kl);
    sameDrafts.own += byOwn.same;
    sameDrafts.other += byOther.same;
  });
});

test('over all of them, a block drafts the same more often by its own scores than by another layer’s', () => {
  expect(sameDrafts.own).toBeGreaterThan(sameDrafts.other);
});

test('blocks that llama.cpp has no graph for are not scored, and that is said', async () => {
  const subject = MODELS_WITH_PREDICTION.find(({ isNotRun }) => isNotRun)!;
  const generated = await withPredictionBlock(subject, scratch);
  const { info } = await inspectModel(generated, backend);
  expect(info.nextnLayers).toHaveLength(1);
  expect(info.predictionLayers).toBeUndefined();

  const model = await readingText(generated, join(scratch, 'not-run.gguf'), scratch, backend);
  const demos = join(scratch, 'few.jsonl');
  writeFileSync(demos, JSON.stringify({ text: 'One, two, three, four, five.' }));
  const winnow = commandLineHere(join(scratch, 'other-home'));
  const scoring = await winnow.call('score', model, '--demos', demos, '--gpu', 'off');
  expect(scoring.code, scoring.stderr).toBe(0);
  expect(scoring.stderr).toContain('are not scored: llama.cpp cannot run them');
  expect(scoring.stdout).toContain(`${info.moeLayers.length} MoE layers of 8 experts:`);
  const mask = join(scratch, 'not-run.json');
  writeFileSync(mask, await choiceTextFor(model, (expert) => expert < 4));
  const pruned = await winnow.call('prune', model, '--choice', mask, '-o', join(scratch, 'without.gguf'));
  expect(pruned.stderr).toContain('llama.cpp cannot run those of this model');
});

test('from demos to a file on the command line', async () => {
  const subject = MODELS_WITH_PREDICTION.find(({ arch }) => arch === 'glm4moe')!;
  const generated = await withPredictionBlock(subject, scratch);
  const model = await readingText(generated, join(scratch, 'glm.gguf'), scratch, backend);
  const { info } = await inspectModel(model, backend);
  const block = info.blockCount - 1;
  const demos = join(scratch, 'demos.jsonl');
  const texts = Array.from({ length: 4 }, (_, i) => `One, two, three, ${'four, five '.repeat(i + 4)}and so on.`);
  writeFileSync(demos, texts.map((text) => JSON.stringify({ text })).join('\n'));
  const [scores, mask, output] = ['scores.json', 'mask.json', 'pruned.gguf'].map((name) => join(scratch, name)) as [
    string,
    string,
    string,
  ];
  const winnow = commandLineHere(join(scratch, 'home'));
  const cpu = ['--gpu', 'off', '--threads', String(THREADS)];

  const inspected = await winnow.call('inspect', model);
  expect(inspected.stdout).toContain('1 block, scored by running them');
  const scoring = await winnow.call('score', model, '--demos', demos, '--out', scores, ...cpu);
  expect(scoring.code, scoring.stderr).toBe(0);
  expect(scoring.stdout).toContain('the last of them is a prediction block');
  const file = JSON.parse(readFileSync(scores, 'utf8')) as { model: { moe_layers: number[] } };
  expect(file.model.moe_layers).toEqual([...info.moeLayers, block]);
  const again = await winnow.call('score', model, '--demos', demos, ...cpu);
  expect(again.stdout).toContain('scored earlier');

  const chosen = await winnow.call('select', '--scores', scores, '--keep', String(KEEP), '-o', mask);
  expect(chosen.code, chosen.stderr).toBe(0);
  const pruned = await winnow.call('prune', model, '--choice', mask, '-o', output);
  expect(pruned.code, pruned.stderr).toBe(0);
  expect(pruned.stderr).toContain('run on the demos and scored like any layer');
  const result = await inspectModel(output, backend);
  expect(result.info).toMatchObject({ blockCount: info.blockCount, nextnLayers: [block], nExpert: KEEP });

  // a choice without it is one for the model, too, and the file then lacks the block
  const { kept } = JSON.parse(readFileSync(mask, 'utf8')) as ChoiceFile;
  expect(kept).toHaveLength(info.moeLayers.length + 1);
  writeFileSync(mask, await choiceTextFor(model, kept.slice(0, -1)));
  const short = await winnow.call('prune', model, '--choice', mask, '-o', output, '--force');
  expect(short.stderr).toContain('says nothing about theirs');
  expect((await inspectModel(output, backend)).info.nextnLayers).toEqual([]);
});
