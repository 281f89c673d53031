// GGUF files of some kilobytes that llama.cpp loads, with empty data: for everything that reads headers.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll } from 'vitest';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import type { GgufEdit } from '../../native/index.ts';

const WIDTH = 32;
const HEAD = 16;
const VOCABULARY = 10;
export const TINY_EXPERTS = 8;
const ALIGNMENT = 32;

export type TinyGguf = {
  /** `general.architecture`; null: not said. qwen3moe by default. */
  readonly arch?: string | null;
  /** 0: a dense model. */
  readonly experts?: number;
  readonly keys?: readonly GgufEdit[];
  /** false: a header alone. */
  readonly tensors?: boolean;
  /** A larger vocabulary, of so many bytes. */
  readonly padding?: number;
  /** One part of a split model: which one, from 0, of how many. */
  readonly part?: undefined | { readonly no: number; readonly count: number };
};

const uint32 = (key: string, value: number): GgufEdit => ({ key, type: 'uint32', value });
export const text = (key: string, value: string): GgufEdit => ({ key, type: 'string', value });

const vocabularyOf = ({ padding = 0 }: TinyGguf): number => Math.max(VOCABULARY, Math.ceil(padding / 4 / WIDTH));

function keysOf(gguf: TinyGguf): GgufEdit[] {
  const { arch = 'qwen3moe', experts = TINY_EXPERTS, keys = [], part } = gguf;
  const counts = experts > 0 ? { expert_count: experts, expert_used_count: 2, expert_feed_forward_length: WIDTH } : {};
  const sizes = {
    block_count: 1,
    context_length: 4096,
    embedding_length: WIDTH,
    'attention.head_count': WIDTH / HEAD,
    vocab_size: vocabularyOf(gguf),
    ...counts,
  };
  const own = [
    text('general.architecture', arch ?? ''),
    text('tokenizer.ggml.model', 'none'),
    ...Object.entries(sizes).map(([name, value]) => uint32(`${arch}.${name}`, value)),
    { key: `${arch}.attention.layer_norm_rms_epsilon`, type: 'float32' as const, value: 1e-5 },
  ];
  const place = part && [
    { key: 'split.no', type: 'uint16' as const, value: part.no },
    { key: 'split.count', type: 'uint16' as const, value: part.count },
    { key: 'split.tensors.count', type: 'int32' as const, value: tensorsOf({ ...gguf, part: undefined }).length },
  ];
  return [...(arch === null ? [] : own), ...keys, ...(place ?? [])];
}

type Tensor = { readonly name: string; readonly ne: number[] };

function tensorsOf(gguf: TinyGguf): Tensor[] {
  const { experts = TINY_EXPERTS, tensors = true, part } = gguf;
  if (!tensors) return [];
  const feedForward =
    experts === 0
      ? [{ name: 'ffn_up', ne: [WIDTH, WIDTH] }]
      : [
          { name: 'ffn_gate_inp', ne: [WIDTH, experts] },
          { name: 'ffn_gate_exps', ne: [WIDTH, WIDTH, experts] },
          { name: 'ffn_up_exps', ne: [WIDTH, WIDTH, experts] },
          { name: 'ffn_down_exps', ne: [WIDTH, WIDTH, experts] },
        ];
  const block = [
    { name: 'attn_norm', ne: [WIDTH] },
    ...['attn_q', 'attn_k', 'attn_v', 'attn_output'].map((name) => ({ name, ne: [WIDTH, WIDTH] })),
    { name: 'attn_q_norm', ne: [HEAD] },
    { name: 'attn_k_norm', ne: [HEAD] },
    { name: 'ffn_norm', ne: [WIDTH] },
    ...feedForward,
  ];
  const all = [
    { name: 'token_embd.weight', ne: [WIDTH, vocabularyOf(gguf)] },
    { name: 'output_norm.weight', ne: [WIDTH] },
    ...block.map(({ name, ne }) => ({ name: `blk.0.${name}.weight`, ne })),
  ];
  if (!part) return all;
  const each = Math.ceil(all.length / part.count);
  return all.slice(part.no * each, (part.no + 1) * each);
}

let backend: Backend | null = null;
afterAll(() => backend?.close());

export async function tinyGguf(gguf: TinyGguf = {}): Promise<Buffer> {
  backend ??= new Backend();
  const tensors = tensorsOf(gguf).map((tensor) => ({ ...tensor, type: 'f32' }));
  const header = await backend.call('buildGgufMeta', { source: null, remove: [], set: keysOf(gguf), tensors });
  const sizes = tensors.map(({ ne }) => ne.reduce((product, n) => product * n, 4));
  const dataBytes = sizes.reduce((sum, bytes) => sum + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT, 0);
  return Buffer.concat([header, Buffer.alloc(dataBytes)]);
}

/** Writes a file with the folders that it needs. */
export function put(path: string, bytes: Uint8Array | string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}
