// Which bytes and which keys of a model make up a pruned one.
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inEnglish, msg } from '../../../electron/contract/sentences.ts';
import type { PlannedTensor } from '../../../electron/engine/write/pruning/planned-file.ts';
import { planPrune, slice, type PrunePlan } from '../../../electron/engine/write/pruning/plan.ts';
import type { PruneOptions } from '../../../electron/engine/write/pruning/kept-blocks.ts';
import { BIAS_BYTES, HEADER_BYTES, integer, integers, N_EXPERT, SLICE_BYTES, tinyModel } from './tiny-model.ts';

const OUTPUT = resolve('/out/pruned.gguf');
const KEPT = [
  [0, 1, 2, 5],
  [3, 4, 6, 7],
];

const plan = (model = tinyModel(), options: Partial<PruneOptions> = {}): PrunePlan =>
  planPrune(model, { kept: KEPT, output: OUTPUT, ...options });

const tensor = (planned: PrunePlan, name: string): PlannedTensor => planned.file.tensors.find((t) => t.name === name)!;

const keys = (planned: PrunePlan): Record<string, unknown> =>
  Object.fromEntries(planned.file.set.map(({ key, value }) => [key, value]));

/** The whole numbers of 0 … 7 that make up a choice of at least two experts. */
const choice = fc.subarray(
  Array.from({ length: N_EXPERT }, (_, i) => i),
  { minLength: 2 },
);

describe('cutting a tensor', () => {
  test('neighbours among the kept experts are read at once', () => {
    const cut = slice({ ne: [6, 4, 8], fileOffset: 5000 }, [0, 1, 2, 5, 7], 96);
    expect(cut).toEqual({
      ne: [6, 4, 5],
      bytes: 480,
      ranges: [
        { offset: 5000, length: 288 },
        { offset: 5480, length: 96 },
        { offset: 5672, length: 96 },
      ],
    });
  });

  test('all experts are one range: the tensor itself', () => {
    const cut = slice({ ne: [8], fileOffset: 40 }, [0, 1, 2, 3, 4, 5, 6, 7], 4);
    expect(cut).toEqual({ ne: [8], bytes: 32, ranges: [{ offset: 40, length: 32 }] });
  });

  test('the ranges hold the bytes of the kept slices in order, and touch nowhere', () => {
    fc.assert(
      fc.property(choice, fc.integer({ min: 1, max: 40 }), fc.nat(10_000), (kept, sliceBytes, fileOffset) => {
        const { ranges, bytes, ne } = slice({ ne: [3, N_EXPERT], fileOffset }, kept, sliceBytes);
        const read = ranges.flatMap(({ offset, length }) => Array.from({ length }, (_, i) => offset + i));
        const wanted = kept.flatMap((e) =>
          Array.from({ length: sliceBytes }, (_, i) => fileOffset + e * sliceBytes + i),
        );
        expect(read).toEqual(wanted);
        expect(bytes).toBe(wanted.length);
        expect(ne).toEqual([3, kept.length]);
        for (const [i, range] of ranges.slice(1).entries()) {
          expect(range.offset).toBeGreaterThan(ranges[i]!.offset + ranges[i]!.length);
        }
      }),
    );
  });
});

describe('a plan', () => {
  test('cuts each layer by its own choice and takes everything else whole, in the order of the source', () => {
    const model = tinyModel();
    const planned = plan(model);
    const { file } = planned;
    expect(file).toMatchObject({ path: OUTPUT, keysFrom: '/models/tiny.gguf', alignment: 32 });
    expect(file.tensors.map(({ name }) => name)).toEqual(model.tensors.map(({ name }) => name));

    const start = (name: string): number => model.tensors.find((t) => t.name === name)!.fileOffset;
    expect(tensor(planned, 'blk.1.ffn_up_exps.weight')).toMatchObject({
      ne: [6, 4, 4],
      bytes: 4 * SLICE_BYTES,
      ranges: [
        { offset: start('blk.1.ffn_up_exps.weight'), length: 3 * SLICE_BYTES },
        { offset: start('blk.1.ffn_up_exps.weight') + 5 * SLICE_BYTES, length: SLICE_BYTES },
      ],
    });
    expect(tensor(planned, 'blk.2.ffn_gate_inp.bias')).toMatchObject({
      ne: [4],
      bytes: 4 * BIAS_BYTES,
      ranges: [
        { offset: start('blk.2.ffn_gate_inp.bias') + 3 * BIAS_BYTES, length: 2 * BIAS_BYTES },
        { offset: start('blk.2.ffn_gate_inp.bias') + 6 * BIAS_BYTES, length: 2 * BIAS_BYTES },
      ],
    });
    expect(tensor(planned, 'token_embd.weight')).toMatchObject({
      ne: [6, 10],
      bytes: 240,
      ranges: [{ offset: HEADER_BYTES, length: 240 }],
    });
    expect(planned.keep).toBe(4);
    expect(planned.bytes).toBe(240 + 3 * 24 + 2 * 4 * (SLICE_BYTES + BIAS_BYTES));
    expect(planned.warnings).toEqual([]);
  });

  test('changes the expert count alone, in the type that it has', () => {
    expect(plan().file.set).toEqual([{ key: 'tiny.expert_count', type: 'uint32', value: 4 }]);
    const provenance = [{ key: 'winnow.note', type: 'string', value: 'x' }] as const;
    expect(keys(plan(undefined, { provenance }))).toEqual({ 'winnow.note': 'x', 'tiny.expert_count': 4 });
  });

  test('any choices of one size in all layers can be planned, and weigh the same', () => {
    const pair = fc.integer({ min: 2, max: N_EXPERT }).chain((n) => {
      const ofSize = fc.subarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: n, maxLength: n });
      return fc.tuple(ofSize, ofSize);
    });
    fc.assert(
      fc.property(pair, (kept) => {
        const planned = plan(undefined, { kept });
        expect(planned.bytes).toBe(240 + 72 + 2 * kept[0].length * (SLICE_BYTES + BIAS_BYTES));
        expect(keys(planned)).toEqual({ 'tiny.expert_count': kept[0].length });
      }),
    );
  });
});

describe('fewer experts than the model uses', () => {
  const kept = [[4], [6]];

  test('are refused, unless that is wanted', () => {
    expect(() => plan(undefined, { kept })).toThrow(expect.objectContaining({ code: 'SELECTION_IMPOSSIBLE' }));
    const planned = plan(undefined, { kept, allowFewerUsed: true });
    expect(keys(planned)).toEqual({ 'tiny.expert_count': 1, 'tiny.expert_used_count': 1 });
    expect(planned.warnings.map(inEnglish)).toEqual(['The model used 2 experts per token; the file will use 1.']);
  });

  test('lower a count of every block where it is too large', () => {
    const model = tinyModel({ kv: { 'tiny.expert_used_count': integers(0, 1, 2) } });
    const planned = plan(model, { kept, allowFewerUsed: true });
    expect(planned.file.set).toContainEqual({ key: 'tiny.expert_used_count', type: 'int32', value: [0, 1, 1] });
  });
});

describe('fewer active experts', () => {
  const wide = { 'tiny.expert_feed_forward_length': integer(4) };

  test('change one number of the header, and no byte of a tensor', () => {
    const model = tinyModel({ kv: wide });
    const lowered = plan(model, { activeExperts: 1 });
    expect(lowered.file.set).toEqual([
      { key: 'tiny.expert_count', type: 'uint32', value: 4 },
      { key: 'tiny.expert_used_count', type: 'uint32', value: 1 },
    ]);
    expect(lowered.file.tensors).toEqual(plan(model).file.tensors);
    expect(lowered.warnings.map(inEnglish)).toEqual(['The model used 2 experts per token; the file will use 1.']);
    expect(keys(plan(model))).toEqual({ 'tiny.expert_count': 4 });
  });

  test('allow as many kept experts as they are, without leave to use fewer', () => {
    const planned = plan(tinyModel({ kv: wide }), { kept: [[4], [6]], activeExperts: 1 });
    expect(keys(planned)).toEqual({ 'tiny.expert_count': 1, 'tiny.expert_used_count': 1 });
  });

  test.each([
    ['as many as the model uses', {}, { activeExperts: 2 }, 'would not be fewer'],
    [
      'more than are kept',
      { info: { nExpertUsed: 4 } },
      { kept: [[1], [2]], activeExperts: 3, allowFewerUsed: true },
      'if only 1 are kept',
    ],
    [
      'a count for each layer',
      { kv: { 'tiny.expert_used_count': integers(0, 2, 2) } },
      { activeExperts: 1 },
      'tiny.expert_used_count holds one count per layer',
    ],
  ])('are refused by name: %s', (_what, model, options, reason) => {
    const planned = (): PrunePlan =>
      plan(tinyModel({ ...model, kv: { ...wide, ...('kv' in model ? model.kv : {}) } }), options);
    expect(planned).toThrow(expect.objectContaining({ code: 'SELECTION_IMPOSSIBLE' }));
    expect(planned).toThrow(reason);
  });

  test('are refused where llama.cpp derives the width of an expert from their count', () => {
    const derived = { 'tiny.feed_forward_length': integer(8) };
    expect(() => plan(tinyModel({ kv: derived }), { activeExperts: 1 })).toThrow('how wide an expert is');
    // without the key, but as wide as the whole: nothing is derived
    const whole = { 'tiny.feed_forward_length': integer(4) };
    expect(keys(plan(tinyModel({ kv: whole }), { activeExperts: 1 }))).toMatchObject({ 'tiny.expert_used_count': 1 });
  });
});

describe('expert groups', () => {
  const kv = { 'tiny.expert_group_count': integer(2), 'tiny.expert_group_used_count': integer(1) };
  const grouped = (info = {}) => tinyModel({ kv, info: { nExpertGroups: 2, nExpertGroupsUsed: 1, ...info } });
  const balanced = [
    [0, 3, 4, 7],
    [1, 2, 5, 6],
  ];

  test('are dropped: one group of all', () => {
    const expected = { 'tiny.expert_count': 4, 'tiny.expert_group_count': 1, 'tiny.expert_group_used_count': 1 };
    expect(keys(plan(grouped()))).toEqual(expected);
    expect(keys(plan(grouped(), { grouping: 'ungrouped', kept: balanced }))).toEqual(expected);
  });

  test('are dropped altogether for a single expert, as llama.cpp wants fewer groups than experts', () => {
    const planned = plan(grouped({ nExpertUsed: 1 }), { kept: [[0], [1]] });
    expect(keys(planned)).toMatchObject({ 'tiny.expert_group_count': 0, 'tiny.expert_group_used_count': 0 });
  });

  test('stay for a balanced choice', () => {
    expect(keys(plan(grouped(), { grouping: 'balanced', kept: balanced }))).toEqual({ 'tiny.expert_count': 4 });
  });

  test.each([
    { what: 'unequal groups', kept: KEPT, info: {} },
    {
      what: 'one expert a group',
      kept: [
        [0, 4],
        [1, 5],
      ],
      info: { nExpertUsed: 1 },
    },
    {
      what: 'an odd number of experts',
      kept: [
        [0, 1, 4],
        [0, 1, 4],
      ],
      info: {},
    },
    { what: 'groups that do not hold the experts used', kept: balanced, info: { nExpertUsed: 3 } },
  ])('balanced pruning refuses $what', ({ kept, info }) => {
    expect(() => plan(grouped(info), { grouping: 'balanced', kept })).toThrow(
      expect.objectContaining({ code: 'CHOICE_INVALID' }),
    );
  });

  test('of a model without groups are left alone', () => {
    expect(keys(plan(undefined, { grouping: 'ungrouped' }))).toEqual({ 'tiny.expert_count': 4 });
    expect(keys(plan(undefined, { grouping: 'balanced' }))).toEqual({ 'tiny.expert_count': 4 });
  });
});

describe('prediction blocks', () => {
  const kv = {
    'tiny.attention.head_count': integers(2, 2, 2, 4),
    'tiny.rope.sections': integers(1, 2, 3),
    'tiny.layer_names': { type: 'string', array: true, length: 4, value: ['a', 'b', 'c', 'd'] },
    'other.per_block': integers(1, 2, 3, 4),
  } as const;

  test('are left out of lists that something else changes, too', () => {
    const used = { 'tiny.expert_used_count': integers(2, 2, 2, 2) };
    const planned = plan(tinyModel({ nextn: true, kv: used }), {
      kept: [[4], [6]],
      allowFewerUsed: true,
      nextn: 'drop',
    });
    expect(keys(planned)).toMatchObject({ 'tiny.expert_used_count': [1, 1, 1] });
  });

  test('that were scored are cut by their own choice, and by that alone', () => {
    const model = tinyModel({ nextn: true, kv, info: { predictionLayers: [3] } });
    const own = [[0, 1, 2, 3], KEPT.at(-1)!, [0, 1, 4, 5]];
    const planned = plan(model, { nextn: 'scored', kept: own });
    expect(planned.warnings).toEqual([msg('predictionKept', { blocks: 1 })]);
    expect(keys(planned)).toEqual({ 'tiny.expert_count': 4 });
    const base = model.tensors.find(({ name }) => name === 'blk.3.ffn_up_exps.weight')!.fileOffset;
    expect(tensor(planned, 'blk.3.ffn_up_exps.weight').ranges).toEqual([
      { offset: base, length: 2 * SLICE_BYTES },
      { offset: base + 4 * SLICE_BYTES, length: 2 * SLICE_BYTES },
    ]);
    expect(plan(model, { nextn: 'reuse', kept: own }).file).toEqual(planned.file);
    const left = plan(model, { nextn: 'drop', kept: own });
    expect(left.warnings).toEqual([msg('predictionDropped', { blocks: 1 })]);
    expect(keys(left)).toMatchObject({ 'tiny.block_count': 3, 'tiny.nextn_predict_layers': 0 });

    const unchosen = plan(model, { nextn: 'scored', kept: own.slice(0, -1) });
    expect(unchosen.warnings).toEqual([msg('predictionNotChosen', { blocks: 1 })]);
    expect(unchosen.file).toEqual(left.file);
    const notRun = tinyModel({ nextn: true, kv });
    expect(plan(notRun, { nextn: 'scored', kept: own.slice(0, -1) }).warnings).toEqual([
      msg('predictionNotRun', { blocks: 1 }),
    ]);
    expect(() => plan(notRun, { nextn: 'scored', kept: own })).toThrow(/3 layers/);
  });

  test('that are not there change nothing', () => {
    expect(plan(undefined, { nextn: 'drop' })).toEqual(plan());
  });
});

describe('blocks of experts that share weights', () => {
  const model = tinyModel({ info: { expertsPerBlock: 2 } });
  const withChunks = {
    ...model,
    tensors: [
      ...model.tensors,
      { name: 'blk.1.ffn_up_chexps.weight', type: 'f32', ne: [6, 2, 4], bytes: 4 * 48, part: 0, fileOffset: 9000 },
    ],
  };

  test('are kept or dropped as a whole', () => {
    const planned = plan(withChunks, {
      kept: [
        [0, 1, 4, 5],
        [2, 3, 6, 7],
      ],
    });
    expect(tensor(planned, 'blk.1.ffn_up_chexps.weight')).toMatchObject({
      ne: [6, 2, 2],
      bytes: 96,
      ranges: [
        { offset: 9000, length: 48 },
        { offset: 9096, length: 48 },
      ],
    });
  });

  test.each([[[0, 1, 2, 5]], [[1, 2, 4, 5]], [[0, 1, 2]]])('cannot be torn apart: %j', (...experts) => {
    const kept = [experts[0], experts[0]];
    expect(() => plan(withChunks, { kept })).toThrow(expect.objectContaining({ code: 'CHOICE_INVALID' }));
  });
});

describe('masks that do not fit', () => {
  test.each([
    { what: 'a layer too few', kept: [[0, 1]], code: 'CHOICE_INVALID' },
    {
      what: 'different counts',
      kept: [
        [0, 1],
        [0, 1, 2],
      ],
      code: 'CHOICE_INVALID',
    },
    {
      what: 'an expert that is not there',
      kept: [
        [0, 1],
        [0, 8],
      ],
      code: 'CHOICE_INVALID',
    },
    {
      what: 'a negative one',
      kept: [
        [-1, 1],
        [0, 1],
      ],
      code: 'CHOICE_INVALID',
    },
    {
      what: 'half of one',
      kept: [
        [0, 1],
        [0, 1.5],
      ],
      code: 'CHOICE_INVALID',
    },
    {
      what: 'one twice',
      kept: [
        [0, 0],
        [0, 1],
      ],
      code: 'CHOICE_INVALID',
    },
    {
      what: 'another order',
      kept: [
        [1, 0],
        [0, 1],
      ],
      code: 'CHOICE_INVALID',
    },
    { what: 'no expert', kept: [[], []], code: 'CHOICE_INVALID' },
  ])('$what', ({ kept, code }) => {
    expect(() => plan(undefined, { kept })).toThrow(expect.objectContaining({ code }));
  });

  test('nor does a tensor whose expert axis is of another length', () => {
    const model = tinyModel();
    const tensors = model.tensors.map((t) => (t.name === 'blk.2.ffn_gate_inp.bias' ? { ...t, ne: [9] } : t));
    expect(() => plan({ ...model, tensors })).toThrow(
      expect.objectContaining({
        code: 'ARCH_REFUSED',
        message: expect.stringContaining('blk.2.ffn_gate_inp.bias') as string,
      }),
    );
  });

  test('nor does any for a model that must not be cut', () => {
    const model = tinyModel({
      info: { prunable: { ok: false, reason: msg('written', { text: 'it is made of glass' }) } },
    });
    expect(() => plan(model)).toThrow('/models/tiny.gguf cannot be pruned: it is made of glass.');
  });
});
