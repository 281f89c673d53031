// A shape to compute with: layers of 900 bytes, in each of which a token multiplies 50 + 400 · 2 / 8 = 150 parameters.
import type { ModelShape } from '../../../electron/engine/models/placement/model-shape.ts';

const LAYER = {
  isMoe: true,
  nHead: 2,
  nHeadKv: 1,
  cachedElements: 8,
  experts: { bytes: 800, parameters: 400 },
  others: { bytes: 100, parameters: 50 },
};

export function tinyShape(layers: number): ModelShape {
  return {
    arch: 'tiny',
    nEmbd: 16,
    nVocab: 10,
    blockCount: layers,
    layers: Array.from({ length: layers }, (_, block) => ({ ...LAYER, block })),
    runsPrediction: false,
    predictionBlocks: [],
    keyLength: 4,
    valueLength: 4,
    nExpert: 8,
    nExpertUsed: 2,
    nFfExp: 4,
    nFfShared: 0,
    nFf: 0,
    tokenEmbedding: { bytes: 320, parameters: 160 },
    outputHead: { bytes: 0, parameters: 160 },
    rest: { bytes: 0, parameters: 0 },
    stateBytes: 0,
  };
}
