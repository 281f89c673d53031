// Damage to a GGUF file's structure: what bit flips alone would hardly ever hit upon.
import type { Random } from '../../random.ts';
import { mutateTree } from '../mutate.ts';
import {
  encodeNumber,
  keyOf,
  layOut,
  listKey,
  tensorBytes,
  text,
  uint64,
  VALUE,
  type Draft,
  type DraftKey,
  type List,
  type Text,
} from './draft.ts';

const HOSTILE_NAMES: readonly Buffer[] = [
  Buffer.from([0xff, 0xfe, 0x80]),
  Buffer.from('y'.repeat(70_000)),
  ...['', '\0', '__proto__', 'constructor', 'x'.repeat(63), 'x'.repeat(64), 'a', ' ', '<0xZZ>'].map((name) =>
    Buffer.from(name),
  ),
  ...[
    'blk.99999999999999999999.ffn_up_exps.weight',
    'blk.4294967295.ffn_up_exps.weight',
    'blk.-1.ffn_gate_inp.weight',
    'blk.0.ffn_up.0.weight',
    'blk.0.ffn_gate_tid2eid.weight',
    '=HYPERLINK("http://x")\n\u202e',
  ].map((name) => Buffer.from(name)),
];
const ARCHITECTURES = ['llama', 'clip', 'bert', 'gemma4', 'qwen2moe', 'gpt-oss', 'none', 'rwkv', 't5'];
const KEYS = [
  ...['general.alignment', 'general.type', 'general.file_type', 'winnow.test', 'split.count', 'split.no'],
  ...[
    'nextn_predict_layers',
    'expert_group_count',
    'experts_per_group',
    'vocab_size',
    'rope.dimension_count',
    'rope.scaling.type',
    'expert_shared_count',
    'leading_dense_block_count',
    'expert_gating_func',
    'attention.sliding_window',
  ].map((name) => `qwen3moe.${name}`),
  ...['add_space_prefix', 'padding_token_id', 'precompiled_charsmap'].map((name) => `tokenizer.ggml.${name}`),
];
const TENSORS = [
  'blk.0.ffn_gate_tid2eid.weight',
  'blk.0.router_temperature.weight',
  'blk.7.ffn_up_exps.weight',
  'rope_freqs.weight',
  'unknown',
];
const DIMENSIONS: readonly bigint[] = [0n, 1n, 2n, 4n, 32n, 1n << 16n, 1n << 31n, 1n << 32n, 1n << 40n, 1n << 62n];
const ALIGNMENTS = [1, 2, 4, 8, 16, 64, 256, 4096, 1 << 17];
/** Of values 0 to 12; ggml's types of tensors are 0 to 44. */
const TYPES = 13;
const TENSOR_TYPES = 45;

function otherName(name: Buffer, random: Random): Buffer {
  if (random.once(3)) return random.pick(HOSTILE_NAMES);
  if (random.once(4)) return Buffer.from(random.pick(ARCHITECTURES));
  if (random.once(2)) return Buffer.concat([name, Buffer.from(random.pick(['\0', '\0x', 's']))]);
  return name.subarray(0, random.below(name.length + 1));
}

/** Something of the same kind, so that the file can be written. */
function otherPart(value: unknown, random: Random, name: string): unknown {
  if (name === 'alignment') return random.pick(ALIGNMENTS);
  if (value === null) return random.once(2) ? random.edge() : BigInt(random.below(8));
  if (typeof value === 'bigint') return random.once(2) ? random.edge() : value + BigInt(random.between(-2, 2));
  if (typeof value === 'number') {
    if (random.once(4)) return Number(BigInt.asIntN(32, random.edge()));
    return random.once(2) ? value + random.between(-2, 2) : random.below(random.pick([TYPES, TENSOR_TYPES]));
  }
  if (Buffer.isBuffer(value)) return otherName(value, random);
  // members of a list go round
  if (Array.isArray(value)) return value.concat(value.splice(0, random.below(value.length))) as unknown;
  const part = value as Partial<{ name: Text; bytes: Buffer }>;
  if (part.name) return { ...part, name: { bytes: otherName(part.name.bytes, random), says: null } };
  return part.bytes ? { ...part, bytes: otherName(part.bytes, random) } : value;
}

function anyKey(random: Random): DraftKey {
  const name = random.pick(KEYS);
  const type = random.below(TYPES);
  if (type === VALUE.text) return keyOf(name, type, random.pick(['', 'adapter', 'mmproj', 'x'.repeat(5000)]));
  if (type !== VALUE.list)
    return keyOf(name, type, random.once(2) ? random.edge() : BigInt(random.pick([0, 1, 2, 3, 8, 48, 64, 1 << 17])));
  const element = random.pick([VALUE.u8, VALUE.i32, VALUE.text, VALUE.f64, VALUE.bool]);
  const length = random.pick([0, 1, 3, 1024, 1025]);
  return listKey(name, element, new Array(length).fill(element === VALUE.text ? 'item' : random.below(200)));
}

/** What takes more than one place. */
const TOGETHER: readonly ((draft: Draft, random: Random) => void)[] = [
  function oneMoreKey(draft, random) {
    draft.keys.splice(random.below(draft.keys.length + 1), 0, anyKey(random));
  },
  function numberForEachBlock(draft, random) {
    const numbers = draft.keys.filter(({ value }) => typeof value !== 'object');
    if (numbers.length === 0) return;
    const key = random.pick(numbers);
    const items = Array.from({ length: random.below(4) }, () =>
      random.once(4) ? random.edge() : (key.value as bigint),
    );
    Object.assign(key, { type: VALUE.list, value: { element: key.type, says: null, items } satisfies List });
  },
  function nestedList(draft, random) {
    const level = Buffer.concat([encodeNumber(VALUE.i32, VALUE.list), uint64(1)]);
    const innermost = Buffer.concat([encodeNumber(VALUE.i32, VALUE.u8), uint64(0)]);
    const bytes = Buffer.concat([...new Array<Buffer>(random.pick([1, 2, 100, 5000])).fill(level), innermost]);
    const value = { element: VALUE.list, says: null, items: [{ bytes }] };
    draft.keys.push({ name: text('nested'), type: VALUE.list, value });
  },
  function otherAlignment(draft, random) {
    draft.alignment = random.pick(ALIGNMENTS);
    draft.keys.push(keyOf('general.alignment', VALUE.u32, draft.alignment));
    layOut(draft);
  },
  function oneMoreTensor(draft, random) {
    const dims = random.pick([[4n], [32n, 4n], [32n, 32n, 4n]]);
    draft.tensors.push({ name: text(random.pick(TENSORS)), dims, says: null, type: 0, offset: 0n });
    if (!random.once(4)) layOut(draft);
  },
  function dimensions(draft, random) {
    if (draft.tensors.length === 0) return;
    random.pick(draft.tensors).dims = Array.from({ length: random.below(5) }, () => random.pick(DIMENSIONS));
    if (random.once(2)) layOut(draft);
  },
  function overlap(draft, random) {
    if (draft.tensors.length === 0) return;
    const [one, other] = [random.pick(draft.tensors), random.pick(draft.tensors)];
    one.offset = other.offset + BigInt(random.pick([0, 1, 32, -32]));
  },
  function gap(draft, random) {
    const from = random.below(draft.tensors.length);
    for (const tensor of draft.tensors.slice(from)) tensor.offset += BigInt(random.pick([1, 32, 4096]));
    draft.data = Buffer.concat([draft.data, Buffer.alloc(4096)]);
  },
  function otherEnd(draft, random) {
    const { data } = draft;
    const last = draft.tensors.at(-1);
    draft.data = random.pick([
      data.subarray(0, random.below(data.length)),
      data.subarray(0, data.length - random.pick([1, 31, 32, 33])),
      Buffer.concat([data, Buffer.alloc(random.pick([1, 31, 32, 5000]), 7)]),
      last ? data.subarray(0, Number(last.offset + tensorBytes(last))) : data,
    ]);
  },
];

/** One to four such damages. @returns their names */
export function mutateDraft(draft: Draft, random: Random): string[] {
  return Array.from({ length: random.once(3) ? random.between(2, 4) : 1 }, () => {
    if (random.once(4)) {
      const mutation = random.pick(TOGETHER);
      mutation(draft, random);
      return mutation.name;
    }
    const name = mutateTree(draft, random, otherPart, [0, 0, 2, 2, 2, 2000]);
    if (random.once(3)) layOut(draft);
    return name;
  });
}
