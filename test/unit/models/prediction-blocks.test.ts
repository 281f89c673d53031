// Which prediction blocks are scored, by the header alone; and the rows of choices.
import { describe, expect, test } from 'vitest';
import {
  blockMask,
  blocksOfChoice,
  choiceLengths,
  runnablePrediction,
  withPrediction,
} from '../../../electron/engine/models/prediction-blocks.ts';
import { integer, integers } from '../pruning/tiny-model.ts';
import { MODEL } from '../store/tiny-run.ts';

const LAYER = ['attn_norm', 'attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate_inp', 'ffn_down_exps'];
const NEXTN = ['nextn.eh_proj', 'nextn.enorm', 'nextn.hnorm'];
const QWEN = [...LAYER, 'attn_q_norm', 'attn_k_norm', 'post_attention_norm'];

function found(arch: string, names: readonly string[], { kv = {}, blocks = 1, layer = LAYER } = {}): number[] {
  const inBlock = (block: number, list: readonly string[]) =>
    list.map((name) => ({ name: `blk.${block}.${name}.weight` }));
  const nextnLayers = Array.from({ length: blocks }, (_, i) => 2 + i);
  const tensors = [...inBlock(1, layer), ...nextnLayers.flatMap((block) => inBlock(block, names))];
  return runnablePrediction({ arch, kv, tensors, moeLayers: [1], nextnLayers });
}

describe('blocks that llama.cpp runs', () => {
  test('have all of the last layer, and what makes them predict', () => {
    expect(found('glm4moe', [...LAYER, ...NEXTN])).toEqual([2]);
    for (const missing of [...LAYER, ...NEXTN]) {
      expect(
        found(
          'glm4moe',
          [...LAYER, ...NEXTN].filter((name) => name !== missing),
        ),
        missing,
      ).toEqual([]);
    }
  });

  test('are one, of most architectures', () => {
    expect(found('glm4moe', [...LAYER, ...NEXTN], { blocks: 2 })).toEqual([]);
    expect(found('hy_v3', [...LAYER, ...NEXTN], { blocks: 2 })).toEqual([2, 3]);
    expect(found('bailingmoe2', [...LAYER, ...NEXTN])).toEqual([]);
    expect(found('glm4moe', [], { blocks: 0 })).toEqual([]);
  });

  test('attend fully, whatever the last layer does', () => {
    const layer = ['attn_norm', 'ssm_out', 'ffn_gate_inp', 'ffn_down_exps'];
    expect(found('qwen3next', [...QWEN, ...NEXTN], { layer })).toEqual([2]);
    expect(found('qwen3next', [...layer, ...NEXTN], { layer })).toEqual([]);
  });

  test('of glm4moe see no pictures, of deepseek2 compress their queries', () => {
    const sections = { 'glm4moe.rope.dimension_sections': integers(8, 12, 12, 0) };
    expect(found('glm4moe', [...LAYER, ...NEXTN], { kv: sections })).toEqual([]);
    const layer = [...LAYER, 'ffn_down_shexp'];
    const kv = {
      'deepseek2.attention.key_length_mla': integer(192),
      'deepseek2.attention.value_length_mla': integer(128),
      'deepseek2.attention.q_lora_rank': integer(512),
    };
    expect(found('deepseek2', [...layer, ...NEXTN], { layer, kv })).toEqual([2]);
    const whole = { ...kv, 'deepseek2.attention.q_lora_rank': integer(0) };
    expect(found('deepseek2', [...layer, ...NEXTN], { layer, kv: whole })).toEqual([]);
    expect(found('deepseek2', [...LAYER, ...NEXTN], { kv })).toEqual([]);
  });

  test('without experts need no scores', () => {
    const names = [...LAYER.filter((name) => !name.startsWith('ffn')), ...NEXTN];
    expect(found('nemotron_h_moe', names)).toEqual([]);
  });
});

test('a choice may have a row for them, behind those of the layers', () => {
  const info = { ...MODEL, blockCount: 5, nextnLayers: [4], predictionLayers: [4] };
  expect(choiceLengths(info)).toEqual([3, 4]);
  expect(choiceLengths(MODEL)).toEqual([3]);
  const four = [
    [0, 1],
    [2, 3],
    [4, 5],
    [6, 7],
  ];
  expect(blocksOfChoice(info, four)).toEqual([1, 2, 3, 4]);
  expect(blocksOfChoice(info, four.slice(0, 3))).toEqual([1, 2, 3]);
  const scored = withPrediction(info, [4]);
  expect(scored.moeLayers).toEqual([1, 2, 3, 4]);
  expect(blocksOfChoice(scored, four)).toEqual([1, 2, 3, 4]);
  expect(choiceLengths(scored)).toEqual([3, 4]);
  const masked = blockMask(four, info, 5);
  expect([...masked.subarray(32)]).toEqual([0, 0, 0, 0, 0, 0, 1, 1]);
  expect([...blockMask(four.slice(0, 3), info, 5).subarray(32)]).toEqual(new Array(8).fill(1));
});
