// Which layer lies where. Everything that asks how many layers a device holds, or which one is its first, uses this module.
//
// llama.cpp counts every block of the header as a layer, and the output layer last. This includes next-token-prediction blocks, of
// which it loads little unless they are scored. `gpuLayers` is a number of layers counted from the end
// (`llama_model_base::load_tensors`). The token embedding is not a layer: it stays with the host.
// test/integration/layer-map.test.ts checks this against the places where llama.cpp puts each tensor.
import type { ModelShape } from './model-shape.ts';

/** The host among the places of a map; the first device that the plan names is 1. */
export const HOST = 0;

/** Where one block that is run lies. */
type LayerSpot = {
  /** Attention, norms, router and shared experts, and the block's part of the cache. */
  readonly others: number;
  /** Its routed experts, if it has any. */
  readonly experts: number;
};

export type LayerMap = {
  /** One for each of the shape's layers. */
  readonly layers: readonly LayerSpot[];
  /** Where the loaded part of each next-token-prediction block lies. */
  readonly predictionBlocks: readonly number[];
  /** Where the output head and its norm lie. */
  readonly output: number;
};

/** The number of layers as llama.cpp counts them. */
export function layerCount({ blockCount }: ModelShape): number {
  return blockCount + 1;
}

/** The first layer that is not on the host, counted from 0; the number of layers if there is none. */
export function firstOffloaded(shape: ModelShape, gpuLayers: number): number {
  return Math.max(0, layerCount(shape) - gpuLayers);
}

/** The part of a plan that determines a map. */
type MappedPlan = {
  /** Number of layers on each device, in device order; empty: everything is on the host. */
  readonly deviceLayers: readonly number[];
  readonly gpuLayers: number;
  readonly cpuExpertLayers: number;
};

/** Where the parts of a model lie that is loaded with this plan. */
export function layerMap(shape: ModelShape, plan: MappedPlan): LayerMap {
  let moeLayers = 0;
  const layers = shape.layers.map(({ block, isMoe }): LayerSpot => {
    const others = placeOfLayer(shape, plan, block);
    const staysBack = isMoe && moeLayers++ < plan.cpuExpertLayers;
    return { others, experts: staysBack ? HOST : others };
  });
  const predictionBlocks = shape.predictionBlocks.map(({ block }) => placeOfLayer(shape, plan, block));
  return { layers, predictionBlocks, output: placeOfLayer(shape, plan, shape.blockCount) };
}

/** Where a layer lies, except for its experts. @param layer as llama.cpp counts them */
function placeOfLayer(shape: ModelShape, { deviceLayers, gpuLayers }: MappedPlan, layer: number): number {
  let until = firstOffloaded(shape, deviceLayers.length === 0 ? 0 : gpuLayers);
  if (layer < until) return HOST;
  const device = deviceLayers.findIndex((layers) => layer < (until += layers));
  return device < 0 ? deviceLayers.length : device + 1;
}
