// Memory by the header alone; that the figures are llama.cpp's own is shown with its generated models.
import { describe, expect, test } from 'vitest';
import type { GgufValue } from '../../../electron/contract/model-info.ts';
import { kvIsEstimated } from '../../../electron/engine/models/placement/kv-cache.ts';
import { modelShape } from '../../../electron/engine/models/placement/model-shape.ts';
import { memoryFacts } from '../../../electron/engine/models/placement/conversation.ts';
import { integer, integers } from '../pruning/tiny-model.ts';
import { MODEL } from '../store/tiny-run.ts';

const BLOCKS = 4;
const CTX = 1024;
const HEADS = { 'tiny.attention.head_count': integer(8), 'tiny.embedding_length': integer(512) };

function model(kv: Record<string, GgufValue>) {
  const info = { ...MODEL, arch: 'tiny', blockCount: BLOCKS, contextLength: 0 };
  const keys = { ...HEADS, ...kv };
  const tensors = [
    { name: 'token_embd.weight', ne: [4, 4], bytes: 400 },
    { name: 'blk.0.ffn_down_exps.weight', ne: [4, 4, 8], bytes: 600 },
  ];
  return { info, kv: keys, shape: modelShape({ info, kv: keys, tensors }) };
}

const kvBytes = (kv: Record<string, GgufValue>): number => memoryFacts(model(kv), CTX).kvBytes;

test('weights and experts are those of the tensors', () => {
  expect(memoryFacts(model({}), CTX)).toMatchObject({ fullBytes: 1000, expertBytes: 600, nExpert: 8 });
});

describe('the cache', () => {
  test('of one key and one value a head, block and token, two bytes each', () => {
    expect(kvBytes({})).toBe(BLOCKS * 8 * (64 + 64) * 2 * CTX);
    expect(kvBytes({ 'tiny.attention.head_count_kv': integer(2) })).toBe(BLOCKS * 2 * (64 + 64) * 2 * CTX);
    const lengths = { 'tiny.attention.key_length': integer(192), 'tiny.attention.value_length': integer(128) };
    expect(kvBytes(lengths)).toBe(BLOCKS * 8 * (192 + 128) * 2 * CTX);
  });

  test('of latent attention holds keys only', () => {
    const latent = {
      'tiny.attention.head_count_kv': integer(1),
      'tiny.attention.key_length': integer(576),
      'tiny.attention.value_length': integer(512),
      'tiny.attention.key_length_mla': integer(192),
      'tiny.attention.value_length_mla': integer(128),
    };
    expect(kvBytes(latent)).toBe(BLOCKS * 576 * 2 * CTX);
  });

  test('of recurrent blocks does not grow with the context', () => {
    const ssm = {
      'tiny.ssm.conv_kernel': integer(4),
      'tiny.ssm.inner_size': integer(256),
      'tiny.ssm.state_size': integer(16),
      'tiny.ssm.group_count': integer(1),
    };
    const state = (3 * (256 + 2 * 16) + 256 * 16) * 4;
    const attention = 8 * (64 + 64) * 2 * CTX;
    const byInterval = kvBytes({ ...ssm, 'tiny.full_attention_interval': integer(4) });
    expect(byInterval).toBe(attention + 3 * state);
    const byHeads = kvBytes({ ...ssm, 'tiny.attention.head_count_kv': integers(0, 8, 0, 8) });
    expect(byHeads).toBe(2 * attention + 2 * state);
    const flags: GgufValue = { type: 'bool', array: true, length: 4, value: [true, true, true, false] };
    expect(kvBytes({ ...ssm, 'tiny.attention.recurrent_layers': flags })).toBe(attention + 3 * state);
  });

  test('of delta attention keeps a square and three convolutions a head', () => {
    const kda = {
      'tiny.kda.head_dim': integer(32),
      'tiny.ssm.conv_kernel': integer(4),
      'tiny.attention.head_count_kv': integers(0, 0, 0, 8),
    };
    expect(kvBytes(kda)).toBe(8 * (64 + 64) * 2 * CTX + 3 * (32 * 32 * 8 + 3 * 3 * 32 * 8) * 4);
  });

  test('of an indexer comes on top', () => {
    const indexed = { 'tiny.attention.indexer.key_length': integer(128) };
    expect(kvBytes(indexed) - kvBytes({})).toBe(BLOCKS * 128 * 2 * CTX);
  });

  test('is called an estimate where windows or shared layers make it smaller', () => {
    const isEstimated = (kv: Record<string, GgufValue>): boolean => kvIsEstimated(model(kv));
    expect(isEstimated({})).toBe(false);
    expect(isEstimated({ 'tiny.attention.sliding_window': integer(0) })).toBe(false);
    expect(isEstimated({ 'tiny.attention.sliding_window': integer(128) })).toBe(true);
    expect(isEstimated({ 'tiny.attention.compress_ratios': integers(0, 4) })).toBe(true);
  });

  test('fills cells of 256 tokens', () => {
    const cell = memoryFacts(model({}), 1).kvBytes;
    expect(cell).toBe(BLOCKS * 8 * (64 + 64) * 2 * 256);
    expect(memoryFacts(model({}), 257).kvBytes).toBe(2 * cell);
  });

  test('a header that contradicts itself', () => {
    expect(() => kvBytes({ 'tiny.attention.head_count_kv': integers(8, 8) })).toThrow(/has 2 entries for 4 blocks/);
  });
});
