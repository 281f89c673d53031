import { describe, expect, test } from 'vitest';
import type { GgufValue, TensorInfo } from '../../../electron/contract/model-info.ts';
import { requireComputable } from '../../../electron/engine/models/computable.ts';
import { thrownBy } from '../store/support.ts';

const PATHS = ['/m-00001-of-00002.gguf', '/m-00002-of-00002.gguf'];
const ROUTER: TensorInfo = {
  name: 'blk.0.ffn_gate_inp.weight',
  type: 'f32',
  ne: [8, 4],
  bytes: 128,
  fileOffset: 4096,
  part: 1,
};
const float = (value: number): GgufValue => ({ type: 'float32', array: false, length: 1, value });
const check = (tensors: readonly TensorInfo[], kv: Readonly<Record<string, GgufValue>> = {}): void =>
  requireComputable('qwen3moe', kv, tensors, PATHS);

test.each(['f32', 'f16', 'bf16', 'q8_0', 'q4_K', 'iq2_xxs', 'mxfp4'])('weights in %s are computed with', (type) => {
  expect(() => check([{ ...ROUTER, type }])).not.toThrow();
});

test.each(['f64', 'i8', 'i16', 'i32', 'i64', 'q8_1', 'q8_K'])('weights in %s are refused by name', (type) => {
  const error = thrownBy(() => check([{ ...ROUTER, type }]));
  expect(error).toMatchObject({ code: 'GGUF_CORRUPT', details: { path: PATHS[1], tensor: ROUTER.name, type } });
  expect(error.message).toContain(`${PATHS[1]} holds tensor ${ROUTER.name} in ${type.toUpperCase()}`);
});

test('what is looked up may be whole numbers', () => {
  expect(() => check([{ ...ROUTER, name: 'blk.0.ffn_gate_tid2eid.weight', type: 'i32' }])).not.toThrow();
});

test('a tensor that lies at no multiple of 32 is refused by name', () => {
  const error = thrownBy(() => check([ROUTER, { ...ROUTER, name: 'output.weight', fileOffset: 4225, part: 0 }]));
  expect(error.message).toContain(`${PATHS[0]} has tensor output.weight at byte 4225`);
});

describe('numbers', () => {
  const EPSILON = 'qwen3moe.attention.layer_norm_rms_epsilon';

  test.each([NaN, -1e-6, Infinity])('an epsilon of %d is refused by its key', (value) => {
    const error = thrownBy(() => check([ROUTER], { [EPSILON]: float(value) }));
    expect(error).toMatchObject({ code: 'GGUF_CORRUPT', details: { path: PATHS[0], key: EPSILON } });
  });

  test('any other number may be anything but NaN, in a list too', () => {
    // Apertus has a negative one of this name
    const fine = { [EPSILON]: float(0), 'qwen3moe.xielu.eps': float(-1e-6), 'qwen3moe.logit_scale': float(-Infinity) };
    expect(() => check([ROUTER], fine)).not.toThrow();
    const list: GgufValue = { type: 'float32', array: true, length: 2, value: [1, NaN] };
    expect(thrownBy(() => check([ROUTER], { 'qwen3moe.rope.factors': list })).message).toContain('rope.factors');
    expect(() => check([ROUTER], { 'other.rope.factors': list })).not.toThrow();
  });
});
