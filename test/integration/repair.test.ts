// Repair: the fit of down matrices against an independent solution, blocks of every architecture against unpatched llama.cpp, the repaired
// file, and when it is refused.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { FittedDown } from '../../native/index.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { inspectModel, type InspectedModel } from '../../electron/engine/models/inspect.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { planCopy, planPrune } from '../../electron/engine/write/pruning/plan.ts';
import { writeGgufFiles } from '../../electron/engine/write/pruning/write-gguf.ts';
import { fittedTensors } from '../../electron/engine/write/repairing/repair-file.ts';
import { tokensArgs } from './gguf-tools.ts';
import { architectureFiles, CPU, readFloats, runReference, sampled, scratchDir, seededTokens } from './support.ts';

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
  /** Of these, all demos pass at once only where they are as long as each other. */
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

  /** Of the second sequence, which is not fitted to. */
  async function fitted(
    model: InspectedModel,
    pruned: InspectedModel,
    sequences: Int32Array[],
    folder: string,
  ): Promise<FittedDown[]> {
    const nBlocks = model.info.moeLayers.length;
    const context = { nCtx: 256, nUbatch: 55, nSlice: 7, kvType: 'f16' as const, nSeqMax: 2, nLongest: 31 };
    const how = { sequences, folder, nBlocks, ...context, nThreads: 1 };
    const streams = join(folder, 'streams');
    mkdirSync(streams);
    await loadModel(computing, model.info, ONE_THREAD);
    await computing.call('recordStreams', { ...how, folder: streams });
    const { parts } = pruned.info;
    const onHost = { devices: [], gpuLayers: 0, deviceLayers: [], cpuExpertBlocks: [], repack: 'others' as const };
    await computing.call('load', { parts: [...parts], ...onHost, vocabOnly: false });
    return computing.call('fitDown', { ...how, streams, aside: Int32Array.of(1), ridge: 1, sweeps: 2 });
  }

  test.each(tested)('$name', async ({ name, path }) => {
    const folder = join(scratch, name);
    mkdirSync(folder);
    const model = await inspectModel(path, files);
    const { info } = model;
    const kept = info.moeLayers.map((_, layer) => (layer % 2 === 0 ? [1, 2, 4, 5, 7] : [0, 2, 3, 6, 7]));
    const plan = planPrune(model, { kept, output: join(folder, 'pruned.gguf') });
    const [written] = await writeGgufFiles(plan.files, { backend: files });
    const pruned = await inspectModel(written!.path, files);
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
    const changed = { tensors: fittedTensors(blocks, pruned), set: [] };
    const [repaired] = await writeGgufFiles(planCopy(pruned, { output: join(folder, 'repaired.gguf') }, changed), {
      backend: files,
    });
    const streams: Float32Array[][] = [];
    for (const file of [path, repaired!.path]) {
      const out = join(folder, 'streams.f32');
      const ofFile: Float32Array[] = [];
      for (const tokens of sequences) {
        await runReference('stock-streams', file, out, ...tokensArgs(tokens, folder));
        ofFile.push(readFloats(out));
      }
      streams.push(ofFile);
    }
    blocks.forEach(({ before, after, afterAside, block }, layer) => {
      const [own, aside] = sequences.map(({ length }, i) =>
        meanError(streams[0]![i]!, streams[1]![i]!, layer, blocks.length, length),
      );
      expect(Math.abs(after - own!) / before, `block ${block}`).toBeLessThan(MAX_ERROR);
      expect(Math.abs(afterAside / aside! - 1), `block ${block}`).toBeLessThan(MAX_ERROR);
    });
  });

  /** Of the tokens' squared distances between two streams, in units of the first's square. */
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
