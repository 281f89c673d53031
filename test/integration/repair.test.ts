// Repair: the fit of down matrices against an independent solution, blocks of every architecture against unpatched llama.cpp, the repaired
// file, and when it is refused.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { FittedDown } from '../../electron/engine/base/backend/protocol.ts';
import { REPAIR_TOKENS } from '../../electron/contract/repair.ts';
import type { PruneRequest } from '../../electron/contract/requests.ts';
import { Engine } from '../engine.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { inspectModel, type InspectedModel } from '../../electron/engine/models/inspect.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { prepareScore } from '../../electron/engine/experts/scoring/prepare-scoring.ts';
import { listExports } from '../../electron/engine/store/exports.ts';
import { idleTask } from '../../electron/engine/store/task.ts';
import { judge } from '../../electron/engine/write/repairing/gate.ts';
import { planCopy, planPrune } from '../../electron/engine/write/pruning/plan.ts';
import { writeGguf } from '../../electron/engine/write/pruning/write-gguf.ts';
import { repairDemos, type RepairDemos } from '../../electron/engine/write/repairing/repair-demos.ts';
import { fittedTensors } from '../../electron/engine/write/repairing/repair-file.ts';
import { pruneModel, repairAlike } from '../../electron/engine/write/repairing/write-model.ts';
import { recordTeacher } from '../../electron/engine/write/repairing/teacher.ts';
import { editTensor, readingText, seeGguf, tensorContents, tokensArgs } from './gguf-tools.ts';
import {
  architectureFiles,
  commandLineHere,
  CPU,
  readFloats,
  ROOT,
  runReference,
  SAMPLE,
  sampled,
  scratchDir,
  seededTokens,
  PRUNE_OPTIONS,
} from './support.ts';

/** Alone: many small graphs that wait for each other are slow on cores that others use. */
const ONE_THREAD = { ...CPU, threads: 1 };
const scratch = scratchDir();
/** Workers for the models of the sweeps, one after the other: one reads and writes files, the other computes. */
const files = new Backend();
const computing = new Backend();
afterAll(() => Promise.all([files.close(), computing.close()]));

test('the matrices are those of the same problem solved at once, whatever number of threads solves it', async () => {
  const found = JSON.parse(await runReference('down-fit')) as Record<string, number>;
  expect(found.difference).toBeLessThan(1e-4);
  expect(found.left).toBeLessThan(1e-5);
  expect(found.importance).toBeLessThan(1e-5);
  expect(found.sameByThreads).toBe(true);
  expect(found.unreached).toBe(0);
});

describe('blocks of a pruned model', () => {
  const SEQUENCES = [24, 31] as const;
  /** In these architectures, all demos pass at once only where they are as long as each other. */
  const RECURRENT = ['bailingmoe3', 'kimi-linear', 'lfm2moe', 'minimax-01', 'qwen35moe', 'qwen3next'];
  /** Single precision, over the blocks of these models, in units of the error before the fit: what is left may be next to nothing. */
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

  async function fitted(
    model: InspectedModel,
    pruned: InspectedModel,
    sequences: Int32Array[],
    folder: string,
  ): Promise<FittedDown[]> {
    const nBlocks = model.info.moeLayers.length;
    const lengths = sequences.map(({ length }) => length);
    const nUbatch = lengths.reduce((sum, length) => sum + length, 0);
    const nLongest = Math.max(...lengths);
    const context = { nCtx: Math.max(256, nUbatch), nUbatch, nSlice: 7, kvType: 'f16' as const, nSeqMax: 2, nLongest };
    const how = { sequences, folder, nBlocks, ...context, nThreads: 1 };
    const streams = join(folder, 'streams');
    mkdirSync(streams);
    await loadModel(computing, model.info, ONE_THREAD);
    await computing.call('recordStreams', { ...how, folder: streams });
    const { parts } = pruned.info;
    const onHost = { devices: [], gpuLayers: 0, deviceLayers: [], cpuExpertBlocks: [], repack: 'others' as const };
    await computing.call('load', { parts: [...parts], ...onHost, vocabOnly: false });
    return computing.call('fitDown', { ...how, streams, ridge: 1, sweeps: 2 });
  }

  test.each(tested)('$name', async ({ name, path }) => {
    const folder = join(scratch, name);
    mkdirSync(folder);
    const model = await inspectModel(path, files);
    const { info } = model;
    const kept = info.moeLayers.map((_, layer) => (layer % 2 === 0 ? [1, 2, 4, 5, 7] : [0, 2, 3, 6, 7]));
    const plan = planPrune(model, { kept, output: join(folder, 'pruned.gguf') });
    const written = await writeGguf(plan.file, { backend: files });
    const pruned = await inspectModel(written.path, files);
    const nVocab = model.tensors.find((tensor) => tensor.name === 'token_embd.weight')!.ne[1]!;
    const lengths = RECURRENT.includes(name) ? [SEQUENCES[0], SEQUENCES[0]] : SEQUENCES;
    const sequences = lengths.map((length, i) => seededTokens(length, nVocab, 3 + i));
    const refused = REFUSED[name];
    if (refused) {
      await expect(fitted(model, pruned, sequences, folder)).rejects.toMatchObject({
        code: 'ARCH_REFUSED',
        message: expect.stringMatching(refused) as string,
      });
      return;
    }
    const blocks = await fitted(model, pruned, sequences, folder);
    expect(blocks.map(({ block }) => block)).toEqual(info.moeLayers);
    for (const { block, before, after, reached } of blocks) {
      expect(reached, `block ${block}`).toBeGreaterThan(0);
      expect(after, `block ${block}`).toBeLessThan(before);
    }

    // in unpatched llama.cpp the file has the very errors that were told
    const changed = fittedTensors(blocks, pruned);
    const repaired = await writeGguf(planCopy(pruned, join(folder, 'repaired.gguf'), changed), {
      backend: files,
    });
    const full = await streamsOf(path, sequences, folder);
    const own = await streamsOf(repaired.path, sequences, folder);
    const tokens = sequences.reduce((sum, { length }) => sum + length, 0);
    blocks.forEach(({ before, after, block }, layer) => {
      const error = sequences.reduce(
        (sum, { length }, i) => sum + (length / tokens) * meanError(full[i]!, own[i]!, layer, blocks.length, length),
        0,
      );
      expect(Math.abs(after - error) / before, `block ${block}`).toBeLessThan(MAX_ERROR);
    });
  });

  test.each(['olmoe', 'qwen2moe'])(
    '%s: kept gates grow when others go, and the matrices take that back',
    async (name) => {
      const folder = join(scratch, `${name}-gates`);
      mkdirSync(folder);
      const { path } = architectureFiles().find((file) => file.name === name)!;
      // two of eight take their share of the gates, and add nothing
      const idle = join(folder, 'idle.gguf');
      copyFileSync(path, idle);
      const seen = await seeGguf(idle);
      for (const tensor of seen.tensors.filter(({ name }) => /ffn_(down_exps|gate_inp)\.weight$/.test(name))) {
        editTensor(idle, tensor, (bytes) => bytes.fill(0, (6 * bytes.length) / 8));
      }
      const model = await inspectModel(idle, files);
      const kept = model.info.moeLayers.map(() => [0, 1, 2, 3, 4, 5]);
      const plan = planPrune(model, { kept, output: join(folder, 'pruned.gguf') });
      const written = await writeGguf(plan.file, { backend: files });
      // few words, so that the fit has seen what comes later
      const pruned = await inspectModel(written.path, files);
      const blocks = await fitted(model, pruned, [seededTokens(900, 32, 3)], folder);
      const changed = fittedTensors(blocks, pruned);
      const repaired = await writeGguf(planCopy(pruned, join(folder, 'repaired.gguf'), changed), {
        backend: files,
      });
      const other = [seededTokens(100, 32, 4)];
      const [full] = await streamsOf(idle, other, folder);
      const errorOf = async (file: string): Promise<number> =>
        meanError(full!, (await streamsOf(file, other, folder))[0]!, 0, blocks.length, 100);
      expect(await errorOf(repaired.path)).toBeLessThan(0.75 * (await errorOf(pruned.info.path)));
    },
  );

  /** The streams behind the blocks in unpatched llama.cpp, of each sequence. */
  async function streamsOf(file: string, sequences: readonly Int32Array[], folder: string): Promise<Float32Array[]> {
    const out = join(folder, 'streams.f32');
    const streams: Float32Array[] = [];
    for (const tokens of sequences) {
      await runReference('stock-streams', file, out, ...tokensArgs(tokens, folder));
      streams.push(readFloats(out));
    }
    return streams;
  }

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

/** Experts of the sample that python needs least, by EASY-EP. */
const OF_PYTHON = [
  [0, 2, 3, 5, 6, 8, 11, 19, 20, 22, 26, 27],
  [2, 4, 6, 16, 18, 21, 22, 24, 25, 28, 29, 31],
  [6, 9, 10, 18, 20, 22, 23, 25, 27, 28, 29, 31],
  [3, 4, 7, 8, 11, 12, 17, 18, 20, 21, 26, 29],
  [0, 2, 3, 4, 11, 12, 15, 16, 19, 21, 23, 27],
  [5, 6, 7, 9, 12, 14, 15, 17, 19, 23, 25, 30],
];

describe('the sample, a quarter of its experts kept', () => {
  const engine = new Engine({ home: join(scratch, 'home') });
  afterAll(() => engine.close());
  const demos = { kind: 'files' as const, files: [join(ROOT, 'resources/sample/demos/math.jsonl')] };
  const repair = { demos, limit: 24, placement: ONE_THREAD };
  const kept = Array.from({ length: 6 }, (_, layer) => Array.from({ length: 8 }, (__, i) => i * 4 + (layer % 4)));
  const prune = (output: string, more: Partial<PruneRequest> = {}) =>
    engine.prune({
      model: SAMPLE,
      kept,
      output,
      ...PRUNE_OPTIONS,
      ...more,
    });
  const isDown = ({ name }: { readonly name: string }): boolean => name.endsWith('.ffn_down_exps.weight');

  test('is repaired in its place, and all but its down matrices stays', async () => {
    const plain = join(scratch, 'plain.gguf');
    const repaired = join(scratch, 'in-place.gguf');
    await prune(plain);
    const outcome = await prune(repaired, { repair });
    const { facts, leftOut } = outcome.repair!;
    expect(leftOut).toBeNull();
    expect(facts).toMatchObject({ parts: ['down'], demos: 18, gate: { demos: 6, kept: true }, ridge: 0.3 });
    expect(facts!.gate.kl.difference.high).toBeLessThan(0);
    expect(facts!.gate.kl.after.value).toBeLessThan(0.7 * facts!.gate.kl.before.value);
    expect(facts!.seen).toHaveLength(24);

    const [before, after] = [await seeGguf(plain), await seeGguf(repaired)];
    const [ofPlain, ofRepaired] = [tensorContents(before), tensorContents(after)] as { name: string }[][];
    expect(ofRepaired!.filter((tensor) => !isDown(tensor))).toEqual(ofPlain!.filter((tensor) => !isDown(tensor)));
    expect(ofRepaired!.filter(isDown)).toHaveLength(6);
    expect(ofRepaired!.filter(isDown)).not.toEqual(ofPlain!.filter(isDown));
    const added = [...after.keys.keys()].filter((key) => !before.keys.has(key));
    expect(added).toEqual(['winnow.repair']);
    expect(JSON.parse(String(after.keys.get('winnow.repair')?.value))).toEqual(facts);

    const inspected = await commandLineHere(join(scratch, 'home')).call('inspect', repaired);
    const { before: was, after: is } = facts!.gate.kl;
    expect(inspected.stdout).toContain(
      `repaired        the experts’ down matrices, fitted to 18 demos; KL divergence from the full model ${was.value.toFixed(4)} to ${is.value.toFixed(4)} nats on 6 other demos`,
    );

    // the row says what lies there
    const row = listExports(engine.context.store).find(({ id }) => id === outcome.exportId)!;
    expect(outcome.sha256).toBe(createHash('sha256').update(readFileSync(repaired)).digest('hex'));
    expect(row).toMatchObject({
      state: 'done',
      sha256: outcome.sha256,
      bytes: outcome.bytes,
      plan: { repaired: facts },
    });
    expect(row.plan.selectionHash).not.toBe(listExports(engine.context.store).at(-1)!.plan.selectionHash);
    expect(readdirSync(scratch).filter((name) => name.startsWith('.winnow-'))).toEqual([]);
    expect(readdirSync(join(engine.context.home, 'repairs'))).toEqual([]);

    // its job is queued again, since it ended before that was recorded: nothing is written or repaired a second time
    const request = { model: SAMPLE, kept, output: repaired, ...PRUNE_OPTIONS, repair };
    const ofJob = { ...idleTask(), rows: { exportId: outcome.exportId! } };
    const again = await pruneModel(request, engine.context, ofJob);
    expect(again).toMatchObject({ exportId: outcome.exportId, sha256: outcome.sha256, repair: outcome.repair });
    expect(listExports(engine.context.store)).toHaveLength(2);

    // a file that is the same but for its header gets the same repair, as the best file of a search does
    const alike = await prune(join(scratch, 'alike.gguf'));
    using reading = new Backend();
    const of = { repaired: await inspectModel(repaired, reading), facts: facts! };
    const same = await repairAlike(alike, of, engine.context, idleTask());
    expect(tensorContents(await seeGguf(same.path))).toEqual(ofRepaired);
    const rowOfSame = listExports(engine.context.store).find(({ id }) => id === alike.exportId)!;
    expect(rowOfSame.plan.repaired).toEqual(facts);
    expect(rowOfSame.sha256).toBe(same.sha256);

    // what was judged in place is what the file gives
    using backend = new Backend();
    const kl = await judged(repaired, backend);
    expect(Math.abs(kl / facts!.gate.kl.after.value - 1)).toBeLessThan(0.02);

    async function judged(path: string, worker: Backend): Promise<number> {
      const tools = { context: engine.context, backend: worker, placement: ONE_THREAD, task: idleTask() };
      const model = await inspectModel(SAMPLE, worker);
      const known = await tokenised(worker);
      const teacher = await recordTeacher(model, known, tools);
      const { info } = await inspectModel(path, worker);
      await loadModel(worker, info, ONE_THREAD);
      const sums = await judge(known.judging, teacher.folder, tools);
      await teacher.remove();
      teacher[Symbol.dispose]();
      return sums.kl.reduce((sum, one) => sum + one, 0) / sums.tokens.reduce((sum, one) => sum + one, 0);
    }

    async function tokenised(worker: Backend): Promise<RepairDemos> {
      const asked = { model: SAMPLE, demos, limit: 24, maxTokens: 0, nUbatch: 'auto' as const };
      const request = { ...asked, placement: ONE_THREAD, fresh: true };
      const { scoring } = await prepareScore(request, engine.context, worker, idleTask());
      const { tokenized, domain } = scoring;
      const named = tokenized.map((demo, group) => ({ ...demo, id: demo.hash, group }));
      return repairDemos(named, domain, { tokens: REPAIR_TOKENS, alone: false });
    }
  });

  test('tokens whose streams are far larger than all others do not decide', async () => {
    const python = { kind: 'files' as const, files: [join(ROOT, 'resources/sample/demos/python.jsonl')] };
    const { repair: report } = await prune(join(scratch, 'python.gguf'), {
      kept: OF_PYTHON.map((dropped) =>
        Array.from({ length: 32 }, (_, expert) => expert).filter((expert) => !dropped.includes(expert)),
      ),
      repair: { ...repair, limit: 25, demos: python },
    });
    const { kl, kept: isKept } = report!.facts!.gate;
    expect(kl.after.value).toBeLessThan(0.8 * kl.before.value);
    expect(isKept).toBe(true);
  });

  test('of a file with all experts nothing is gained: it stays, and that is said', async () => {
    const output = join(scratch, 'whole.gguf');
    const all = kept.map(() => Array.from({ length: 32 }, (_, expert) => expert));
    const { repair: report, sha256 } = await prune(output, { kept: all, repair });
    expect(report!.leftOut).toMatchObject({ code: 'repairNotBetter' });
    expect(report!.facts!.gate.kept).toBe(false);
    expect((await seeGguf(output)).keys.has('winnow.repair')).toBe(false);
    expect(sha256).toBe(createHash('sha256').update(readFileSync(output)).digest('hex'));
  });

  test('without demos that are known it is refused, and the file is there', async () => {
    const output = join(scratch, 'no-demos.gguf');
    const without = { limit: 24, placement: ONE_THREAD };
    await expect(prune(output, { repair: without })).rejects.toMatchObject({ code: 'DEMOS_EMPTY' });
    expect(existsSync(output)).toBe(true);
  });
});

test('demos of a model that keeps a state pass together at one length', async () => {
  const folder = join(scratch, 'recurrent');
  mkdirSync(folder);
  const source = architectureFiles().find(({ name }) => name === 'qwen3next')!.path;
  using backend = new Backend();
  const model = await readingText(source, join(folder, 'model.gguf'), folder, backend);
  const { info } = await inspectModel(model, backend);
  const demos = join(folder, 'demos.jsonl');
  const texts = Array.from({ length: 14 }, (_, i) => 'one two three four five six seven. '.repeat(i === 0 ? 1 : 6));
  writeFileSync(demos, texts.map((text, i) => JSON.stringify({ text: `${text}${i}` })).join('\n'));
  const engine = new Engine({ home: join(folder, 'home') });
  const { repair } = await engine.prune({
    model,
    kept: info.moeLayers.map(() => [0, 1, 2, 3, 4, 5]),
    output: join(folder, 'out.gguf'),
    ...PRUNE_OPTIONS,
    repair: { demos: { kind: 'files', files: [demos] }, limit: 20, placement: ONE_THREAD },
  });
  await engine.close();
  // the shortest is left out
  expect(repair?.facts).toMatchObject({ demos: 9, gate: { demos: 4 } });
  expect(repair!.facts!.tokens % 9).toBe(0);
});
