// Hostile GGUF files: a small model, damaged in its structure, in one field, in its bytes, by a cut, or as a set of parts.
import { mutateBytes, mutateTree } from '../mutate.ts';
import type { Random } from '../../random.ts';
import {
  encodeDraft,
  encodeValue,
  keyOf,
  layOut,
  listKey,
  MODELS,
  partName,
  partNames,
  setKey,
  split,
  tensorBytes,
  VALUE,
  type Draft,
  type DraftKey,
  type List,
} from './draft.ts';

export type Mutant = {
  /** What kind of damage. */
  readonly kind: string;
  /** In words, for whoever looks into a finding. */
  readonly how: string;
  /** By name; all in one folder. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** The name that is opened. */
  readonly open: string;
};

const HOSTILE_NAMES = [
  ...['', '\0', '__proto__', 'constructor', 'x'.repeat(63), 'x'.repeat(64), 'y'.repeat(70_000), ' ', '<0xZZ>'],
  ...['llama', 'clip', 'bert', 'gemma4', 'qwen2moe', 'gpt-oss', 'none', 'rwkv', 't5'],
  'blk.99999999999999999999.ffn_up_exps.weight',
  'blk.4294967295.ffn_up_exps.weight',
  'blk.-1.ffn_gate_inp.weight',
  'blk.0.ffn_up.0.weight',
  'blk.0.ffn_gate_tid2eid.weight',
  '=HYPERLINK("http://x")\n\u202e',
];
const KEYS = [
  ...['general.alignment', 'general.type', 'general.file_type', 'winnow.test', 'split.count', 'split.no'],
  ...[
    ...['nextn_predict_layers', 'expert_group_count', 'experts_per_group', 'vocab_size', 'rope.dimension_count'],
    ...['rope.scaling.type', 'expert_shared_count', 'leading_dense_block_count', 'expert_gating_func'],
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

/** Something of the same kind, so that the file can be written. */
function otherPart(value: unknown, random: Random, name: string): unknown {
  if (name === 'alignment') return random.pick(ALIGNMENTS);
  if (typeof value === 'bigint') return random.once(2) ? random.edge() : value + BigInt(random.between(-2, 2));
  if (typeof value === 'number') {
    if (random.once(4)) return Number(BigInt.asIntN(32, random.edge()));
    return random.once(2) ? value + random.between(-2, 2) : random.below(random.pick([TYPES, TENSOR_TYPES]));
  }
  if (typeof value === 'string') {
    if (random.once(2)) return random.pick(HOSTILE_NAMES);
    return random.once(2) ? value + random.pick(['\0', '\0x', 's']) : value.slice(0, random.below(value.length + 1));
  }
  // members of a list go round
  if (Array.isArray(value)) return value.concat(value.splice(0, random.below(value.length))) as unknown;
  const part = value as Partial<DraftKey>;
  return part.name === undefined ? value : { ...part, name: otherPart(part.name, random, 'name') };
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

/** What takes more than one place. A draft may have lost all of its keys or tensors. */
const TOGETHER: readonly ((draft: Draft, random: Random) => void)[] = [
  function oneMoreKey(draft, random) {
    draft.keys.splice(random.below(draft.keys.length + 1), 0, anyKey(random));
  },
  function numberForEachBlock(draft, random) {
    const numbers = draft.keys.filter(({ value }) => typeof value === 'number' || typeof value === 'bigint');
    if (numbers.length === 0) return;
    const { name, type, value } = random.pick(numbers);
    const items = Array.from({ length: random.below(4) }, () => (random.once(4) ? random.edge() : value));
    setKey(draft, listKey(name, type, items));
  },
  function nestedList(draft, random) {
    let nested: List = { element: VALUE.u8, items: [] };
    for (let depth = random.pick([1, 2, 100, 1000]); depth > 0; depth--)
      nested = { element: VALUE.list, items: [nested] };
    draft.keys.push({ name: 'nested', type: VALUE.list, value: nested });
  },
  function otherAlignment(draft, random) {
    draft.alignment = random.pick(ALIGNMENTS);
    draft.keys.push(keyOf('general.alignment', VALUE.u32, draft.alignment));
    layOut(draft);
  },
  function oneMoreTensor(draft, random) {
    const dims = random.pick([[4n], [32n, 4n], [32n, 32n, 4n]]);
    draft.tensors.push({ name: random.pick(TENSORS), dims: [...dims], type: 0, offset: 0n });
    if (!random.once(4)) layOut(draft);
  },
  function dimensions(draft, random) {
    if (draft.tensors.length === 0) return;
    random.pick(draft.tensors).dims = Array.from({ length: random.below(5) }, () => random.pick(DIMENSIONS));
    if (random.once(2)) layOut(draft);
  },
  function overlapOrGap(draft, random) {
    if (draft.tensors.length === 0) return;
    if (random.once(2))
      random.pick(draft.tensors).offset = random.pick(draft.tensors).offset + random.pick([0n, 1n, -32n]);
    else for (const tensor of draft.tensors.slice(random.below(draft.tensors.length))) tensor.offset += 32n;
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

/** One to four damages of the structure. @returns their names */
function mutateDraft(draft: Draft, random: Random): string {
  const names = Array.from({ length: random.once(3) ? random.between(2, 4) : 1 }, () => {
    if (random.once(4)) {
      const mutation = random.pick(TOGETHER);
      mutation(draft, random);
      return mutation.name;
    }
    const name = mutateTree(draft, random, otherPart, [0, 0, 2, 2, 2, 2000]);
    if (random.once(3)) layOut(draft);
    return name;
  });
  return names.join(', ');
}

const PARTS = 3;
const NAMES = partNames(PARTS);
/** Each may change the files and returns the name to open; null: the first. */
const OF_PARTS: readonly ((files: Map<string, Buffer>, parts: Draft[], random: Random) => string | null)[] = [
  function missing(files, _parts, random) {
    files.delete(random.pick(NAMES));
    return random.pick(NAMES);
  },
  function foreign(files, _parts, random) {
    const other = random.pick(Object.values(MODELS));
    const part = random.below(PARTS);
    const draft = random.once(2) ? other : split(other, PARTS)[part]!;
    files.set(NAMES[part]!, random.once(4) ? Buffer.alloc(0) : encodeDraft(draft).bytes);
    return null;
  },
  function swapped(files, _parts, random) {
    const [one, other] = [random.pick(NAMES), random.pick(NAMES)];
    const [first, second] = [files.get(one)!, files.get(other)!];
    files.set(one, second);
    if (random.once(2)) files.set(other, first);
    return random.pick(NAMES);
  },
  function oneMore(files, _parts, random) {
    files.set(partName(PARTS, PARTS), files.get(random.pick(NAMES))!);
    return random.pick([...files.keys()]);
  },
  function renamed(files, _parts, random) {
    const count = random.pick([1, 2, 4, 99_999, 0]);
    const all = [...files.values()];
    files.clear();
    all.forEach((bytes, part) => files.set(partName(part, count), bytes));
    return random.pick([...files.keys()]);
  },
  function alone(files, _parts, random) {
    const bytes = files.get(random.pick(NAMES))!;
    files.clear();
    files.set('alone.gguf', bytes);
    return 'alone.gguf';
  },
  function numbers(files, parts, random) {
    const part = random.below(PARTS);
    const draft = parts[part]!;
    const name = random.pick(['split.no', 'split.count', 'split.tensors.count']);
    const type = random.pick([VALUE.u16, VALUE.u16, VALUE.u16, VALUE.i32, VALUE.u32]);
    if (random.once(4)) draft.keys = draft.keys.filter((key) => key.name !== name);
    else setKey(draft, keyOf(name, type, random.once(2) ? random.edge() : BigInt(random.below(5))));
    files.set(NAMES[part]!, encodeDraft(draft).bytes);
    return null;
  },
];

function damaged(
  draft: Draft,
  random: Random,
): { readonly kind: string; readonly how?: string; readonly bytes: Buffer } {
  const chance = random.below(20);
  const { bytes, fields } = encodeDraft(draft);
  if (chance === 0) return { kind: 'sound', bytes };
  if (chance <= 3) return { kind: 'bytes', bytes: mutateBytes(bytes, random) };
  const field = random.pick(fields);
  if (chance <= 5) return { kind: 'cut', bytes: bytes.subarray(0, Math.max(0, field + random.between(-1, 1))) };
  if (chance <= 8) {
    // a length, a count or a place of which the file lies
    encodeValue(VALUE.u64, random.once(2) ? random.edge() : random.below(8)).copy(bytes, field);
    return { kind: 'field', how: `at byte ${field}`, bytes };
  }
  const how = mutateDraft(draft, random);
  const written = encodeDraft(draft).bytes;
  return { kind: 'structure', how, bytes: random.once(10) ? mutateBytes(written, random) : written };
}

export function makeMutant(random: Random): Mutant {
  const [name, model] = random.pick(Object.entries(MODELS));
  const isSplit = random.once(3);
  const parts = isSplit ? split(model, PARTS) : [structuredClone(model)];
  const names = partNames(parts.length);
  const files = new Map(parts.map((part, i) => [names[i]!, encodeDraft(part).bytes]));
  if (isSplit && random.once(2)) {
    const mutation = random.pick(OF_PARTS);
    const open = mutation(files, parts, random) ?? names[0]!;
    return { kind: 'parts', how: `${name}: ${mutation.name}`, files, open };
  }
  const part = random.below(parts.length);
  const { kind, how = '', bytes } = damaged(parts[part]!, random);
  files.set(names[part]!, bytes);
  return { kind, how: `${name}: ${how}`, files, open: names[0]! };
}
