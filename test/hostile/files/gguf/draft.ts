// A GGUF file as its parts, so that each can be made wrong by itself. Written after the format's description in ggml's
// docs/gguf.md, not with Winnow's writer, which refuses to write nonsense. `says`: a length or count of which the file lies;
// null: it tells the truth.

/** Types of values, by their numbers in the file. */
export const VALUE = {
  u8: 0,
  i8: 1,
  u16: 2,
  i16: 3,
  u32: 4,
  i32: 5,
  f32: 6,
  bool: 7,
  text: 8,
  list: 9,
  u64: 10,
  i64: 11,
  f64: 12,
} as const;
/** By type; texts and lists have no length of their own. */
const VALUE_BYTES = [1, 1, 2, 2, 4, 4, 4, 1, null, null, 8, 8, 8];

/** Types of tensors: elements and bytes of a block, from ggml's block structures. F32, F16, Q4_0, Q8_0, BF16. */
const TENSOR: Readonly<Record<number, readonly [elements: bigint, bytes: bigint]>> = {
  0: [1n, 4n],
  1: [1n, 2n],
  2: [32n, 18n],
  8: [32n, 34n],
  30: [1n, 2n],
};

export type Text = { bytes: Buffer; says: bigint | null };
export type Item = number | bigint | Text;
/** Lists are not nested, but for one that `bytes` holds as it lies in the file. */
export type List = { element: number; says: bigint | null; items: (Item | { bytes: Buffer })[] };
export type DraftKey = { name: Text; type: number; value: Item | List };

export type DraftTensor = { name: Text; dims: bigint[]; says: bigint | null; type: number; offset: bigint };

export type Draft = {
  magic: Buffer;
  version: number;
  tensorCount: bigint | null;
  keyCount: bigint | null;
  keys: DraftKey[];
  tensors: DraftTensor[];
  /** Where the data begin; what `general.alignment` says is a key like others. */
  alignment: number;
  data: Buffer;
};

export const text = (value: string): Text => ({ bytes: Buffer.from(value), says: null });

/** @param items where the type is that of a list: of which type they are, and the items */
export function keyOf(name: string, type: number, value: Item | string): DraftKey {
  return { name: text(name), type, value: typeof value === 'string' ? text(value) : value };
}

export function listKey(name: string, element: number, items: readonly (number | string)[]): DraftKey {
  const value = {
    element,
    says: null,
    items: items.map((item) => (typeof item === 'string' ? text(item) : item)),
  };
  return { name: text(name), type: VALUE.list, value };
}

/** A number, little-endian, of any of the fixed types. */
export function encodeNumber(type: number, value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  if (type === VALUE.f32) bytes.writeFloatLE(Number(value));
  else if (type === VALUE.f64) bytes.writeDoubleLE(Number(value));
  else bytes.writeBigUInt64LE(BigInt.asUintN(64, typeof value === 'bigint' ? value : BigInt(Math.trunc(value))));
  return bytes.subarray(0, VALUE_BYTES[type] ?? 4);
}

export const uint64 = (value: bigint | number): Buffer => encodeNumber(VALUE.u64, value);
const int32 = (value: bigint | number): Buffer => encodeNumber(VALUE.i32, value);

export function encodeText({ bytes, says }: Text): Buffer {
  return Buffer.concat([uint64(says ?? bytes.length), bytes]);
}

function encodeItem(type: number, item: List['items'][number]): Buffer {
  if (typeof item !== 'object') return encodeNumber(type, item);
  return 'says' in item ? encodeText(item) : item.bytes;
}

function encodeValue({ type, value }: DraftKey): Buffer[] {
  if (typeof value !== 'object' || 'bytes' in value) return [encodeItem(type, value)];
  const { element, says, items } = value;
  return [int32(element), uint64(says ?? items.length), Buffer.concat(items.map((item) => encodeItem(element, item)))];
}

/** Bytes of a tensor's data, modulo 2^64 as readers compute them that do not look out. */
export function tensorBytes({ type, dims }: Pick<DraftTensor, 'type' | 'dims'>): bigint {
  const [elements, bytes] = TENSOR[type] ?? [1n, 4n];
  const product = dims.reduce((all, n) => BigInt.asUintN(64, all * n), 1n);
  return BigInt.asUintN(64, (product / elements) * bytes);
}

function padded(bytes: bigint, alignment: number): bigint {
  return ((bytes + BigInt(alignment) - 1n) / BigInt(alignment)) * BigInt(alignment);
}

/** No file gets more data than this, whatever its tensors claim. */
const MAX_DATA = 1n << 20n;

/** Puts the tensors one after the other, with data that are small numbers in any type. */
export function layOut(draft: Draft): void {
  let end = 0n;
  for (const tensor of draft.tensors) {
    tensor.offset = BigInt.asUintN(64, end);
    end += padded(tensorBytes(tensor), draft.alignment);
  }
  draft.data = Buffer.alloc(Number(end < MAX_DATA ? end : MAX_DATA), 1);
}

/** As structuredClone, which would make plain Uint8Arrays of the Buffers, into which nobody writes. */
export function cloneDraft<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  if (Array.isArray(value)) return value.map(cloneDraft) as T;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, cloneDraft<unknown>(member)])) as T;
}

/** The file, and where its sections end: after each field that a reader takes at once. */
export function encodeDraft(draft: Draft): { bytes: Buffer; sections: number[] } {
  const pieces = [
    draft.magic,
    int32(draft.version),
    uint64(draft.tensorCount ?? draft.tensors.length),
    uint64(draft.keyCount ?? draft.keys.length),
    ...draft.keys.flatMap((key) => [encodeText(key.name), int32(key.type), ...encodeValue(key)]),
    ...draft.tensors.flatMap(({ name, dims, says, type, offset }) => [
      encodeText(name),
      int32(says ?? dims.length),
      ...dims.map(uint64),
      int32(type),
      uint64(offset),
    ]),
  ];
  let at = 0;
  const sections = pieces.map(({ length }) => (at += length));
  const padding = Buffer.alloc(Number(padded(BigInt(at), draft.alignment)) - at);
  return { bytes: Buffer.concat([...pieces, padding, draft.data]), sections };
}
