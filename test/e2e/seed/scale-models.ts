// Model files that are headers only, their data a hole: as many as a library may hold, and one as large as the largest.
import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Backend } from '../../../electron/engine/backend/backend.ts';

const WIDTH = 32;
const ALIGNMENT = 32;
const ARCH = 'qwen3moe';

export type ModelShape = {
  readonly name: string;
  readonly blocks: number;
  /** 0: a dense model. */
  readonly experts: number;
};

type Tensor = { readonly name: string; readonly type: 'f32'; readonly ne: number[] };

export async function writeModel(path: string, shape: ModelShape, backend: Backend): Promise<void> {
  const tensors = tensorsOf(shape);
  const header = await backend.call('buildGgufMeta', { source: null, remove: [], set: keysOf(shape), tensors });
  const sizes = tensors.map(({ ne }) => ne.reduce((product, n) => product * n, Float32Array.BYTES_PER_ELEMENT));
  const dataBytes = sizes.reduce((sum, bytes) => sum + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT, 0);
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'w');
  writeSync(file, header);
  // the same data in all of them, but another length each
  ftruncateSync(file, header.length + dataBytes);
  closeSync(file);
}

function keysOf({ name, blocks, experts }: ModelShape): { key: string; type: string; value: unknown }[] {
  const numbers = {
    block_count: blocks,
    context_length: 32768,
    embedding_length: WIDTH,
    'attention.head_count': 2,
    ...(experts > 0 && { expert_count: experts, expert_used_count: Math.min(8, experts / 2) }),
  };
  return [
    { key: 'general.architecture', type: 'string', value: ARCH },
    { key: 'general.name', type: 'string', value: name },
    ...Object.entries(numbers).map(([key, value]) => ({ key: `${ARCH}.${key}`, type: 'uint32', value })),
  ];
}

function tensorsOf({ blocks, experts }: ModelShape): Tensor[] {
  const tensor = (name: string, ...ne: number[]): Tensor => ({ name, type: 'f32', ne });
  const block = (i: number): Tensor[] =>
    experts === 0
      ? [tensor(`blk.${i}.ffn_up.weight`, WIDTH, WIDTH)]
      : [
          tensor(`blk.${i}.ffn_gate_inp.weight`, WIDTH, experts),
          tensor(`blk.${i}.ffn_up_exps.weight`, WIDTH, WIDTH, experts),
          tensor(`blk.${i}.ffn_down_exps.weight`, WIDTH, WIDTH, experts),
        ];
  return [tensor('token_embd.weight', WIDTH, 10), ...Array.from({ length: blocks }, (_, i) => block(i)).flat()];
}
