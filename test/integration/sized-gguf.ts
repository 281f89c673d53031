// Models of any size that take no room: GGUF files whose data are holes, but for marks at chosen places. llama.cpp loads
// them. Where each tensor lies is computed here, not taken from the product.
import { closeSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import type { GgufEdit } from '../../native/index.ts';
import { sha256 } from '../hash.ts';
import { seededTokens } from './support.ts';

const ALIGNMENT = 32;
const VOCABULARY = 16;
const HEAD = 32;
const TYPE_BYTES = { f16: 2, f32: 4 } as const;
/** Bytes at the start and at the end of an expert's slice that a mark takes. */
const MARK_BYTES = 32;

export type SizedGguf = {
  readonly layers: number;
  readonly experts: number;
  /** Values of a token between the layers, and within an expert. */
  readonly width: number;
  readonly feedForward: number;
  /** 1 by default. */
  readonly parts?: number;
  readonly keys?: readonly GgufEdit[];
};

export type SizedTensor = {
  readonly name: string;
  readonly type: keyof typeof TYPE_BYTES;
  readonly ne: readonly number[];
  readonly bytes: number;
  readonly path: string;
  /** In its file. */
  readonly offset: number;
};

export type SizedModel = {
  /** The first part. */
  readonly path: string;
  readonly parts: readonly string[];
  readonly tensors: readonly SizedTensor[];
  /** Bytes of all parts. */
  readonly bytes: number;
};

type Shape = Pick<SizedTensor, 'name' | 'type' | 'ne'>;

function shapesOf({ layers, experts, width, feedForward }: SizedGguf): Shape[] {
  const f32 = (name: string, ...ne: number[]): Shape => ({ name: `${name}.weight`, type: 'f32', ne });
  const f16 = (name: string, ...ne: number[]): Shape => ({ name: `${name}.weight`, type: 'f16', ne });
  const blocks = Array.from({ length: layers }, (_, block) => [
    f32(`blk.${block}.attn_norm`, width),
    f32(`blk.${block}.attn_q`, width, HEAD),
    f32(`blk.${block}.attn_k`, width, HEAD),
    f32(`blk.${block}.attn_v`, width, HEAD),
    f32(`blk.${block}.attn_output`, HEAD, width),
    f32(`blk.${block}.attn_q_norm`, HEAD),
    f32(`blk.${block}.attn_k_norm`, HEAD),
    f32(`blk.${block}.ffn_norm`, width),
    f32(`blk.${block}.ffn_gate_inp`, width, experts),
    f16(`blk.${block}.ffn_gate_exps`, width, feedForward, experts),
    f16(`blk.${block}.ffn_up_exps`, width, feedForward, experts),
    f16(`blk.${block}.ffn_down_exps`, feedForward, width, experts),
  ]);
  return [f32('token_embd', width, VOCABULARY), f32('output_norm', width), ...blocks.flat()];
}

function keysOf({ layers, experts, width, feedForward }: SizedGguf): GgufEdit[] {
  const sizes = {
    block_count: layers,
    context_length: 4096,
    embedding_length: width,
    'attention.head_count': 1,
    'attention.key_length': HEAD,
    'attention.value_length': HEAD,
    vocab_size: VOCABULARY,
    expert_count: experts,
    expert_used_count: 1,
    expert_feed_forward_length: feedForward,
  };
  return [
    { key: 'general.architecture', type: 'string', value: 'qwen3moe' },
    { key: 'tokenizer.ggml.model', type: 'string', value: 'none' },
    ...Object.entries(sizes).map(([name, value]): GgufEdit => ({ key: `qwen3moe.${name}`, type: 'uint32', value })),
    { key: 'qwen3moe.attention.layer_norm_rms_epsilon', type: 'float32', value: 1e-5 },
  ];
}

const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
const bytesOf = ({ type, ne }: Shape): number => ne.reduce((product, n) => product * n, TYPE_BYTES[type]);

/** The first part of a split model holds the keys alone, as those of large models do. */
function partOf(tensor: number, tensors: number, parts: number): number {
  return parts === 1 ? 0 : 1 + Math.floor((tensor * (parts - 1)) / tensors);
}

/** Writes the headers of a model and makes its files as long as its data would be. */
export async function sizedGguf(dir: string, name: string, gguf: SizedGguf): Promise<SizedModel> {
  mkdirSync(dir, { recursive: true });
  using backend = new Backend();
  const { parts: count = 1 } = gguf;
  const shapes = shapesOf(gguf);
  const tensors: SizedTensor[] = [];
  const parts: string[] = [];
  let total = 0;
  for (let part = 0; part < count; part++) {
    const no = (n: number): string => String(n).padStart(5, '0');
    const path = join(dir, count === 1 ? `${name}.gguf` : `${name}-${no(part + 1)}-of-${no(count)}.gguf`);
    const own = shapes.filter((_, i) => partOf(i, shapes.length, count) === part);
    const place: GgufEdit[] = [
      { key: 'split.no', type: 'uint16', value: part },
      { key: 'split.count', type: 'uint16', value: count },
      { key: 'split.tensors.count', type: 'int32', value: shapes.length },
    ];
    const set = [...(part === 0 ? [...keysOf(gguf), ...(gguf.keys ?? [])] : []), ...(count > 1 ? place : [])];
    const meta = await backend.call('buildGgufMeta', {
      source: null,
      remove: [],
      set,
      tensors: own.map((tensor) => ({ ...tensor, ne: [...tensor.ne] })),
    });
    let end = meta.byteLength;
    for (const shape of own) {
      tensors.push({ ...shape, bytes: bytesOf(shape), path, offset: end });
      end += padded(bytesOf(shape));
    }
    const file = openSync(path, 'w');
    writeSync(file, meta);
    ftruncateSync(file, end);
    closeSync(file);
    parts.push(path);
    total += end;
  }
  return { path: parts[0] ?? '', parts, tensors, bytes: total };
}

export function tensorNamed({ tensors }: SizedModel, name: string): SizedTensor {
  const found = tensors.find((tensor) => tensor.name === name);
  if (!found) throw new Error(`there is no tensor ${name}`);
  return found;
}

/** Where an expert's slice begins in the tensor's file, and how long it is. */
export function sliceOf({ ne, bytes, offset }: SizedTensor, expert: number): { offset: number; bytes: number } {
  const sliceBytes = bytes / (ne.at(-1) ?? 1);
  return { offset: offset + expert * sliceBytes, bytes: sliceBytes };
}

function markOf(tensor: string, expert: number, end: 'first' | 'last'): Buffer {
  return Buffer.from(sha256(Buffer.from(`${tensor} ${expert} ${end}`)), 'hex');
}

/** Writes other bytes at the start and the end of the slices of these experts in every tensor of experts. */
export function markExperts(model: SizedModel, experts: readonly number[]): void {
  for (const tensor of model.tensors.filter(({ name }) => name.includes('_exps'))) {
    const file = openSync(tensor.path, 'r+');
    for (const expert of experts) {
      const { offset, bytes } = sliceOf(tensor, expert);
      writeSync(file, markOf(tensor.name, expert, 'first'), 0, MARK_BYTES, offset);
      writeSync(file, markOf(tensor.name, expert, 'last'), 0, MARK_BYTES, offset + bytes - MARK_BYTES);
    }
    closeSync(file);
  }
}

/** Fills every tensor with values, from −0.25 to 0.25, so that the model computes something. */
export function fillWithValues(model: SizedModel): void {
  for (const [seed, { type, bytes, path, offset }] of model.tensors.entries()) {
    const random = seededTokens(bytes / TYPE_BYTES[type], 1 << 12, seed);
    // a half float of the exponent 12 is 2^-3 to 2^-2
    const values =
      type === 'f16'
        ? Uint16Array.from(random, (n) => ((n & 1) << 15) | (12 << 10) | (n >> 2))
        : Float32Array.from(random, (n) => (n - 2048) / 8192);
    const file = openSync(path, 'r+');
    writeSync(file, new Uint8Array(values.buffer), 0, bytes, offset);
    closeSync(file);
  }
}

/**
 * Which of the experts' marks are at the places where the slices of a written file should begin and end.
 * @param written as another reader sees the file
 * @returns for each tensor of experts the marks that are missing
 */
export function missingMarks(
  written: { readonly path: string; readonly tensors: readonly { name: string; bytes: number; offset: number }[] },
  experts: readonly number[],
): string[] {
  const missing: string[] = [];
  const file = openSync(written.path, 'r');
  for (const tensor of written.tensors.filter(({ name }) => name.includes('_exps'))) {
    const bytes = tensor.bytes / experts.length;
    for (const [slot, expert] of experts.entries()) {
      const start = tensor.offset + slot * bytes;
      for (const [end, position] of [
        ['first', start],
        ['last', start + bytes - MARK_BYTES],
      ] as const) {
        const found = Buffer.alloc(MARK_BYTES);
        readSync(file, found, 0, MARK_BYTES, position);
        if (!found.equals(markOf(tensor.name, expert, end))) missing.push(`${tensor.name} ${expert} ${end}`);
      }
    }
  }
  closeSync(file);
  return missing;
}
