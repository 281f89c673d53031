// Hostile GGUF files: a small model, damaged in its structure, in one field, in its bytes, by a cut, or as a set of parts.
import { splitPartName } from '../../../../electron/engine/models/model-files.ts';
import { mutateBytes, mutateTree } from '../mutate.ts';
import type { Random } from '../../random.ts';
import {
  encodeDraft,
  encodeValue,
  layOut,
  listKey,
  MODELS,
  partNames,
  split,
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

/** Of keys, tensors and texts: what a reader knows, and what it would choke on. */
const NAMES = [
  ...['', '\0', '__proto__', 'constructor', 'x'.repeat(63), 'x'.repeat(64), 'y'.repeat(70_000), ' ', '<0xZZ>'],
  ...['llama', 'clip', 'bert', 'gemma4', 'qwen2moe', 'gpt-oss', 'none', 'rwkv', 't5', 'adapter', 'mmproj'],
  ...['general.alignment', 'general.type', 'general.file_type', 'winnow.test', 'split.count', 'split.no'],
  ...[
    ...['nextn_predict_layers', 'expert_group_count', 'experts_per_group', 'rope.dimension_count'],
    ...['rope.scaling.type', 'expert_shared_count', 'leading_dense_block_count', 'expert_gating_func'],
  ].map((name) => `qwen3moe.${name}`),
  ...['add_space_prefix', 'padding_token_id', 'precompiled_charsmap'].map((name) => `tokenizer.ggml.${name}`),
  ...['blk.99999999999999999999.ffn_up_exps.weight', 'blk.4294967295.ffn_up_exps.weight', 'blk.7.ffn_up_exps.weight'],
  ...['blk.-1.ffn_gate_inp.weight', 'blk.0.ffn_gate_tid2eid.weight', 'blk.0.router_temperature.weight'],
  ...['rope_freqs.weight', '=HYPERLINK("http://x")\n\u202e'],
];
/** Of values 0 to 12; ggml's types of tensors are 0 to 44. */
const TYPES = 13;
const TENSOR_TYPES = 45;

/** Something of the same kind, so that the file can be written. */
function otherPart(value: unknown, random: Random, name: string): unknown {
  if (name === 'alignment') return 1 << random.below(18);
  if (typeof value === 'bigint') return random.once(2) ? random.edge() : value + BigInt(random.between(-2, 2));
  if (typeof value === 'number') {
    if (random.once(4)) return Number(BigInt.asIntN(32, random.edge()));
    return random.once(2) ? value + random.between(-2, 2) : random.below(random.pick([TYPES, TENSOR_TYPES]));
  }
  if (typeof value === 'string') {
    if (random.once(2)) return random.pick(NAMES);
    return random.once(2) ? value + random.pick(['\0', '\0x', 's']) : value.slice(0, random.below(value.length + 1));
  }
  if (value instanceof Uint8Array) return value.subarray(0, random.below(value.length + 1));
  // members of a list go round
  if (Array.isArray(value)) return value.concat(value.splice(0, random.below(value.length))) as unknown;
  const part = value as Partial<DraftKey>;
  if (part.name === undefined) return value;
  if (part.value === undefined || random.once(2)) return { ...part, name: otherPart(part.name, random, 'name') };
  return listOf(part as DraftKey, random);
}

/** In place of a value a list: of a few as it is, as of each block, or of lists in one another. */
function listOf({ name, type, value }: DraftKey, random: Random): DraftKey {
  if (type !== VALUE.list) return listKey(name, type, new Array<typeof value>(random.below(4)).fill(value));
  let nested = value as List;
  for (let depth = random.pick([1, 100, 1000]); depth > 0; depth--) nested = { element: VALUE.list, items: [nested] };
  return { name, type, value: nested };
}

/** One to four damages of the structure. @returns their places */
function mutateDraft(draft: Draft, random: Random): string {
  const places = Array.from({ length: random.once(3) ? random.between(2, 4) : 1 }, () => {
    const name = mutateTree(draft, random, otherPart, [0, 0, 2, 2, 2, 2000]);
    if (random.once(3)) layOut(draft);
    return name;
  });
  return places.join(', ');
}

const PARTS = 3;
const PART_NAMES = partNames(PARTS);
/** Each may change the files and returns the name to open. */
const OF_PARTS: readonly ((files: Map<string, Buffer>, random: Random) => string)[] = [
  function missing(files, random) {
    files.delete(random.pick(PART_NAMES));
    return random.pick(PART_NAMES);
  },
  function foreign(files, random) {
    const other = random.pick(Object.values(MODELS));
    const part = random.below(PARTS);
    const draft = random.once(2) ? other : split(other, PARTS)[part]!;
    files.set(PART_NAMES[part]!, random.once(4) ? Buffer.alloc(0) : encodeDraft(draft).bytes);
    return PART_NAMES[0]!;
  },
  function swapped(files, random) {
    const [one, other] = [random.pick(PART_NAMES), random.pick(PART_NAMES)];
    const [first, second] = [files.get(one)!, files.get(other)!];
    files.set(one, second);
    if (random.once(2)) files.set(other, first);
    return random.pick(PART_NAMES);
  },
  function renamed(files, random) {
    const count = random.pick([1, 2, 4, 99_999, 0]);
    const all = [...files.values()];
    files.clear();
    all.forEach((bytes, part) => files.set(splitPartName('model', part, count), bytes));
    return random.pick([...files.keys()]);
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
    const open = mutation(files, random);
    return { kind: 'parts', how: `${name}: ${mutation.name}`, files, open };
  }
  const part = random.below(parts.length);
  const { kind, how = '', bytes } = damaged(parts[part]!, random);
  files.set(names[part]!, bytes);
  return { kind, how: `${name}: ${how}`, files, open: names[0]! };
}
