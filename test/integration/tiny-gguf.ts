// GGUF files of some kilobytes with real headers and empty data: for everything that reads headers.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll } from 'vitest';
import { Backend } from '../../electron/engine/backend/backend.ts';
import type { GgufEdit } from '../../native/index.ts';

const WIDTH = 32;
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
  /** Further data, as one more tensor. */
  readonly padding?: number;
};

const uint32 = (key: string, value: number): GgufEdit => ({ key, type: 'uint32', value });
export const text = (key: string, value: string): GgufEdit => ({ key, type: 'string', value });

function keysOf({ arch = 'qwen3moe', experts = TINY_EXPERTS, keys = [] }: TinyGguf): GgufEdit[] {
  const counts = experts > 0 ? { expert_count: experts, expert_used_count: 2 } : {};
  const sizes = { block_count: 1, context_length: 4096, embedding_length: WIDTH, 'attention.head_count': 2, ...counts };
  return [
    ...(arch === null ? [] : [text('general.architecture', arch)]),
    ...(arch === null ? [] : Object.entries(sizes).map(([name, value]) => uint32(`${arch}.${name}`, value))),
    ...keys,
  ];
}

function tensorsOf({
  experts = TINY_EXPERTS,
  tensors = true,
  padding = 0,
}: TinyGguf): { name: string; ne: number[] }[] {
  if (!tensors) return [];
  const block =
    experts === 0
      ? [{ name: 'blk.0.ffn_up.weight', ne: [WIDTH, WIDTH] }]
      : [
          { name: 'blk.0.ffn_gate_inp.weight', ne: [WIDTH, experts] },
          { name: 'blk.0.ffn_up_exps.weight', ne: [WIDTH, WIDTH, experts] },
          { name: 'blk.0.ffn_down_exps.weight', ne: [WIDTH, WIDTH, experts] },
        ];
  return [
    { name: 'token_embd.weight', ne: [WIDTH, 10] },
    ...block,
    ...(padding > 0 ? [{ name: 'output.weight', ne: [WIDTH, Math.ceil(padding / 4 / WIDTH)] }] : []),
  ];
}

let backend: Backend | null = null;
afterAll(() => backend?.close());

export async function tinyGguf(gguf: TinyGguf = {}): Promise<Buffer> {
  backend ??= new Backend();
  const tensors = tensorsOf(gguf).map((tensor) => ({ ...tensor, type: 'f32' }));
  const header = await backend.call('buildGgufMeta', { source: null, remove: [], set: keysOf(gguf), tensors });
  const dataBytes = tensors.reduce((sum, { ne }) => sum + ne.reduce((product, n) => product * n, 4), 0);
  return Buffer.concat([header, Buffer.alloc(Math.ceil(dataBytes / ALIGNMENT) * ALIGNMENT)]);
}

/** Writes a file with the folders that it needs. */
export function put(path: string, bytes: Uint8Array | string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}
