// A model's shape by its header alone.
import { expect, test } from 'vitest';
import type { GgufValue } from '../../../electron/contract/model-info.ts';
import { activeInLayer, passBytes, modelShape } from '../../../electron/engine/models/placement/model-shape.ts';
import { integer, integers } from '../pruning/tiny-model.ts';
import { MODEL } from '../store/tiny-run.ts';

const KEYS = {
  'tiny.embedding_length': integer(64),
  'tiny.attention.head_count': integer(4),
  'tiny.attention.head_count_kv': integer(2),
};

const tensor = (name: string, ...ne: number[]) => ({ name, ne, bytes: 2 * ne.reduce((a, b) => a * b, 1) });

/** Block 0 is dense, block 1 routes, block 2 predicts the token after the next one. */
function model(
  kv: Record<string, GgufValue> = {},
  more: readonly { name: string; ne: number[]; bytes: number }[] = [],
) {
  const tensors = [
    tensor('token_embd.weight', 64, 100),
    tensor('output_norm.weight', 64),
    tensor('blk.0.attn_q.weight', 64, 64),
    tensor('blk.0.ffn_down.weight', 200, 64),
    tensor('blk.1.attn_q.weight', 64, 64),
    tensor('blk.1.attn_norm.weight', 64),
    tensor('blk.1.ffn_gate_inp.weight', 64, 8),
    tensor('blk.1.ffn_up_exps.weight', 64, 32, 8),
    tensor('blk.1.ffn_up_exps.bias', 32, 8),
    tensor('blk.1.ffn_down_exps.weight', 32, 64, 8),
    tensor('blk.1.ffn_down_shexp.weight', 48, 64),
    tensor('blk.2.ffn_down_exps.weight', 32, 64, 8),
    ...more,
  ];
  const info = { ...MODEL, arch: 'tiny', blockCount: 3, nextnLayers: [2] };
  return { info, kv: { ...KEYS, ...kv }, tensors };
}

test('bytes are the tensors’, by part and layer', () => {
  const shape = modelShape(model());
  const [dense, moe] = shape.layers;
  expect(shape.layers).toHaveLength(2);
  expect(dense).toMatchObject({ isMoe: false, experts: { bytes: 0, parameters: 0 } });
  expect(dense?.others).toEqual({ bytes: 2 * (64 * 64 + 200 * 64), parameters: 64 * 64 + 200 * 64 });
  expect(moe).toMatchObject({ isMoe: true, nHead: 4, nHeadKv: 2, cachedElements: 2 * (16 + 16) });
  // a bias is read and multiplies nothing
  expect(moe?.experts).toEqual({ bytes: 2 * (2 * 64 * 32 * 8 + 32 * 8), parameters: 2 * 64 * 32 * 8 });
  expect(moe?.others.parameters).toBe(64 * 64 + 64 * 8 + 48 * 64);
  expect(shape).toMatchObject({ nFfExp: 32, nFfShared: 48, nFf: 200, nVocab: 100 });
  expect(passBytes(shape)).toBe((dense?.others.bytes ?? 0) + (moe?.others.bytes ?? 0) + (moe?.experts.bytes ?? 0));
  const inParts = passBytes(shape) + shape.tokenEmbedding.bytes + shape.outputHead.bytes + shape.rest.bytes;
  // the blocks that predict further tokens are in no part
  expect(inParts + 2 * 64 * 32 * 8).toBe(model().tensors.reduce((sum, { bytes }) => sum + bytes, 0));
});

test('a prediction block that is scored is a layer like others', () => {
  const shape = modelShape(model(), [2]);
  expect(shape.layers.map(({ block, isMoe }) => [block, isMoe])).toEqual([
    [0, false],
    [1, true],
    [2, true],
  ]);
  expect(shape).toMatchObject({ runsPrediction: true, predictionBlocks: [] });
  expect(passBytes(shape)).toBe(passBytes(modelShape(model())) + 2 * 64 * 32 * 8);
});

test('a token uses its share of the experts, and the head', () => {
  const shape = modelShape(model());
  const moe = shape.layers[1]!;
  expect(activeInLayer(shape, moe)).toBe(moe.others.parameters + moe.experts.parameters / 4);
  expect(activeInLayer(shape, shape.layers[0]!)).toBe(shape.layers[0]!.others.parameters);
  expect(shape.outputHead.parameters).toBe(64 * 100);
  expect(shape.outputHead.bytes).toBe(0); // tied to the embedding
  const untied = modelShape(model({}, [tensor('output.weight', 64, 100)]));
  expect(untied.outputHead).toEqual({ bytes: 2 * 64 * 100, parameters: 64 * 100 });
});

test('latent attention caches one key', () => {
  const latent = {
    'tiny.attention.head_count_kv': integer(1),
    'tiny.attention.key_length': integer(24),
    'tiny.attention.value_length': integer(20),
    'tiny.attention.key_length_mla': integer(12),
    'tiny.attention.value_length_mla': integer(8),
  };
  const shape = modelShape(model(latent));
  expect(shape).toMatchObject({ keyLength: 24, valueLength: 20 });
  expect(shape.layers.map(({ cachedElements }) => cachedElements)).toEqual([24, 24]);
});

test('recurrent blocks cache nothing', () => {
  const shape = modelShape(model({ 'tiny.attention.head_count_kv': integers(0, 2, 2) }));
  expect(shape.layers.map(({ nHeadKv, cachedElements }) => [nHeadKv, cachedElements])).toEqual([
    [0, 0],
    [2, 64],
  ]);
});
