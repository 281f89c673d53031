// A GGUF's tensors as a checkpoint: each expert by itself, weights as raw bytes, router rows as the floats that they are.
import { readFileSync } from 'node:fs';
import { gguf, GGMLQuantizationType } from '@huggingface/gguf';
import type { Tensors } from './unit/checkpoints/tiny-checkpoint.ts';

/** Of the sample model. */
export const SAMPLE_CONFIG = {
  model_type: 'qwen3_moe',
  hidden_size: 256,
  num_hidden_layers: 6,
  num_experts: 32,
  num_experts_per_tok: 4,
  tie_word_embeddings: true,
};

const MATRICES = { ffn_gate_exps: 'gate_proj', ffn_up_exps: 'up_proj', ffn_down_exps: 'down_proj' } as const;
/** Bytes of a weight. */
const BYTES: Readonly<Record<string, number>> = { F32: 4, F16: 2, Q8_0: 34 / 32 };

export async function checkpointOf(path: string): Promise<Tensors> {
  const { tensorInfos, tensorDataOffset } = await gguf(path, { allowLocalFile: true });
  const file = readFileSync(path);
  const tensors = new Map<string, { dtype: string; shape: readonly number[]; data: Buffer }>();
  for (const { name: whole, shape: counts, dtype, offset } of tensorInfos) {
    const shape = counts.map(Number);
    const start = Number(tensorDataOffset) + Number(offset);
    const weights = shape.reduce((product, count) => product * count, 1);
    const data = file.subarray(start, start + weights * (BYTES[GGMLQuantizationType[dtype]] ?? NaN));
    const [, layer, name = ''] = /^blk\.(\d+)\.(\w+)\.weight$/.exec(whole) ?? [];
    const matrix = MATRICES[name as keyof typeof MATRICES] as string | undefined;
    if (matrix !== undefined) {
      const experts = shape.at(-1) ?? 0;
      const each = data.length / experts;
      for (let expert = 0; expert < experts; expert++) {
        const own = data.subarray(expert * each, (expert + 1) * each);
        const place = `model.layers.${layer}.mlp.experts.${expert}.${matrix}.weight`;
        tensors.set(place, { dtype: 'U8', shape: [each], data: own });
      }
    } else if (name === 'ffn_gate_inp') {
      tensors.set(`model.layers.${layer}.mlp.gate.weight`, { dtype: 'F32', shape: shape.toReversed(), data });
    } else tensors.set(`model.${whole}`, { dtype: 'U8', shape: [data.length], data });
  }
  return tensors;
}
