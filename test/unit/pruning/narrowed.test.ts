import { describe, expect, test } from 'vitest';
import type { TensorInfo } from '../../../electron/contract/model-info.ts';
import {
  downType,
  neuronsIn,
  plannedDown,
  rowsLeft,
  type Narrowed,
} from '../../../electron/engine/write/pruning/narrowed.ts';

describe('the type of a narrowed down matrix', () => {
  test.each([
    ['f16', 96, 'f16'],
    ['q8_0', 96, 'q8_0'],
    ['mxfp4', 96, 'mxfp4'],
    ['iq4_nl', 96, 'iq4_nl'],
    ['q4_K', 512, 'q4_K'],
    ['iq2_xxs', 768, 'iq2_xxs'],
    ['q2_K', 576, 'q4_0'],
    ['q3_K', 576, 'q4_0'],
    ['q4_K', 576, 'q5_0'],
    ['q5_K', 576, 'q5_1'],
    ['q6_K', 576, 'q8_0'],
    ['iq1_m', 384, 'iq4_nl'],
    ['iq4_xs', 384, 'iq4_nl'],
    ['nvfp4', 96, 'q8_0'],
    ['nvfp4', 128, 'nvfp4'],
  ])('%s in rows of %i is %s', (type, width, expected) => {
    expect(downType(type, width, false)).toBe(expected);
  });

  test('what is quantised later has values as exact as there are', () => {
    expect(['f16', 'bf16', 'q4_K', 'q8_0'].map((type) => downType(type, 96, true))).toEqual([
      'f16',
      'bf16',
      'f32',
      'f32',
    ]);
  });
});

/** 768 neurons, a stream of 2,048, 8 experts. */
function downOf(type: string, bytesOfBlock: number, valuesOfBlock: number): TensorInfo {
  const bytes = ((768 * 2048 * 8) / valuesOfBlock) * bytesOfBlock;
  return { name: 'blk.3.ffn_down_exps.weight', type, ne: [768, 2048, 8], bytes, part: 0, fileOffset: 512 };
}

test.each([
  ['q8_0', 34, 32, 'q8_0', (576 / 32) * 34],
  ['f16', 2, 1, 'f16', 576 * 2],
  ['q4_K', 144, 256, 'q5_0', (576 / 32) * 22],
  ['q6_K', 210, 256, 'q8_0', (576 / 32) * 34],
])('a down matrix of %s has as many bytes as its rows', (type, bytes, values, becomes, rowBytes) => {
  const planned = plannedDown(downOf(type, bytes, values), 3, 576, becomes, '/made');
  expect(planned).toMatchObject({ type: becomes, ne: [576, 2048, 3], bytes: rowBytes * 2048 * 3, sourcePath: '/made' });
  expect(planned.ranges).toEqual([{ offset: 0, length: planned.bytes }]);
});

test('one of blocks of 256 keeps its type where they fit', () => {
  expect(plannedDown(downOf('q4_K', 144, 256), 3, 512, 'q4_K', '/made').bytes).toBe(2 * 144 * 2048 * 3);
});

test('neurons are rows of what is multiplied first, columns of what is multiplied last, and nothing of the rest', () => {
  const found = (name: string) => neuronsIn({ name });
  const rows = ['ffn_gate_exps.weight', 'ffn_up_exps.bias', 'ffn_gate_up_exps.weight'];
  expect(rows.map(found)).toEqual(['rows', 'rows', 'rows']);
  expect(found('ffn_down_exps.weight')).toBe('columns');
  const rest = [
    'ffn_down_exps.bias',
    'ffn_down_exps.scale',
    'ffn_gate_inp.weight',
    'ffn_up_chexps.weight',
    'ffn_up.weight',
  ];
  expect(rest.map(found)).toEqual(rest.map(() => null));
});

describe('the rows that are left', () => {
  const neurons = new Map([[3, Int32Array.of(1, 2, 0, 3)]]);
  const narrowed: Narrowed = { blocks: new Map([[3, { from: 4, to: 2 }]]), keys: [], neurons, downs: new Map() };

  test('are those of each kept expert’s own neurons', () => {
    expect(rowsLeft(narrowed, 3, [0, 5], 4)).toEqual([1, 2, 20, 23]);
  });

  test('stand twice where gate and up are one tensor', () => {
    expect(rowsLeft(narrowed, 3, [0, 5], 8)).toEqual([1, 2, 5, 6, 40, 43, 44, 47]);
  });

  test('are as many while they are not chosen', () => {
    expect(rowsLeft({ ...narrowed, neurons: null }, 3, [0, 5], 4)).toEqual([0, 1, 20, 21]);
  });
});
