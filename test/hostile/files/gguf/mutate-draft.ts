// Damage to a GGUF file's structure, one thing at a time: what bit flips alone would hardly ever hit upon.
import type { Random } from '../../random.ts';
import {
  encodeNumber,
  encodeText,
  layOut,
  listKey,
  numberKey,
  tensorBytes,
  text,
  textKey,
  uint64,
  VALUE,
  VALUE_BYTES,
  type Draft,
  type DraftKey,
  type DraftTensor,
  type DraftValue,
} from './draft.ts';

/** Changes the draft in place. */
type DraftMutation = (draft: Draft, random: Random) => void;

const HOSTILE_NAMES: readonly Buffer[] = [
  Buffer.alloc(0),
  Buffer.from('\0'),
  Buffer.from('__proto__'),
  Buffer.from('constructor'),
  Buffer.from([0xff, 0xfe, 0x80]),
  Buffer.from('x'.repeat(63)),
  Buffer.from('x'.repeat(64)),
  Buffer.from('y'.repeat(70_000)),
  Buffer.from('blk.99999999999999999999.ffn_up_exps.weight'),
  Buffer.from('blk.4294967295.ffn_up_exps.weight'),
  Buffer.from('blk.-1.ffn_gate_inp.weight'),
  Buffer.from('blk.0.ffn_up.0.weight'),
  Buffer.from('blk.0.ffn_gate_tid2eid.weight'),
  Buffer.from('=HYPERLINK("http://x")\n\u202e'),
];

const ALL_TYPES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const;

function hostileName(name: Buffer, random: Random): Buffer {
  if (random.once(3)) return random.pick(HOSTILE_NAMES);
  if (random.once(2))
    return Buffer.concat([name, random.pick([Buffer.from('\0'), Buffer.from('\0x'), Buffer.from('s')])]);
  return name.subarray(0, random.below(name.length + 1));
}

function anyKey(random: Random): DraftKey {
  const name = random.pick([
    'general.alignment',
    'general.type',
    'general.file_type',
    'winnow.test',
    'split.count',
    'split.no',
    'qwen3moe.nextn_predict_layers',
    'qwen3moe.expert_group_count',
    'qwen3moe.experts_per_group',
    'qwen3moe.vocab_size',
    'qwen3moe.rope.dimension_count',
    'qwen3moe.rope.scaling.type',
    'qwen3moe.expert_shared_count',
    'qwen3moe.leading_dense_block_count',
    'qwen3moe.expert_gating_func',
    'qwen3moe.attention.sliding_window',
    'tokenizer.ggml.add_space_prefix',
    'tokenizer.ggml.padding_token_id',
    'tokenizer.ggml.precompiled_charsmap',
  ]);
  const type = random.pick(ALL_TYPES);
  if (type === VALUE.text) return textKey(name, random.pick(['', 'adapter', 'mmproj', 'x'.repeat(5000)]));
  if (type !== VALUE.list) return numberKey(name, type, random.edge());
  const element = random.pick([VALUE.u8, VALUE.i32, VALUE.text, VALUE.f64, VALUE.bool]);
  const length = random.pick([0, 1, 3, 1024, 1025]);
  return listKey(
    name,
    element,
    Array.from({ length }, () => (element === VALUE.text ? 'item' : random.below(200))),
  );
}

type DraftList = Extract<DraftValue, { kind: 'list' }>;

const numbersOf = ({ keys }: Draft): DraftKey[] => keys.filter(({ type }) => VALUE_BYTES[type] !== undefined);
const textsOf = ({ keys }: Draft) => keys.flatMap(({ value }) => (value.kind === 'text' ? [value] : []));
const listsOf = ({ keys }: Draft) => keys.flatMap(({ value }) => (value.kind === 'list' ? [value] : []));

/** A list's elements as they lie in the file; none where an earlier damage has made it unreadable. */
function itemsOf({ element, count, bytes }: DraftList): Buffer[] {
  const items: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    if (element === VALUE.text && at + 8 > bytes.length) return [];
    const size = element === VALUE.text ? 8 + Number(bytes.readBigUInt64LE(at)) : (VALUE_BYTES[element] ?? 0);
    if (size === 0 || at + size > bytes.length) return [];
    items.push(bytes.subarray(at, at + size));
    at += size;
  }
  return BigInt(items.length) === count ? items : [];
}

const MUTATIONS: readonly DraftMutation[] = [
  // --- counts and the like
  function keyCount(draft, random) {
    draft.keyCount = random.once(2) ? random.edge() : BigInt(draft.keys.length + random.between(-2, 2));
  },
  function tensorCount(draft, random) {
    draft.tensorCount = random.once(2)
      ? random.edge()
      : BigInt(Math.max(0, draft.tensors.length + random.between(-2, 2)));
  },
  function version(draft, random) {
    draft.version = random.pick([0, 1, 2, 3, 4, 255, 0x03000000, 0x7fffffff, -1]);
  },
  // --- keys
  function keyNameLength(draft, random) {
    random.pick(draft.keys).name.length = random.edge();
  },
  function keyName(draft, random) {
    const key = random.pick(draft.keys);
    key.name = { bytes: hostileName(key.name.bytes, random) };
  },
  function keyType(draft, random) {
    random.pick(draft.keys).type = random.once(4) ? Number(BigInt.asIntN(32, random.edge())) : random.pick(ALL_TYPES);
  },
  function keyOfAnotherTypeInOrder(draft, random) {
    const key = random.pick(numbersOf(draft));
    const type = random.pick([VALUE.u8, VALUE.i8, VALUE.u16, VALUE.i32, VALUE.u32, VALUE.u64, VALUE.i64, VALUE.f32]);
    const bytes = key.value.kind === 'fixed' ? key.value.bytes : Buffer.alloc(0);
    const value = Buffer.concat([bytes, Buffer.alloc(8)]).readUInt32LE();
    Object.assign(key, numberKey(key.name.bytes.toString(), type, value));
  },
  function value(draft, random) {
    const key = random.pick(numbersOf(draft));
    key.value = {
      kind: 'fixed',
      bytes: encodeNumber(key.type, random.once(2) ? random.edge() : BigInt(random.below(6))),
    };
  },
  function textLength(draft, random) {
    random.pick(textsOf(draft)).text.length = random.edge();
  },
  function textValue(draft, random) {
    random.pick(textsOf(draft)).text = {
      bytes: random.pick([
        ...HOSTILE_NAMES,
        Buffer.from('llama'),
        Buffer.from('clip'),
        Buffer.from('bert'),
        Buffer.from('gemma4'),
        Buffer.from('qwen2moe'),
        Buffer.from('gpt-oss'),
        Buffer.from('none'),
        Buffer.from('rwkv'),
        Buffer.from('t5'),
      ]),
    };
  },
  function listCount(draft, random) {
    const list = random.pick(listsOf(draft));
    list.count = random.once(2) ? random.edge() : list.count + BigInt(random.between(-1, 1));
  },
  function listElementType(draft, random) {
    random.pick(listsOf(draft)).element = random.once(4)
      ? Number(BigInt.asIntN(32, random.edge()))
      : random.pick(ALL_TYPES);
  },
  function listItems(draft, random) {
    const list = random.pick(listsOf(draft));
    const items = itemsOf(list);
    if (items.length === 0) return;
    const at = random.below(items.length);
    if (random.once(2)) items.splice(at, random.pick([1, items.length]));
    else items.splice(at, 0, ...Array.from({ length: random.pick([1, 2000]) }, () => items[at] ?? Buffer.alloc(0)));
    Object.assign(list, { count: BigInt(items.length), bytes: Buffer.concat(items) });
  },
  function listItem(draft, random) {
    const list = random.pick(listsOf(draft));
    const items = itemsOf(list);
    if (items.length === 0) return;
    items[random.below(items.length)] =
      list.element === VALUE.text
        ? encodeText({
            bytes: random.pick([...HOSTILE_NAMES, Buffer.from('a'), Buffer.from(' '), Buffer.from('<0xZZ>')]),
          })
        : encodeNumber(list.element, random.edge());
    list.bytes = Buffer.concat(items);
  },
  function numberForEachBlock(draft, random) {
    const key = random.pick(numbersOf(draft));
    if (key.value.kind !== 'fixed') return;
    const items = Array.from({ length: random.below(4) }, () =>
      random.once(4) ? encodeNumber(key.type, random.edge()) : (key.value as { bytes: Buffer }).bytes,
    );
    Object.assign(key, {
      type: VALUE.list,
      value: { kind: 'list', element: key.type, count: BigInt(items.length), bytes: Buffer.concat(items) },
    });
  },
  function nestedList(draft, random) {
    const depth = random.pick([1, 2, 100, 5000]);
    const level = Buffer.concat([encodeNumber(VALUE.i32, VALUE.list), uint64(1)]);
    const bytes = Buffer.concat([
      ...Array.from({ length: depth }, () => level),
      encodeNumber(VALUE.i32, VALUE.u8),
      uint64(0),
    ]);
    draft.keys.push({
      name: text('nested'),
      type: VALUE.list,
      value: { kind: 'list', element: VALUE.list, count: 1n, bytes },
    });
  },
  function missingKey(draft, random) {
    draft.keys.splice(random.below(draft.keys.length), 1);
  },
  function doubleKey(draft, random) {
    draft.keys.splice(random.below(draft.keys.length), 0, { ...random.pick(draft.keys) });
  },
  function oneMoreKey(draft, random) {
    draft.keys.splice(random.below(draft.keys.length), 0, anyKey(random));
  },
  function keyOrder(draft, random) {
    draft.keys.push(...draft.keys.splice(0, random.below(draft.keys.length)));
  },
  function manyKeys(draft, random) {
    const count = random.pick([100, 2000]);
    draft.keys.push(...Array.from({ length: count }, (_, i) => numberKey(`many.${i}`, VALUE.u8, 1)));
  },
  function alignmentKey(draft, random) {
    const alignment = random.once(2)
      ? random.edge()
      : BigInt(random.pick([0, 1, 2, 3, 8, 16, 48, 64, 4096, 1 << 16, 1 << 17, 1 << 24]));
    draft.keys.push(
      numberKey('general.alignment', random.once(4) ? random.pick([VALUE.u64, VALUE.i32]) : VALUE.u32, alignment),
    );
  },
  function otherAlignment(draft, random) {
    draft.alignment = random.pick([1, 2, 4, 8, 16, 64, 256, 4096, 1 << 17]);
    draft.keys.push(numberKey('general.alignment', VALUE.u32, draft.alignment));
    layOut(draft);
  },
  // --- tensors
  function tensorNameLength(draft, random) {
    random.pick(draft.tensors).name.length = random.edge();
  },
  function tensorName(draft, random) {
    const tensor = random.pick(draft.tensors);
    tensor.name = { bytes: hostileName(tensor.name.bytes, random) };
  },
  function missingTensor(draft, random) {
    draft.tensors.splice(random.below(draft.tensors.length), 1);
    if (random.once(2)) layOut(draft);
  },
  function doubleTensor(draft, random) {
    draft.tensors.push({ ...random.pick(draft.tensors) });
    if (random.once(2)) layOut(draft);
  },
  function oneMoreTensor(draft, random) {
    const name = random.pick([
      'blk.0.ffn_gate_tid2eid.weight',
      'blk.0.router_temperature.weight',
      'blk.7.ffn_up_exps.weight',
      'rope_freqs.weight',
      'unknown',
    ]);
    draft.tensors.push({ name: text(name), dims: random.pick([[4n], [32n, 4n], [32n, 32n, 4n]]), type: 0, offset: 0n });
    if (!random.once(4)) layOut(draft);
  },
  function tensorOrder(draft, random) {
    draft.tensors.push(...draft.tensors.splice(0, random.below(draft.tensors.length)));
    if (random.once(2)) layOut(draft);
  },
  function dimension(draft, random) {
    const { dims } = random.pick(draft.tensors);
    const at = random.below(dims.length);
    dims[at] = random.once(2) ? random.edge() : (dims[at] ?? 1n) + BigInt(random.between(-1, 1));
    if (random.once(3)) layOut(draft);
  },
  function dimensions(draft, random) {
    const tensor = random.pick(draft.tensors);
    tensor.dims = Array.from({ length: random.below(5) }, () =>
      random.pick([0n, 1n, 2n, 32n, 1n << 16n, 1n << 31n, 1n << 32n, 1n << 48n, 1n << 62n, random.edge()]),
    );
    if (random.once(3)) layOut(draft);
  },
  function emptyTensor(draft, random) {
    const tensor = random.pick(draft.tensors);
    tensor.dims = random.pick<bigint[]>([
      [0n],
      [32n, 0n],
      [32n, 32n, 0n],
      [0n, 1n << 40n],
      [1n << 40n, 0n, 4n],
      [1n << 32n, 1n << 32n],
    ]);
    layOut(draft);
  },
  function dimensionCount(draft, random) {
    random.pick(draft.tensors).dimCount = random.once(2) ? Number(BigInt.asIntN(32, random.edge())) : random.below(7);
  },
  function tensorType(draft, random) {
    const tensor = random.pick(draft.tensors);
    tensor.type = random.once(4) ? Number(BigInt.asIntN(32, random.edge())) : random.below(45);
    if (random.once(2)) layOut(draft);
  },
  function offset(draft, random) {
    random.pick(draft.tensors).offset = random.edge();
  },
  function overlap(draft, random) {
    const [one, other] = [random.pick(draft.tensors), random.pick(draft.tensors)];
    one.offset = other.offset + BigInt(random.pick([0, 1, 32, -32]));
  },
  function gap(draft, random) {
    const from = random.below(draft.tensors.length);
    for (const tensor of draft.tensors.slice(from)) tensor.offset += BigInt(random.pick([1, 32, 4096]));
    draft.data = Buffer.concat([draft.data, Buffer.alloc(4096)]);
  },
  function absurdTensors(draft, random) {
    const count = random.pick([100, 1000]);
    draft.tensors.push(
      ...Array.from({ length: count }, (_, i): DraftTensor => ({
        name: text(`t${i}`),
        dims: [1n],
        type: 0,
        offset: 0n,
      })),
    );
    layOut(draft);
  },
  // --- data
  function missingData(draft, random) {
    draft.data = draft.data.subarray(0, random.below(draft.data.length));
  },
  function lastByteMissing(draft, random) {
    draft.data = draft.data.subarray(0, draft.data.length - random.pick([1, 31, 32, 33]));
  },
  function moreData(draft, random) {
    draft.data = Buffer.concat([draft.data, Buffer.alloc(random.pick([1, 31, 32, 5000]), 7)]);
  },
  function unpaddedEnd(draft) {
    const last = draft.tensors.at(-1);
    if (last) draft.data = draft.data.subarray(0, Number(last.offset + tensorBytes(last)));
  },
];

/** One to four such damages. @returns their names */
export function mutateDraft(draft: Draft, random: Random): string[] {
  const names: string[] = [];
  for (let left = random.once(3) ? random.between(2, 4) : 1; left > 0; left--) {
    // whatever a mutation needs one of
    if (draft.tensors.length * numbersOf(draft).length * textsOf(draft).length * listsOf(draft).length === 0) break;
    const mutation = random.pick(MUTATIONS);
    mutation(draft, random);
    names.push(mutation.name);
  }
  return names;
}
