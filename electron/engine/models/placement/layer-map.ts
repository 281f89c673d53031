// Which layer lies where. All that asks how many layers a device holds, or which one is the first there, asks here.
//
// llama.cpp counts every block of the header, next-token-prediction blocks included though it loads little of them unless they are
// scored, and the output layer last; `gpuLayers` is that many counted from the end (`llama_model_base::load_tensors`). The token
// embedding is no layer: it stays with the host. test/integration/layer-map.test.ts holds this to where llama.cpp puts each
// tensor.
import type { ModelShape } from './model-shape.ts';

/** The host, among the places of a map; the device that the plan names first is 1. */
export const HOST = 0;

/** Where one block that is run lies. */
type LayerSpot = {
  /** Attention, norms, router, shared experts; and the block's part of the cache. */
  readonly others: number;
  /** Its routed experts, if it has some. */
  readonly experts: number;
};

export type LayerMap = {
  /** One for each of the shape's layers. */
  readonly layers: readonly LayerSpot[];
  /** What is loaded of each next-token-prediction block. */
  readonly predictionBlocks: readonly number[];
  /** The output head and its norm. */
  readonly output: number;
};

/** Layers as llama.cpp counts them. */
export function layerCount({ blockCount }: Pick<ModelShape, 'blockCount'>): number {
  return blockCount + 1;
}

/** The first layer that leaves the host, counted from 0; as many as there are layers: none does. */
export function firstOffloaded(shape: Pick<ModelShape, 'blockCount'>, gpuLayers: number): number {
  return Math.max(0, layerCount(shape) - gpuLayers);
}

/** What of a plan a map follows from. */
type MappedPlan = {
  /** Layers of each device, in their order; none: all lies with the host. */
  readonly deviceLayers: readonly number[];
  readonly gpuLayers: number;
  readonly cpuExpertLayers: number;
};

/** Where the parts of a model lie that is loaded so. */
export function layerMap(
  shape: Pick<ModelShape, 'blockCount' | 'layers' | 'predictionBlocks'>,
  plan: MappedPlan,
): LayerMap {
  let moeLayers = 0;
  const layers = shape.layers.map(({ block, isMoe }): LayerSpot => {
    const others = placeOfLayer(shape, plan, block);
    const staysBack = isMoe && moeLayers++ < plan.cpuExpertLayers;
    return { others, experts: staysBack ? HOST : others };
  });
  const predictionBlocks = shape.predictionBlocks.map(({ block }) => placeOfLayer(shape, plan, block));
  return { layers, predictionBlocks, output: placeOfLayer(shape, plan, shape.blockCount) };
}

/** Where a layer lies but for its experts. @param layer as llama.cpp counts them */
function placeOfLayer(
  shape: Pick<ModelShape, 'blockCount'>,
  { deviceLayers, gpuLayers }: Pick<MappedPlan, 'deviceLayers' | 'gpuLayers'>,
  layer: number,
): number {
  let until = firstOffloaded(shape, deviceLayers.length === 0 ? 0 : gpuLayers);
  if (layer < until) return HOST;
  const device = deviceLayers.findIndex((layers) => layer < (until += layers));
  return device < 0 ? deviceLayers.length : device + 1;
}
