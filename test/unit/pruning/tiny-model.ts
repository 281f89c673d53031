// A model that exists only as headers: blocks 1 and 2 carry experts, block 3 is a prediction block if asked for.
import type { GgufValue, ModelInfo, TensorInfo } from '../../../electron/contract/model-info.ts';
import type { InspectedModel } from '../../../electron/engine/models/inspect.ts';

export const N_EXPERT = 8;
export const HEADER_BYTES = 1000;
/** Bytes of one expert in `ffn_up_exps`, and of one in the router's bias. */
export const SLICE_BYTES = 96;
export const BIAS_BYTES = 4;

export function integer(value: number): GgufValue {
  return { type: 'uint32', array: false, length: 1, value };
}

export function integers(...value: number[]): GgufValue {
  return { type: 'int32', array: true, length: value.length, value };
}

type Options = {
  readonly info?: Partial<ModelInfo>;
  readonly kv?: Record<string, GgufValue>;
  readonly nextn?: boolean;
  /** Number of files; tensors are dealt out in order, as evenly as it goes. */
  readonly parts?: number;
};

const SHAPES: readonly { readonly name: string; readonly ne: readonly number[]; readonly bytes: number }[] = [
  { name: 'attn_norm.weight', ne: [6], bytes: 24 },
  { name: 'ffn_gate_inp.bias', ne: [N_EXPERT], bytes: N_EXPERT * BIAS_BYTES },
  { name: 'ffn_up_exps.weight', ne: [6, 4, N_EXPERT], bytes: N_EXPERT * SLICE_BYTES },
];

export function tinyModel({ info = {}, kv = {}, nextn = false, parts = 1 }: Options = {}): InspectedModel {
  const blocks = nextn ? [0, 1, 2, 3] : [0, 1, 2];
  const shapes = [
    { name: 'token_embd.weight', ne: [6, 10], bytes: 240 },
    ...blocks.flatMap((block) =>
      SHAPES.filter((_, i) => i === 0 || block > 0).map((shape) => ({ ...shape, name: `blk.${block}.${shape.name}` })),
    ),
  ];
  const perPart = Math.ceil(shapes.length / parts);
  const ends = new Array<number>(parts).fill(HEADER_BYTES);
  const tensors = shapes.map((shape, i): TensorInfo => {
    const part = Math.floor(i / perPart);
    const fileOffset = ends[part]!;
    ends[part] = fileOffset + shape.bytes;
    return { ...shape, type: 'f32', part, fileOffset };
  });
  const paths = Array.from({ length: parts }, (_, i) =>
    parts === 1 ? '/models/tiny.gguf' : `/models/tiny-0000${i + 1}-of-0000${parts}.gguf`,
  );
  const keys = {
    'tiny.expert_count': integer(N_EXPERT),
    'tiny.expert_used_count': integer(2),
    'tiny.block_count': integer(blocks.length),
    ...(nextn ? { 'tiny.nextn_predict_layers': integer(1) } : {}),
    ...kv,
  };
  return {
    kv: keys,
    tensors,
    headers: paths.map((_, part) => ({
      version: 3,
      alignment: 32,
      dataOffset: HEADER_BYTES,
      fileBytes: ends[part]!,
      kv: part === 0 ? keys : { 'split.no': integer(part) },
      tensors: tensors.filter((tensor) => tensor.part === part),
    })),
    info: {
      path: paths[0]!,
      parts: paths,
      bytes: ends.reduce((sum, n) => sum + n, 0),
      arch: 'tiny',
      name: 'Tiny',
      fileType: 'F32',
      blockCount: blocks.length,
      moeLayers: [1, 2],
      nextnLayers: nextn ? [3] : [],
      nExpert: N_EXPERT,
      nExpertUsed: 2,
      state: '',
      nExpertGroups: 0,
      nExpertGroupsUsed: 0,
      expertsPerBlock: 1,
      expertBytes: 0,
      contextLength: 4096,
      prunable: { ok: true },
      fingerprint: 'f'.repeat(64),
      ...info,
    },
  };
}
