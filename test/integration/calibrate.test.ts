// Calibration: the gradient that routers are fitted by, what leaves the device for it against unpatched llama.cpp, the file, the pruned
// model in unpatched llama.cpp, and when it is refused.
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CalibrateRequest } from '../../electron/contract/requests.ts';
import type { KeptExperts } from '../../electron/contract/kept-experts.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import type { CalibrationOutcome } from '../../electron/engine/write/calibrating/run-calibrate.ts';
import { Engine } from '../engine.ts';
import { appliesExpertScale } from '../../electron/engine/models/architecture-rules.ts';
import { blockMask } from '../../electron/engine/models/block-mask.ts';
import { inspectModel, type InspectedModel } from '../../electron/engine/models/inspect.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import type { PlannedTensor } from '../../electron/engine/write/pruning/planned-file.ts';
import { planPrune } from '../../electron/engine/write/pruning/plan.ts';
import { writeGgufFiles } from '../../electron/engine/write/pruning/write-gguf.ts';
import { scoreMatrix } from '../../electron/engine/experts/selection/criteria.ts';
import { chunkSequences } from '../../electron/engine/measure/evaluation/sequences.ts';
import { selectExperts } from '../../electron/engine/experts/selection/select.ts';
import type { FittedRouter } from '../../native/index.ts';
import { THOROUGH } from '../setup/thorough.ts';
import {
  editTensor,
  madeTensor,
  readingText,
  maxDifference,
  readBytes,
  seeGguf,
  stockLogits,
  tensorContents,
  tensorOf,
  tokensArgs,
  writeVariant,
  type Variant,
} from './gguf-tools.ts';
import { quantize } from './sample-half.ts';
import {
  architectureFiles,
  CPU,
  sampled,
  readFloats,
  REFERENCE,
  ROOT,
  run,
  runReference,
  SAMPLE,
  scratchDir,
  seededTokens,
} from './support.ts';

/** Alone: many small graphs that wait for each other are slow on cores that others use. */
const ONE_THREAD = { ...CPU, threads: 1 };
const scratch = scratchDir();
/** Workers for the models of the sweeps, one after the other: one reads and writes files, the other computes. */
const files = new Backend();
const computing = new Backend();
afterAll(() => Promise.all([files.close(), computing.close()]));

test('the gradient of the error, for every kind of gate, is that of differences', async () => {
  const found = JSON.parse(await runReference('router-gradient')) as Record<string, number>;
  const { 'left of the error': left, ...differences } = found;
  // the products of the outputs are stored in single precision
  for (const [gate, difference] of Object.entries(differences)) expect(difference, gate).toBeLessThan(1e-5);
  expect(Object.keys(differences)).toHaveLength(16);
  expect(Math.abs(left!)).toBeLessThan(1e-3);
});

describe('what leaves the device', () => {
  const SEQUENCES = [24, 31] as const;
  /** In these architectures, all demos pass at once only where they are as long as each other. */
  const RECURRENT = ['bailingmoe3', 'kimi-linear', 'lfm2moe', 'minimax-01', 'qwen35moe', 'qwen3next'];
  /** Single precision, over the blocks of these models: at most 7e-6. */
  const MAX_ERROR = 1e-4;
  /** By name: their blocks or caches are of another kind. */
  const REFUSED: Readonly<Record<string, RegExp>> = {
    afmoe: /projected or normalised/,
    deepseek4: /several residual streams/,
    grok: /projected or normalised/,
    grovemoe: /router is no part/,
    hy_v4: /several residual streams/,
    'kimi-k3': /router is no part/,
    llama4: /router is no part/,
    qwen4exp: /several residual streams/,
    smallthinker: /router is no part/,
  };
  /** No MoE block runs in what llama.cpp's generator writes of them. */
  const NONE = ['ernie4_5', 'paddleocr', 'refact'];
  const tested = sampled(
    architectureFiles().filter(({ name }) => !NONE.includes(name)),
    3,
  );

  /** Routers that stay as they are, so that the errors are those of the pruned model. */
  async function errorsOf(model: InspectedModel, kept: KeptExperts, sequences: Int32Array[], folder: string) {
    const { info } = model;
    const { nLayers } = await loadModel(computing, info, ONE_THREAD);
    const how = {
      sequences,
      folder,
      nBlocks: info.moeLayers.length,
      nCtx: 256,
      nUbatch: 55,
      nSlice: 7,
      kvType: 'f16' as const,
      nSeqMax: 2,
      nLongest: 31,
      nThreads: 1,
    };
    await computing.call('recordStreams', how);
    const mask = blockMask(kept, info, nLayers);
    await computing.call('setMask', { mask, ungrouped: info.nExpertGroups > 1 });
    const aside = Int32Array.of(1);
    const fit = { aside, streams: folder, nCandidates: 4, scales: false, rate: 1e-12, epochs: 1, seed: 1 };
    return computing.call('fitRouters', { ...how, ...fit });
  }

  test.each(tested)('$name', async ({ name, path }) => {
    const folder = join(scratch, name);
    mkdirSync(folder);
    const model = await inspectModel(path, files);
    const { info } = model;
    const kept = info.moeLayers.map((_, layer) => (layer % 2 === 0 ? [1, 2, 4, 5, 7] : [0, 2, 3, 6, 7]));
    const nVocab = model.tensors.find((tensor) => tensor.name === 'token_embd.weight')!.ne[1]!;
    const lengths = RECURRENT.includes(name) ? [SEQUENCES[0], SEQUENCES[0]] : SEQUENCES;
    const sequences = lengths.map((length, i) => seededTokens(length, nVocab, 3 + i));
    const refused = REFUSED[name];
    if (refused) {
      await expect(errorsOf(model, kept, sequences, folder)).rejects.toMatchObject({
        code: 'ARCH_REFUSED',
        message: expect.stringMatching(refused) as string,
      });
      return;
    }
    const fitted = await errorsOf(model, kept, sequences, folder);
    expect(fitted.map(({ block }) => block)).toEqual(info.moeLayers);

    const plan = planPrune(model, { kept, output: join(folder, 'pruned.gguf') });
    const [pruned] = await writeGgufFiles(plan.files, { backend: files });
    const [aside] = sequences.slice(1);
    const streams: Float32Array[] = [];
    for (const file of [path, pruned!.path]) {
      const out = join(folder, 'streams.f32');
      await runReference('stock-streams', file, out, ...tokensArgs(aside!, folder));
      streams.push(readFloats(out));
    }
    fitted.forEach(({ before }, layer) => {
      const expected = meanError(streams[0]!, streams[1]!, layer, fitted.length, aside!.length);
      expect(Math.abs(before / expected - 1), `block ${layer}`).toBeLessThan(MAX_ERROR);
    });
  });

  /** The mean of the tokens' squared distances between two streams, in units of the first's square. */
  function meanError(full: Float32Array, own: Float32Array, layer: number, layers: number, tokens: number): number {
    const width = full.length / layers / tokens;
    let mean = 0;
    for (let token = 0; token < tokens; token++) {
      const at = (layer * tokens + token) * width;
      let distance = 0;
      let square = 0;
      for (let i = at; i < at + width; i++) {
        distance += (full[i]! - own[i]!) ** 2;
        square += full[i]! ** 2;
      }
      mean += distance / square / tokens;
    }
    return mean;
  }
});

test.each(sampled(architectureFiles(), 3))(
  'llama.cpp applies a factor for each expert in $name only where Winnow says so',
  async ({ name, path }) => {
    const { info, tensors } = await inspectModel(path, files);
    const blocks = info.moeLayers;
    if (!tensors.some((tensor) => tensor.name.endsWith('ffn_down_exps.weight'))) return;
    const scaled = await writeVariant(path, join(scratch, `${name}-scaled.gguf`), {
      tensors: (own) => [
        // the generator writes them all, whether they are applied or not
        ...own.filter((tensor) => !tensor.name.endsWith('.ffn_down_exps.scale')),
        ...blocks.map((block) =>
          madeTensor(
            scratch,
            `blk.${block}.ffn_down_exps.scale`,
            [info.nExpert],
            new Float32Array(info.nExpert).fill(0.5),
          ),
        ),
      ],
    });
    const tokens = seededTokens(16, tensors.find((tensor) => tensor.name === 'token_embd.weight')!.ne[1]!, 5);
    const difference = maxDifference(
      await stockLogits(scaled, tokens, scratch),
      await stockLogits(path, tokens, scratch),
    );
    expect(difference > 0, info.arch).toBe(appliesExpertScale(info.arch));
  },
);

test('demos of a model that keeps a state pass together at one length', async () => {
  const folder = join(scratch, 'recurrent');
  mkdirSync(folder);
  const source = architectureFiles().find(({ name }) => name === 'qwen3next')!.path;
  using backend = new Backend();
  const { info } = await inspectModel(source, backend);
  const model = await readingText(source, join(folder, 'model.gguf'), folder, backend);
  const demos = join(folder, 'demos.jsonl');
  const texts = Array.from({ length: 14 }, (_, i) => 'one two three four five six seven. '.repeat(i === 0 ? 1 : 6 + i));
  writeFileSync(demos, texts.map((text) => JSON.stringify({ text })).join('\n'));
  const engine = new Engine({ home: join(folder, 'home') });
  const { cost, gate, blocks } = await engine.calibrate({
    model,
    grouping: 'ungrouped',
    demos: { kind: 'files', files: [demos] },
    limit: 20,
    maxTokens: 40,
    placement: ONE_THREAD,
    output: join(folder, 'out.gguf'),
    overwrite: false,
    dryRun: false,
    kept: info.moeLayers.map(() => [0, 1, 2, 3, 4, 5]),
  });
  await engine.close();
  // the shortest is left out
  expect(cost.demos).toEqual({ fitted: 5, aside: 4, judging: 4 });
  expect(cost.tokens).toBe(9 * 40);
  expect(gate?.demos).toBe(4);
  expect(blocks.map(({ block }) => block)).toEqual(info.moeLayers);
  for (const { routers, down } of blocks) {
    expect(routers!.before).toBeGreaterThan(0);
    expect(routers!.after).toBeLessThanOrEqual(routers!.before);
    expect(down!.after).toBeLessThan(down!.before);
  }
});

describe('the sample, a quarter of its experts kept', () => {
  const engine = new Engine({ home: join(scratch, 'home') });
  const demos = { kind: 'files', files: [join(ROOT, 'resources/sample/demos/math.jsonl')] } as const;
  const output = join(scratch, 'calibration.gguf');
  const request = (more: Partial<CalibrateRequest>): CalibrateRequest => ({
    model: SAMPLE,
    grouping: 'ungrouped',
    demos: { ...demos, files: [...demos.files] },
    limit: 40,
    maxTokens: 200,
    placement: ONE_THREAD,
    output,
    overwrite: false,
    dryRun: false,
    parts: ['routers'],
    ...more,
  });
  const keptOf = new Map<number, KeptExperts>();
  let outcome: CalibrationOutcome;

  beforeAll(async () => {
    const scored = await engine.score({
      model: SAMPLE,
      demos: { ...demos, files: [...demos.files] },
      limit: 12,
      maxTokens: 100,
      nUbatch: 512,
      placement: ONE_THREAD,
      fresh: false,
    });
    const shape = { nLayers: scored.info.moeLayers.length, nExpert: scored.info.nExpert };
    const scores = scoreMatrix('easy-ep', scored.total, shape);
    for (const keep of [8, 16]) {
      keptOf.set(keep, selectExperts(scores, { keep, nExpertUsed: scored.info.nExpertUsed }).kept);
    }
    outcome = await engine.calibrate(request({ kept: keptOf.get(8)! }));
    return () => engine.close();
  });

  const prune = (target: string, more: { calibration?: string; kept?: KeptExperts; width?: number } = {}) =>
    engine.prune({
      model: SAMPLE,
      kept: keptOf.get(8)!,
      output: target,
      grouping: 'ungrouped',
      nextn: 'reuse',
      split: 'single',
      allowFewerUsed: false,
      overwrite: false,
      dryRun: false,
      ...more,
    });

  test('is clearly better, and says by how much', () => {
    const { gate, file, blocks, cost } = outcome;
    expect(gate).toMatchObject({ kept: true, demos: 10 });
    expect(gate!.kl.difference.high).toBeLessThan(0);
    expect(gate!.kl.after.value).toBeLessThan(0.9 * gate!.kl.before.value);
    expect(file?.path).toBe(output);
    expect(cost).toMatchObject({ demos: { fitted: 26, aside: 4, judging: 10 }, candidates: 8 });
    expect(blocks.every(({ routers, down }) => routers!.after <= routers!.before && down === null)).toBe(true);
    expect(readdirSync(join(engine.context.home, 'repairs'))).toEqual([]);
  });

  test('the pruned file has the calibrated routers, and all else as without them', async () => {
    await prune(join(scratch, 'plain.gguf'));
    const written = await prune(join(scratch, 'fitted.gguf'), { calibration: output });
    expect(written.bytes).toBe(written.files[0]!.bytes);
    const plain = await seeGguf(join(scratch, 'plain.gguf'));
    const fitted = await seeGguf(join(scratch, 'fitted.gguf'));
    const own = await seeGguf(output);
    const isFitted = (tensor: object): boolean => /ffn_gate_inp\.weight/.test((tensor as { name: string }).name);
    const [ofPlain, ofFitted] = [tensorContents(plain), tensorContents(fitted)];
    expect(ofFitted.filter((tensor) => !isFitted(tensor))).toEqual(ofPlain.filter((tensor) => !isFitted(tensor)));
    const byName = (a: object, b: object): number => JSON.stringify(a).localeCompare(JSON.stringify(b));
    expect(ofFitted.filter(isFitted).sort(byName)).toEqual(tensorContents(own).sort(byName));
    expect(ofFitted.filter(isFitted)).toHaveLength(6);
    expect(ofFitted).toHaveLength(ofPlain.length);
    const added = [...fitted.keys.keys()].filter((key) => !plain.keys.has(key));
    expect(added).toEqual(['winnow.calibration']);
    expect(JSON.parse(String(fitted.keys.get('winnow.calibration')?.value))).toMatchObject({ gate: outcome.gate });
  });

  test('unpatched llama.cpp gives the perplexity that was foretold', async () => {
    const text = join(ROOT, 'resources/sample/eval/math.txt');
    const args = [
      '-m',
      join(scratch, 'fitted.gguf'),
      '-f',
      text,
      '-c',
      '256',
      '--chunks',
      '4',
      '--no-escape',
      '-t',
      '1',
    ];
    const { stdout, stderr } = await run(join(REFERENCE, 'stock-perplexity'), args);
    const found = Number(/Final estimate: PPL = ([\d.]+)/.exec(stdout + stderr)?.[1]);

    using backend = new Backend();
    const { info } = await inspectModel(SAMPLE, backend);
    const { nLayers } = await loadModel(backend, info, ONE_THREAD);
    const [tokens] = await backend.call('tokenize', {
      texts: [{ text: readBytes(text, 0, 20_000).toString(), addSpecial: true, parseSpecial: false }],
    });
    const perplexity = async (): Promise<number> => {
      const { tokens: read, ends, scored } = chunkSequences(tokens!, { ctx: 256, chunks: 4 });
      const sizes = { bos: true, nBatch: 256, nRows: 256, nUbatch: 256, nThreads: 1 };
      const how = { tokens: read, ends, scored, ...sizes, baseOut: null, baseIn: null };
      const { nll } = await backend.call('perplexity', how);
      return Math.exp(nll.reduce((sum, nats) => sum + nats, 0) / nll.length);
    };
    await backend.call('setMask', { mask: blockMask(keptOf.get(8)!, info, nLayers), ungrouped: false });
    const unfitted = await perplexity();
    await backend.call('setRouters', { routers: await routersOf(output, info.moeLayers) });
    const foretold = await perplexity();
    expect(Math.abs(found / foretold - 1)).toBeLessThan(0.005);
    expect(foretold).toBeLessThan(0.97 * unfitted);
  });

  async function routersOf(path: string, blocks: readonly number[]): Promise<FittedRouter[]> {
    const file = await seeGguf(path);
    const floats = (name: string): Float32Array => {
      const { offset, bytes } = tensorOf(file, name);
      return new Float32Array(Uint8Array.from(readBytes(path, offset, bytes)).buffer);
    };
    return blocks.map((block) => ({
      block,
      rows: floats(`blk.${block}.ffn_gate_inp.weight`),
      scales: null,
    }));
  }

  describe('a calibration that was changed is refused by its name and the tensor', () => {
    const FACTS = 'winnow.calibration';
    const ROWS = 'blk.2.ffn_gate_inp.weight';
    const changed = join(scratch, 'changed.gguf');
    const refused = join(scratch, 'refused.gguf');
    /** Changes some floats of a tensor in a copy. */
    const edit = async (name: string, change: (values: Float32Array) => void): Promise<void> => {
      copyFileSync(output, changed);
      editTensor(changed, tensorOf(await seeGguf(changed), name), (bytes) =>
        change(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)),
      );
    };
    const tensors = (change: NonNullable<Variant['tensors']>, more: Variant = {}) =>
      writeVariant(output, changed, { ...more, tensors: change });
    const norm = (): PlannedTensor => madeTensor(scratch, 'output_norm.weight', [256], new Float32Array(256));

    /** As versions wrote it that fitted a factor for each expert. */
    const asOlder = async (factor: number): Promise<unknown> => {
      const { parts: _, ...said } = JSON.parse(String((await seeGguf(output)).keys.get(FACTS)?.value)) as Record<
        string,
        unknown
      >;
      const factors = Array.from({ length: 6 }, (__, block) =>
        madeTensor(scratch, `blk.${block}.ffn_down_exps.scale`, [8], new Float32Array(8).fill(factor)),
      );
      const value = JSON.stringify({ ...said, scales: true });
      return tensors((own) => [...own, ...factors], {
        set: [{ key: FACTS, type: 'string', value }],
        remove: ['winnow.calibration.sha256'],
      });
    };

    test.each<[string, () => Promise<unknown>, RegExp]>([
      ['a value that is no number', () => edit(ROWS, (values) => (values[7] = NaN)), /ffn_gate_inp.*not finite/],
      [
        'one beyond what a fit reaches',
        () => edit(ROWS, (values) => (values[7] = 1000)),
        /blk\.2.*the fit starts from .* and goes no farther/,
      ],
      ['a factor beyond that', () => asOlder(-40), /blk\.0.*scale.*goes no farther/],
      ['a value a little off', () => edit(ROWS, (values) => (values[7]! += 1e-3)), /was changed since it was written/],
      [
        'a norm of zeros beside the routers',
        () => tensors((own) => [...own, norm()]),
        /output_norm\.weight is not among the fitted tensors/,
      ],
      ['a router in the place of a norm', () => tensors((own) => [norm(), ...own.slice(1)]), /is missing/],
      [
        'a router of another shape',
        () => tensors((own) => own.map((one) => (one.name === ROWS ? { ...one, ne: [128, 16] } : one))),
        /128 × 16 in F32 instead of 256 × 8/,
      ],
      [
        'facts of something else',
        async () => {
          const said = JSON.parse(String((await seeGguf(output)).keys.get(FACTS)?.value)) as object;
          const value = JSON.stringify({ ...said, demos: 4000 });
          return tensors((own) => own, { set: [{ key: FACTS, type: 'string', value }] });
        },
        /was changed since it was written/,
      ],
    ])('%s', async (_, change, says) => {
      await change();
      await expect(prune(refused, { calibration: changed })).rejects.toMatchObject({
        code: 'MASK_INVALID',
        message: expect.stringMatching(says) as string,
      });
      expect(existsSync(refused)).toBe(false);
    });

    test('one with a factor for each expert is taken as it is', async () => {
      await asOlder(0.9);
      const target = join(scratch, 'factors.gguf');
      await prune(target, { calibration: changed });
      const factors = tensorOf(await seeGguf(target), 'blk.3.ffn_down_exps.scale');
      expect(factors).toMatchObject({ type: 'F32', bytes: 32 });
    });

    test('of one that holds no hash, as older versions wrote it, that is said', async () => {
      await tensors((own) => own, { remove: ['winnow.calibration.sha256'] });
      const { warnings } = await prune(join(scratch, 'older.gguf'), { calibration: changed });
      expect(warnings).toContainEqual(expect.stringContaining(`${changed} was written by an older version`));
      const [older, whole] = await Promise.all([
        seeGguf(join(scratch, 'older.gguf')),
        seeGguf(join(scratch, 'fitted.gguf')),
      ]);
      expect(tensorContents(older)).toEqual(tensorContents(whole));
    });
  });

  test('llama-quantize and Winnow quantise it with its routers', async () => {
    const fitted = join(scratch, 'fitted.gguf');
    const [ours, stock] = [join(scratch, 'ours.gguf'), join(scratch, 'stock.gguf')];
    const options = { type: 'Q4_0', allowRequantize: true, rules: {} } as const;
    const sizes = { split: 'single', overwrite: false, dryRun: false } as const;
    await engine.run('quantise', { model: fitted, output: ours, quantise: options, ...sizes });
    await quantize(fitted, stock, 'Q4_0');
    expect(tensorContents(await seeGguf(ours))).toEqual(tensorContents(await seeGguf(stock)));
  });

  test('routers and down matrices together are judged once, and pruning takes both', async () => {
    const both = join(scratch, 'both.gguf');
    const { gate, file, blocks, cost } = await engine.calibrate(
      request({ kept: keptOf.get(8)!, output: both, parts: ['routers', 'down'] }),
    );
    expect(gate!.kept).toBe(true);
    expect(gate!.kl.before.value).toBeCloseTo(outcome.gate!.kl.before.value, 6);
    expect(gate!.kl.after.value).toBeLessThan(0.9 * outcome.gate!.kl.after.value);
    expect(blocks.every(({ routers, down }) => routers !== null && down!.after < down!.before)).toBe(true);
    expect(cost.scratchBytes).toBeGreaterThan(outcome.cost.scratchBytes);
    expect(file?.path).toBe(both);
    const repaired = join(scratch, 'repaired.gguf');
    await prune(repaired, { calibration: both });
    const [plain, own, written] = await Promise.all([
      seeGguf(join(scratch, 'plain.gguf')),
      seeGguf(both),
      seeGguf(repaired),
    ]);
    const isFitted = (tensor: object): boolean =>
      /(ffn_gate_inp|ffn_down_exps)\.weight$/.test((tensor as { name: string }).name);
    const byName = (a: object, b: object): number => JSON.stringify(a).localeCompare(JSON.stringify(b));
    expect(tensorContents(own)).toHaveLength(12);
    expect(tensorContents(written).filter(isFitted).sort(byName)).toEqual(tensorContents(own).sort(byName));
    const others = (of: typeof plain): object[] => tensorContents(of).filter((tensor) => !isFitted(tensor));
    expect(others(written)).toEqual(others(plain));

    const narrow = prune(join(scratch, 'narrow.gguf'), { calibration: both, width: 0.75 });
    await expect(narrow).rejects.toMatchObject({ code: 'USAGE', sentence: { code: 'calibrationWidth' } });
  });

  test('a dry run takes it where the model was never read whole', async () => {
    const elsewhere = new Engine({ home: join(scratch, 'elsewhere') });
    const planned = await elsewhere.prune({
      model: SAMPLE,
      kept: keptOf.get(8)!,
      output: join(scratch, 'planned.gguf'),
      grouping: 'ungrouped',
      nextn: 'reuse',
      split: 'single',
      allowFewerUsed: false,
      overwrite: false,
      dryRun: true,
      calibration: output,
    });
    await elsewhere.close();
    expect(planned.bytes).toBeGreaterThan(0);
    expect(existsSync(join(scratch, 'planned.gguf'))).toBe(false);
  });

  test('down matrices alone are taken, too', async () => {
    const [alone, repaired] = [join(scratch, 'down.gguf'), join(scratch, 'repaired-alone.gguf')];
    const { gate, file, cost } = await engine.calibrate(
      request({ kept: keptOf.get(8)!, output: alone, parts: ['down'], limit: 20 }),
    );
    expect(gate!.kept).toBe(true);
    expect(cost.candidates).toBe(0);
    expect(file?.path).toBe(alone);
    await prune(repaired, { calibration: alone });
    const [own, written] = await Promise.all([seeGguf(alone), seeGguf(repaired)]);
    const downs = tensorContents(own);
    expect(downs).toHaveLength(6);
    expect(tensorContents(written)).toEqual(expect.arrayContaining(downs));
  });

  test('with half of them nothing is to be gained: no file', async () => {
    const half = join(scratch, 'half.gguf');
    const { gate, file } = await engine.calibrate(request({ kept: keptOf.get(16)!, output: half, limit: 20 }));
    expect(gate?.kept).toBe(false);
    expect(file).toBeNull();
  });

  test('a calibration of other experts is refused by name', async () => {
    const wrong = prune(join(scratch, 'wrong.gguf'), { calibration: output, kept: keptOf.get(16)! });
    await expect(wrong).rejects.toMatchObject({
      code: 'MASK_INVALID',
      message: expect.stringContaining(output) as string,
    });
    const none = prune(join(scratch, 'wrong.gguf'), { calibration: join(scratch, 'plain.gguf') });
    await expect(none).rejects.toMatchObject({ code: 'MASK_INVALID' });
  });

  test('a dry run computes nothing and says what it takes', async () => {
    const { cost, gate, file } = await engine.calibrate(
      request({ kept: keptOf.get(8)!, output: join(scratch, 'dry.gguf'), dryRun: true }),
    );
    expect([gate, file]).toEqual([null, null]);
    expect(cost.seconds.likely).toBeGreaterThan(0);
    expect(cost.scratchBytes).toBeGreaterThan(4 * 6 * 256 * cost.tokens);
  });

  test('too few demos are refused', async () => {
    await expect(
      engine.calibrate(request({ kept: keptOf.get(8)!, output: join(scratch, 'few.gguf'), limit: 11 })),
    ).rejects.toMatchObject({ code: 'DEMOS_EMPTY' });
  });

  test.runIf(THOROUGH)('one that was cancelled goes on where it stopped, to the same bytes', async () => {
    const again = join(scratch, 'again.gguf');
    const stop = new AbortController();
    const begun = engine.calibrate(request({ kept: keptOf.get(8)!, output: again }), {
      signal: stop.signal,
      // two blocks are fitted
      onProgress: ({ done }) => {
        if (done >= 450) stop.abort();
      },
    });
    await expect(begun).rejects.toMatchObject({ code: 'CANCELLED' });
    const folders = readdirSync(join(engine.context.home, 'repairs'));
    const ofFit = folders.find((name) => name.startsWith('calibration-'))!;
    const left = readdirSync(join(engine.context.home, 'repairs', ofFit));
    expect(left.filter((name) => /^router-\d$/.test(name)).length).toBeGreaterThanOrEqual(2);
    const { file } = await engine.calibrate(request({ kept: keptOf.get(8)!, output: again }));
    expect(file?.sha256).toBe(outcome.file?.sha256);
  });
});
