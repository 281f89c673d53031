// Where a model's layers lie, as Winnow counts them, against where llama.cpp puts each tensor.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Placement } from '../../electron/contract/requests.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { HOST, layerCount, layerMap } from '../../electron/engine/models/placement/layer-map.ts';
import { workerPlan } from '../../electron/engine/models/placement/load-model.ts';
import { takeSnapshot } from '../../electron/engine/models/placement/machine-snapshot.ts';
import { modelShape, type ModelShape } from '../../electron/engine/models/placement/model-shape.ts';
import { placeModel, type LoadPlan } from '../../electron/engine/models/placement/place-model.ts';
import { startLending, type LendingMachine } from './lent-memory.ts';
import { MODELS_WITH_PREDICTION, withPredictionBlock } from './prediction-block.ts';
import { architectureFiles, SAMPLE, scratchDir, THREADS, useSoftwareGpu } from './support.ts';

const scratch = scratchDir();
const generated = architectureFiles();
const GPU: Placement = { gpu: 'vulkan', gpuLayers: 'auto', cpuExpertLayers: 0, rpc: [], threads: THREADS };

type Subject = {
  readonly name: string;
  readonly path: () => Promise<string>;
  /** Its prediction blocks are scored. */
  readonly isScored?: true;
};

const models: readonly Subject[] = [
  { name: 'the sample', path: () => Promise.resolve(SAMPLE) },
  ...['qwen3moe', 'deepseek2', 'glm4moe', 'gpt-oss', 'llama4'].flatMap((arch) =>
    generated
      .filter(({ name }) => name === arch)
      .map(({ path }) => ({ name: arch, path: () => Promise.resolve(path) })),
  ),
  ...MODELS_WITH_PREDICTION.map((subject) => ({
    name: `${subject.arch} with a prediction block`,
    path: () => withPredictionBlock(subject, scratch),
  })),
  ...MODELS_WITH_PREDICTION.filter(({ arch }) => ['glm4moe', 'hy_v3', 'qwen3next'].includes(arch)).map((subject) => ({
    name: `${subject.arch} with a prediction block that is scored`,
    path: () => withPredictionBlock(subject, scratch),
    isScored: true as const,
  })),
];

async function shapeOf(file: string, { isScored }: Pick<Subject, 'isScored'>, backend: Backend): Promise<ModelShape> {
  const model = await inspectModel(file, backend);
  return modelShape(model, isScored && model.info.predictionLayers);
}

/** The place that the map names for a tensor; null: it belongs to no layer. */
function placeOf(name: string, shape: ModelShape, load: LoadPlan): number | null {
  const map = layerMap(shape, load);
  if (/^output(_norm)?\./.test(name)) return map.output;
  const [, block, part] = /^blk\.(\d+)\.(.+)$/.exec(name) ?? [];
  if (block === undefined) return null;
  const spot = map.layers[shape.layers.findIndex((layer) => layer.block === Number(block))];
  if (!spot) return map.predictionBlocks[shape.predictionBlocks.findIndex((one) => one.block === Number(block))]!;
  return /^ffn_(gate|up|down|gate_up)_(ch)?exps\./.test(part!) ? spot.experts : spot.others;
}

async function expectAsLlamaHas(shape: ModelShape, load: LoadPlan, path: string, backend: Backend): Promise<void> {
  const tensors = await backend.call('tensorPlaces', { parts: [path], ...workerPlan(load) });
  const blocks = new Set(tensors.flatMap(({ name }) => /^blk\.(\d+)\./.exec(name)?.[1] ?? []));
  for (const { block } of shape.layers) expect(blocks).toContain(String(block));
  for (const { block, bytes } of shape.predictionBlocks) {
    const loaded = tensors.filter(({ name }) => name.startsWith(`blk.${block}.`));
    expect(bytes).toBe(loaded.reduce((sum, tensor) => sum + tensor.bytes, 0));
  }
  const names = ['CPU', ...load.devices];
  const differing = tensors.flatMap(({ name, device }) => {
    const place = placeOf(name, shape, load);
    return place === null || names[place] === device ? [] : [`${name}: ${device}, not ${names[place]}`];
  });
  expect(differing).toEqual([]);
  // with the host, and again where the output layer is if that has no head of its own
  const { output } = layerMap(shape, load);
  const embeddings = tensors.flatMap(({ name, device }) => (name === 'token_embd.weight' ? [device] : []));
  const isTied = shape.outputHead.bytes === 0 && output !== HOST;
  expect(embeddings.sort()).toEqual(isTied ? [names[HOST], names[output]].sort() : [names[HOST]]);
}

describe.skipIf(process.platform !== 'linux')('layers are where llama.cpp has them', () => {
  let gpu: Backend;
  beforeAll(() => {
    useSoftwareGpu();
    gpu = new Backend('vulkan');
  });
  afterAll(() => gpu.close());

  test.each(models)('of $name, on a GPU', async ({ path, ...subject }) => {
    const file = await path();
    const shape = await shapeOf(file, subject, gpu);
    const snapshot = await takeSnapshot(GPU, gpu);
    const all = layerCount(shape);
    for (const gpuLayers of [0, 1, 2, 3, all - 1, all, all + 5]) {
      for (const cpuExpertLayers of [0, 1]) {
        const { load } = placeModel(shape, snapshot, { ...GPU, gpuLayers, cpuExpertLayers });
        expect(load.gpuLayers).toBe(Math.min(gpuLayers, all));
        await expectAsLlamaHas(shape, load, file, gpu);
      }
    }
  });

  describe('on two machines that lend different amounts', () => {
    const machines: LendingMachine[] = [];

    beforeAll(async () => {
      for (const memory of ['48MiB', '96MiB']) machines.push(await startLending({ home: scratch, memory }));
    });

    afterAll(async () => {
      await Promise.all(machines.map((machine) => machine.stop()));
    });

    test.each(models)('of $name', async ({ path, ...subject }) => {
      using backend = new Backend('off');
      const file = await path();
      const shape = await shapeOf(file, subject, backend);
      const wishes: Placement = { ...GPU, gpu: 'off', rpc: machines.map(({ endpoint }) => endpoint) };
      const snapshot = await takeSnapshot(wishes, backend);
      expect(snapshot.machines.map(({ label }) => label)).toEqual(wishes.rpc);
      for (const gpuLayers of [1, 2, layerCount(shape)]) {
        const { load } = placeModel(shape, snapshot, { ...wishes, gpuLayers });
        await expectAsLlamaHas(shape, load, file, backend);
        // as llama.cpp would share them out if it were not told
        const untold = { ...workerPlan(load), deviceLayers: [] };
        const told = await backend.call('tensorPlaces', { parts: [file], ...workerPlan(load) });
        expect(await backend.call('tensorPlaces', { parts: [file], ...untold })).toEqual(told);
      }
    });
  });
});
