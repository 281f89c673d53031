// A GGUF file as its parts, so that each can be made wrong by itself, and small models that llama.cpp loads. Written after
// the format's description in ggml's docs/gguf.md, not with Winnow's writer, which refuses to write nonsense.
import { splitPartName } from '../../../../electron/engine/models/model-files.ts';

/** Types of values, by their numbers in the file. */
export const VALUE = { u8: 0, u16: 2, u32: 4, i32: 5, f32: 6, bool: 7, text: 8, list: 9, u64: 10, f64: 12 } as const;
/** By type; texts and lists have no length of their own. */
const VALUE_BYTES = [1, 1, 2, 2, 4, 4, 4, 1, null, null, 8, 8, 8];

/** Elements and bytes of a block, from ggml's block structures, by types of tensors: F32, F16, Q4_0, Q8_0, BF16. */
const BLOCKS: Readonly<Record<number, readonly [elements: bigint, bytes: bigint]>> = {
  0: [1n, 4n],
  1: [1n, 2n],
  2: [32n, 18n],
  8: [32n, 34n],
  30: [1n, 2n],
};
const Q8_0 = 8;

/** Texts are written as UTF-8. */
type Value = number | bigint | string | List;
/** A list of bytes may lie there as it does in the file. */
export type List = { element: number; items: readonly Value[] | Uint8Array };
export type DraftKey = { name: string; type: number; value: Value };
type DraftTensor = { name: string; dims: bigint[]; type: number; offset: bigint };

/** Plain data: a copy is a `structuredClone`. */
export type Draft = {
  version: number;
  keys: DraftKey[];
  tensors: DraftTensor[];
  /** Where the data begin; what `general.alignment` says is a key like others. */
  alignment: number;
  data: Uint8Array;
};

export function keyOf(name: string, type: number, value: number | bigint | string): DraftKey {
  return { name, type, value };
}

export function listKey(name: string, element: number, items: List['items']): DraftKey {
  return { name, type: VALUE.list, value: { element, items } };
}

/** Puts a key in the place of those of its name. */
export function setKey(draft: Draft, key: DraftKey): void {
  draft.keys = [...draft.keys.filter(({ name }) => name !== key.name), key];
}

/** A value without its type; a number is little-endian. */
export function encodeValue(type: number, value: Value): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([encodeValue(VALUE.u64, text.length), text]);
  }
  if (typeof value === 'object') {
    const { element, items } = value;
    const bytes = items instanceof Uint8Array ? items : Buffer.concat(items.map((item) => encodeValue(element, item)));
    return Buffer.concat([encodeValue(VALUE.i32, element), encodeValue(VALUE.u64, items.length), bytes]);
  }
  const bytes = Buffer.alloc(8);
  if (type === VALUE.f32) bytes.writeFloatLE(Number(value));
  else if (type === VALUE.f64) bytes.writeDoubleLE(Number(value));
  else bytes.writeBigUInt64LE(BigInt.asUintN(64, typeof value === 'bigint' ? value : BigInt(Math.trunc(value))));
  return bytes.subarray(0, VALUE_BYTES[type] ?? 4);
}

/** Bytes of a tensor's data, modulo 2^64 as readers compute them that do not look out. */
function tensorBytes({ type, dims }: DraftTensor): bigint {
  const [elements, bytes] = BLOCKS[type] ?? [1n, 4n];
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

/** The file, and where each of its fields begins: counts, names and their lengths, values, dimensions, the data. */
export function encodeDraft({ version, keys, tensors, alignment, data }: Draft): { bytes: Buffer; fields: number[] } {
  const pieces = [
    Buffer.from('GGUF'),
    encodeValue(VALUE.i32, version),
    ...[tensors, keys].map(({ length }) => encodeValue(VALUE.u64, length)),
    ...keys.flatMap(({ name, type, value }) => [
      encodeValue(VALUE.text, name),
      encodeValue(VALUE.i32, type),
      encodeValue(type, value),
    ]),
    ...tensors.flatMap(({ name, dims, type, offset }) => [
      encodeValue(VALUE.text, name),
      encodeValue(VALUE.i32, dims.length),
      ...dims.map((n) => encodeValue(VALUE.u64, n)),
      encodeValue(VALUE.i32, type),
      encodeValue(VALUE.u64, offset),
    ]),
  ];
  let at = 0;
  const ends = pieces.map(({ length }) => (at += length));
  const padding = Buffer.alloc(Number(padded(BigInt(at), alignment)) - at);
  return { bytes: Buffer.concat([...pieces, padding, data]), fields: [0, ...ends] };
}

const WIDTH = 32;
const HEAD = 16;
const VOCABULARY = 40;
const EXPERTS = 4;

const SIZES = {
  block_count: 2,
  context_length: 128,
  embedding_length: WIDTH,
  feed_forward_length: WIDTH,
  'attention.head_count': WIDTH / HEAD,
  'attention.head_count_kv': WIDTH / HEAD,
  'attention.key_length': HEAD,
  'attention.value_length': HEAD,
  expert_count: EXPERTS,
  expert_used_count: 2,
  expert_feed_forward_length: WIDTH,
  vocab_size: VOCABULARY,
};
const MATRICES = {
  ...{ attn_norm: [WIDTH], ffn_norm: [WIDTH], ffn_gate_inp: [WIDTH, EXPERTS] },
  ...Object.fromEntries(['q', 'k', 'v', 'output'].map((name) => [`attn_${name}`, [WIDTH, WIDTH]])),
  ...Object.fromEntries(['gate', 'down', 'up'].map((name) => [`ffn_${name}_exps`, [WIDTH, WIDTH, EXPERTS]])),
};

/** @param norms of a block's heads, by name */
function modelOf(arch: string, version: number, vocabulary: readonly DraftKey[], norms: readonly string[]): Draft {
  const block = Object.entries({ ...MATRICES, ...Object.fromEntries(norms.map((name) => [name, [HEAD]])) });
  const shapes = [
    ...Object.entries({ token_embd: [WIDTH, VOCABULARY], output_norm: [WIDTH], output: [WIDTH, VOCABULARY] }),
    ...[0, 1].flatMap((i) => block.map(([name, dims]) => [`blk.${i}.${name}`, dims] as const)),
  ];
  const draft: Draft = {
    version,
    keys: [
      keyOf('general.architecture', VALUE.text, arch),
      keyOf('general.name', VALUE.text, 'tiny'),
      ...Object.entries(SIZES).map(([name, value]) => keyOf(`${arch}.${name}`, VALUE.u32, value)),
      keyOf(`${arch}.attention.layer_norm_rms_epsilon`, VALUE.f32, 1e-5),
      keyOf(`${arch}.rope.freq_base`, VALUE.f32, 10000),
      ...vocabulary,
    ],
    tensors: shapes.map(([name, dims]) => ({
      name: `${name}.weight`,
      dims: dims.map(BigInt),
      type: /^output$|gate_exps/.test(name) ? Q8_0 : 0,
      offset: 0n,
    })),
    alignment: 32,
    data: Buffer.alloc(0),
  };
  layOut(draft);
  return draft;
}

const LETTERS = Array.from({ length: VOCABULARY - 4 }, (_, i) =>
  String.fromCharCode(0x61 + (i % 26)).repeat(1 + Math.floor(i / 26)),
);
const tokensOf = (words: readonly string[], types: readonly number[]): DraftKey[] => [
  listKey('tokenizer.ggml.tokens', VALUE.text, [...words, ...LETTERS]),
  listKey('tokenizer.ggml.token_type', VALUE.i32, [...types, ...LETTERS.map(() => 1)]),
];

/** Byte pairs, as most models have them. */
const BPE: readonly DraftKey[] = [
  keyOf('tokenizer.ggml.model', VALUE.text, 'gpt2'),
  keyOf('tokenizer.ggml.pre', VALUE.text, 'qwen2'),
  ...tokensOf(['<|end|>', '<|user|>', 'Ċ', 'Ġ'], [3, 3, 1, 1]),
  listKey('tokenizer.ggml.merges', VALUE.text, ['a a', 'b b', 'c c', 'd d']),
  keyOf('tokenizer.ggml.eos_token_id', VALUE.u32, 0),
  keyOf('tokenizer.ggml.add_bos_token', VALUE.bool, 0),
  keyOf('tokenizer.chat_template', VALUE.text, '{% for m in messages %}{{ m.content }}{% endfor %}'),
];

/** SentencePiece, with scores. */
const SPM: readonly DraftKey[] = [
  keyOf('tokenizer.ggml.model', VALUE.text, 'llama'),
  ...tokensOf(['<unk>', '<s>', '</s>', '<0x0A>'], [2, 3, 3, 6]),
  listKey('tokenizer.ggml.scores', VALUE.f32, [...Array(VOCABULARY).keys()]),
  keyOf('tokenizer.ggml.bos_token_id', VALUE.u32, 1),
  keyOf('tokenizer.ggml.eos_token_id', VALUE.u32, 2),
];

/** Models of one part, by architecture; llama's way is Mixtral's, in the older version of the format. */
export const MODELS = {
  qwen3moe: modelOf('qwen3moe', 3, BPE, ['attn_q_norm', 'attn_k_norm']),
  llama: modelOf('llama', 2, SPM, []),
};

/** The model in parts, as llama.cpp's gguf-split writes it: all keys in the first one. */
export function split(whole: Draft, count: number): Draft[] {
  const per = Math.ceil(whole.tensors.length / count);
  return Array.from({ length: count }, (_, part) => {
    const draft = structuredClone(whole);
    draft.tensors = draft.tensors.slice(part * per, (part + 1) * per);
    draft.keys = [
      ...(part === 0 ? draft.keys : [keyOf('general.name', VALUE.text, 'tiny')]),
      keyOf('split.no', VALUE.u16, part),
      keyOf('split.count', VALUE.u16, count),
      keyOf('split.tensors.count', VALUE.i32, whole.tensors.length),
    ];
    layOut(draft);
    return draft;
  });
}

/** Names of the files that hold so many parts. */
export function partNames(count: number): string[] {
  if (count === 1) return ['model.gguf'];
  return Array.from({ length: count }, (_, part) => splitPartName('model', part, count));
}
