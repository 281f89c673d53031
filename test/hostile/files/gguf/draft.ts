// A GGUF file as its parts, so that each can be made wrong by itself. Written after the format's description in ggml's
// docs/gguf.md, not with Winnow's writer, which refuses to write nonsense.

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
export const VALUE_BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};

/** Types of tensors: elements and bytes of a block, from ggml's block structures. */
const TENSOR: Readonly<Record<number, { readonly elements: number; readonly bytes: number }>> = {
  0: { elements: 1, bytes: 4 }, // F32
  1: { elements: 1, bytes: 2 }, // F16
  2: { elements: 32, bytes: 18 }, // Q4_0
  8: { elements: 32, bytes: 34 }, // Q8_0
  30: { elements: 1, bytes: 2 }, // BF16
};

/** `length`: what the file says of it, where that is not the truth. */
export type Text = { bytes: Buffer; length?: bigint };

export type DraftValue =
  | { kind: 'fixed'; bytes: Buffer }
  | { kind: 'text'; text: Text }
  /** `bytes`: the elements as they lie in the file. */
  | { kind: 'list'; element: number; count: bigint; bytes: Buffer };

export type DraftKey = { name: Text; type: number; value: DraftValue };

export type DraftTensor = {
  name: Text;
  dims: bigint[];
  /** What the file says, where that is not the truth. */
  dimCount?: number;
  type: number;
  offset: bigint;
};

export type Draft = {
  magic: Buffer;
  version: number;
  /** What the file says, where that is not the truth. */
  keyCount?: bigint;
  tensorCount?: bigint;
  keys: DraftKey[];
  tensors: DraftTensor[];
  /** Where the data begin; what `general.alignment` says is a key like others. */
  alignment: number;
  data: Buffer;
};

export function text(value: string): Text {
  return { bytes: Buffer.from(value) };
}

export function textKey(name: string, value: string): DraftKey {
  return { name: text(name), type: VALUE.text, value: { kind: 'text', text: text(value) } };
}

/** A number, little-endian, of any of the fixed types. */
export function encodeNumber(type: number, value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  if (type === VALUE.f32) bytes.writeFloatLE(Number(value));
  else if (type === VALUE.f64) bytes.writeDoubleLE(Number(value));
  else bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return bytes.subarray(0, VALUE_BYTES[type] ?? 4);
}

export function numberKey(name: string, type: number, value: number | bigint): DraftKey {
  return { name: text(name), type, value: { kind: 'fixed', bytes: encodeNumber(type, value) } };
}

export function listKey(name: string, element: number, items: readonly (number | string)[]): DraftKey {
  const bytes = items.map((item) => (typeof item === 'string' ? encodeText(text(item)) : encodeNumber(element, item)));
  return {
    name: text(name),
    type: VALUE.list,
    value: { kind: 'list', element, count: BigInt(items.length), bytes: Buffer.concat(bytes) },
  };
}

export function uint64(value: bigint | number): Buffer {
  return encodeNumber(VALUE.u64, value);
}

export function encodeText({ bytes, length }: Text): Buffer {
  return Buffer.concat([uint64(length ?? bytes.length), bytes]);
}

const int32 = (value: number): Buffer => encodeNumber(VALUE.i32, value);

function encodeValue(value: DraftValue): Buffer[] {
  switch (value.kind) {
    case 'fixed':
      return [value.bytes];
    case 'text':
      return [encodeText(value.text)];
    case 'list':
      return [int32(value.element), uint64(value.count), value.bytes];
  }
}

/** Bytes of a tensor's data, modulo 2^64 as readers compute them that do not look out. */
export function tensorBytes({ type, dims }: Pick<DraftTensor, 'type' | 'dims'>): bigint {
  const block = TENSOR[type] ?? { elements: 1, bytes: 4 };
  const elements = dims.reduce((product, n) => BigInt.asUintN(64, product * n), 1n);
  return BigInt.asUintN(64, (elements / BigInt(block.elements)) * BigInt(block.bytes));
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

export function cloneDraft(draft: Draft): Draft {
  return structuredCloneOf(draft) as Draft;
}

/** As structuredClone, which would make plain Uint8Arrays of the Buffers. */
function structuredCloneOf(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value; // nobody writes into one
  if (Array.isArray(value)) return value.map(structuredCloneOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, structuredCloneOf(member)]));
}

/** The file, and where its sections end: after each field that a reader takes at once. */
export function encodeDraft(draft: Draft): { bytes: Buffer; sections: number[] } {
  const pieces: Buffer[] = [];
  const sections: number[] = [];
  let at = 0;
  const put = (...more: Buffer[]): void => {
    for (const piece of more) {
      pieces.push(piece);
      at += piece.length;
      sections.push(at);
    }
  };
  put(
    draft.magic,
    int32(draft.version),
    uint64(draft.tensorCount ?? draft.tensors.length),
    uint64(draft.keyCount ?? draft.keys.length),
  );
  for (const { name, type, value } of draft.keys) put(encodeText(name), int32(type), ...encodeValue(value));
  for (const { name, dims, dimCount, type, offset } of draft.tensors) {
    put(encodeText(name), int32(dimCount ?? dims.length), ...dims.map(uint64), int32(type), uint64(offset));
  }
  put(Buffer.alloc(Number(padded(BigInt(at), draft.alignment)) - at));
  put(draft.data);
  return { bytes: Buffer.concat(pieces), sections };
}
