// The published models' shapes against what their makers say of them: parameters in all, and a token's.
import { expect, test } from 'vitest';
import { activeInLayer, type ModelShape } from '../../../electron/engine/models/placement/model-shape.ts';
import { PUBLISHED_MODELS, publishedShape } from '../published-models.ts';

const SAID: Readonly<Record<string, readonly [total: number, active: number]>> = {
  'Qwen3-30B-A3B': [30.5e9, 3.3e9],
  'GLM-4.5-Air': [106e9, 12e9],
  'gpt-oss-120b': [116.8e9, 5.1e9],
  'Qwen3-235B-A22B': [235e9, 22e9],
  'DeepSeek-R1 671B': [671e9, 37e9],
  'Kimi-K2': [1.03e12, 32e9],
};
/** They round, and some count the embedding among a token's. */
const WITHIN = 0.08;

function totalParameters({ layers, tokenEmbedding, outputHead }: ModelShape): number {
  const inLayers = layers.reduce((sum, { experts, others }) => sum + experts.parameters + others.parameters, 0);
  return inLayers + tokenEmbedding.parameters + outputHead.parameters;
}

/** Parameters in one token's products, the output head's included: "A3B" of a model's name. */
function activeParameters(shape: ModelShape): number {
  return shape.layers.reduce((sum, layer) => sum + activeInLayer(shape, layer), shape.outputHead.parameters);
}

test.each(PUBLISHED_MODELS.map((model) => [model.name, publishedShape(model)] as const))('%s', (name, shape) => {
  const [total, active] = SAID[name] ?? [NaN, NaN];
  expect(Math.abs(totalParameters(shape) / total - 1)).toBeLessThan(WITHIN);
  expect(Math.abs(activeParameters(shape) / active - 1)).toBeLessThan(WITHIN);
});

test('latent attention and dense layers', () => {
  const kimi = publishedShape(PUBLISHED_MODELS.at(-1)!);
  expect(kimi.layers.filter(({ isMoe }) => isMoe)).toHaveLength(60);
  expect(kimi.layers[0]?.cachedElements).toBe(576);
  expect(kimi).toMatchObject({ keyLength: 576, valueLength: 512 });
});
