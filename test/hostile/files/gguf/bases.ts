// Small GGUF models that llama.cpp loads: what the mutations start from.
import { cloneDraft, keyOf, layOut, listKey, text, VALUE, type Draft, type DraftKey } from './draft.ts';

const WIDTH = 32;
const HEAD = 16;
const HIDDEN = 32;
const VOCABULARY = 40;
const LAYERS = 2;
const EXPERTS = 4;
const ALIGNMENT = 32;
const F32 = 0;
const Q8_0 = 8;

export type Base = {
  readonly name: string;
  /** Parts of a split model in order; most have one. */
  readonly parts: readonly Draft[];
};

type Shape = { readonly name: string; readonly dims: readonly number[]; readonly type?: number };

function draftOf(keys: DraftKey[], shapes: readonly Shape[], version = 3): Draft {
  const tensors = shapes.map(({ name, dims, type = F32 }) => ({
    name: text(name),
    dims: dims.map(BigInt),
    says: null,
    type,
    offset: 0n,
  }));
  const draft = {
    magic: Buffer.from('GGUF'),
    version,
    tensorCount: null,
    keyCount: null,
    keys,
    tensors,
    alignment: ALIGNMENT,
    data: Buffer.alloc(0),
  };
  layOut(draft);
  return draft;
}

const u32 = (name: string, value: number): DraftKey => keyOf(name, VALUE.u32, value);

function sizes(arch: string, more: Readonly<Record<string, number>> = {}): DraftKey[] {
  const counts = {
    block_count: LAYERS,
    context_length: 128,
    embedding_length: WIDTH,
    feed_forward_length: HIDDEN,
    'attention.head_count': WIDTH / HEAD,
    'attention.head_count_kv': WIDTH / HEAD,
    ...more,
  };
  return [
    keyOf('general.architecture', VALUE.text, arch),
    keyOf('general.name', VALUE.text, 'tiny'),
    ...Object.entries(counts).map(([name, value]) => u32(`${arch}.${name}`, value)),
    keyOf(`${arch}.attention.layer_norm_rms_epsilon`, VALUE.f32, 1e-5),
    keyOf(`${arch}.rope.freq_base`, VALUE.f32, 10000),
  ];
}

const LETTERS = Array.from({ length: VOCABULARY - 4 }, (_, i) =>
  String.fromCharCode(0x61 + (i % 26)).repeat(1 + Math.floor(i / 26)),
);

/** Byte pairs, as most models have them. */
const BPE: readonly DraftKey[] = [
  keyOf('tokenizer.ggml.model', VALUE.text, 'gpt2'),
  keyOf('tokenizer.ggml.pre', VALUE.text, 'qwen2'),
  listKey('tokenizer.ggml.tokens', VALUE.text, ['<|end|>', '<|user|>', 'Ċ', 'Ġ', ...LETTERS]),
  listKey('tokenizer.ggml.token_type', VALUE.i32, [3, 3, ...new Array<number>(VOCABULARY - 2).fill(1)]),
  listKey('tokenizer.ggml.merges', VALUE.text, ['a a', 'b b', 'c c', 'd d']),
  u32('tokenizer.ggml.eos_token_id', 0),
  keyOf('tokenizer.ggml.add_bos_token', VALUE.bool, 0),
  keyOf('tokenizer.chat_template', VALUE.text, '{% for m in messages %}{{ m.content }}{% endfor %}'),
];

/** SentencePiece, with scores. */
const SPM: readonly DraftKey[] = [
  keyOf('tokenizer.ggml.model', VALUE.text, 'llama'),
  listKey('tokenizer.ggml.tokens', VALUE.text, ['<unk>', '<s>', '</s>', '<0x0A>', ...LETTERS]),
  listKey(
    'tokenizer.ggml.scores',
    VALUE.f32,
    Array.from({ length: VOCABULARY }, (_, i) => -i),
  ),
  listKey('tokenizer.ggml.token_type', VALUE.i32, [2, 3, 3, 6, ...new Array<number>(VOCABULARY - 4).fill(1)]),
  u32('tokenizer.ggml.bos_token_id', 1),
  u32('tokenizer.ggml.eos_token_id', 2),
];

const ENDS: readonly Shape[] = [
  { name: 'token_embd.weight', dims: [WIDTH, VOCABULARY] },
  { name: 'output_norm.weight', dims: [WIDTH] },
  { name: 'output.weight', dims: [WIDTH, VOCABULARY], type: Q8_0 },
];

const blocks = (shapes: (block: number) => readonly Shape[]): Shape[] =>
  Array.from({ length: LAYERS }, (_, block) =>
    shapes(block).map((shape) => ({ ...shape, name: `blk.${block}.${shape.name}` })),
  ).flat();

const ATTENTION: readonly Shape[] = [
  ...['attn_norm', 'ffn_norm'].map((name) => ({ name: `${name}.weight`, dims: [WIDTH] })),
  ...['q', 'k', 'v', 'output'].map((name) => ({ name: `attn_${name}.weight`, dims: [WIDTH, WIDTH] })),
];

const EXPERT_WEIGHTS: readonly Shape[] = [
  { name: 'ffn_gate_inp.weight', dims: [WIDTH, EXPERTS] },
  { name: 'ffn_gate_exps.weight', dims: [WIDTH, HIDDEN, EXPERTS], type: Q8_0 },
  { name: 'ffn_down_exps.weight', dims: [HIDDEN, WIDTH, EXPERTS] },
  { name: 'ffn_up_exps.weight', dims: [WIDTH, HIDDEN, EXPERTS] },
];

const DENSE_WEIGHTS: readonly Shape[] = [
  { name: 'ffn_gate.weight', dims: [WIDTH, HIDDEN] },
  { name: 'ffn_down.weight', dims: [HIDDEN, WIDTH] },
  { name: 'ffn_up.weight', dims: [WIDTH, HIDDEN] },
];

const QK_NORM: readonly Shape[] = [
  { name: 'attn_q_norm.weight', dims: [HEAD] },
  { name: 'attn_k_norm.weight', dims: [HEAD] },
];

const MOE_COUNTS = { expert_count: EXPERTS, expert_used_count: 2, expert_feed_forward_length: HIDDEN };

function qwen3moe(): Draft {
  return draftOf(
    [...sizes('qwen3moe', { ...MOE_COUNTS, 'attention.key_length': HEAD, 'attention.value_length': HEAD }), ...BPE],
    [...ENDS, ...blocks(() => [...ATTENTION, ...QK_NORM, ...EXPERT_WEIGHTS])],
  );
}

/** Mixtral's way: the architecture of a dense model, with experts. Of the older version of the format. */
function llamaMoe(): Draft {
  return draftOf(
    [...sizes('llama', { expert_count: EXPERTS, expert_used_count: 2, vocab_size: VOCABULARY }), ...SPM],
    [...ENDS, ...blocks(() => [...ATTENTION, ...EXPERT_WEIGHTS])],
    2,
  );
}

function llamaDense(): Draft {
  return draftOf([...sizes('llama'), ...SPM], [...ENDS, ...blocks(() => [...ATTENTION, ...DENSE_WEIGHTS])]);
}

/** The model in three parts, as llama.cpp's gguf-split writes it: all keys in the first one. */
function split(whole: Draft, count: number): Draft[] {
  const per = Math.ceil(whole.tensors.length / count);
  return Array.from({ length: count }, (_, part) => {
    const draft = cloneDraft(whole);
    draft.tensors = draft.tensors.slice(part * per, (part + 1) * per);
    draft.keys = [
      ...(part === 0
        ? draft.keys
        : [keyOf('general.name', VALUE.text, 'tiny'), listKey('general.tags', VALUE.text, ['text'])]),
      keyOf('split.no', VALUE.u16, part),
      keyOf('split.count', VALUE.u16, count),
      keyOf('split.tensors.count', VALUE.i32, whole.tensors.length),
    ];
    layOut(draft);
    return draft;
  });
}

export const BASES: readonly Base[] = [
  { name: 'qwen3moe', parts: [qwen3moe()] },
  { name: 'llama with experts', parts: [llamaMoe()] },
  { name: 'dense llama', parts: [llamaDense()] },
  { name: 'split qwen3moe', parts: split(qwen3moe(), 3) },
  { name: 'split llama with experts', parts: split(llamaMoe(), 3) },
];

/** Of a part, counted from 0. */
export function partName(part: number, count: number): string {
  const five = (n: number): string => String(n).padStart(5, '0');
  return `model-${five(part + 1)}-of-${five(count)}.gguf`;
}

/** Of the files that hold its parts. */
export function fileNames({ parts }: Base): string[] {
  return parts.length === 1 ? ['model.gguf'] : parts.map((_, part) => partName(part, parts.length));
}
