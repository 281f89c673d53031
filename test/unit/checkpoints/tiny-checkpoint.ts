// Tiny random checkpoints of every kind that Winnow cuts, as their makers or MLX lay them out, and what is left of them, tensor by
// tensor, when experts go. Written down by hand for each layout: nothing here knows how Winnow tells tensors apart.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Layout = 'original' | 'fused' | 'mlx';
export type ModelType = 'qwen3_moe' | 'qwen2_moe' | 'olmoe' | 'mixtral' | 'deepseek_v3' | 'glm4_moe' | 'gpt_oss';

const EXPERTS = 8;
export const TOP_K = 2;
const HIDDEN = 64;
const WIDTH = 32;
const VOCABULARY = 16;

export type Tensor = { readonly dtype: string; readonly shape: readonly number[]; readonly data: Buffer };
export type Tensors = ReadonlyMap<string, Tensor>;

const BYTES: Readonly<Record<string, number>> = { U8: 1, F8_E4M3: 1, BF16: 2, F16: 2, F32: 4, U32: 4 };

/** Layers with experts of each kind: the first one of deepseek and glm is dense, their last one predicts further tokens. */
export const MOE_LAYERS: Readonly<Record<ModelType, readonly number[]>> = {
  qwen3_moe: [0, 1],
  qwen2_moe: [0, 1],
  olmoe: [0, 1],
  mixtral: [0, 1],
  gpt_oss: [0, 1],
  deepseek_v3: [1, 2],
  glm4_moe: [1, 2],
};
export const PREDICTION_LAYER = 3;

const isGrouped = (type: ModelType): boolean => type === 'deepseek_v3' || type === 'glm4_moe';

export function configOf(type: ModelType, layout: Layout, experts: number = EXPERTS): Record<string, unknown> {
  const counts: Record<ModelType, Record<string, number>> = {
    qwen3_moe: { num_experts: experts, num_experts_per_tok: TOP_K },
    qwen2_moe: { num_experts: experts, num_experts_per_tok: TOP_K },
    olmoe: { num_experts: experts, num_experts_per_tok: TOP_K },
    mixtral: { num_local_experts: experts, num_experts_per_tok: TOP_K },
    deepseek_v3: { n_routed_experts: experts, num_experts_per_tok: TOP_K, first_k_dense_replace: 1 },
    glm4_moe: { n_routed_experts: experts, num_experts_per_tok: TOP_K, first_k_dense_replace: 1 },
    gpt_oss: { num_local_experts: experts, num_experts_per_tok: TOP_K, experts_per_token: TOP_K },
  };
  return {
    model_type: type,
    num_hidden_layers: isGrouped(type) ? 3 : 2,
    hidden_size: HIDDEN,
    rope_theta: 10_000,
    ...counts[type],
    ...(isGrouped(type) && { n_group: 4, topk_group: 2, num_nextn_predict_layers: layout === 'mlx' ? 0 : 1 }),
    ...(layout === 'mlx' && { quantization: { group_size: 32, bits: 4 } }),
    ...(type === 'gpt_oss' && layout === 'original' && { quantization_config: { quant_method: 'mxfp4' } }),
    ...(type === 'deepseek_v3' && layout === 'original' && { quantization_config: { quant_method: 'fp8' } }),
  };
}

/**
 * @param kept of each layer; without it all experts. Of the same seed every expert is the same one whoever is kept
 * @param prediction whether the layer that predicts is there
 */
export function tensorsOf(
  type: ModelType,
  layout: Layout,
  random: (name: string, bytes: number) => Buffer,
  kept: ReadonlyMap<number, readonly number[]> = new Map(),
  prediction: boolean = layout !== 'mlx',
): Tensors {
  const all = Array.from({ length: EXPERTS }, (_, expert) => expert);
  const tensors = new Map<string, Tensor>();
  const whole = (name: string, dtype: string, shape: readonly number[]): void => {
    const bytes = shape.reduce((product, n) => product * n, BYTES[dtype] ?? NaN);
    tensors.set(name, { dtype, shape, data: random(name, bytes) });
  };
  /** One tensor of all experts, each of them random by itself. */
  const stacked = (layer: number, name: string, dtype: string, shape: readonly number[]): void => {
    const bytes = shape.reduce((product, n) => product * n, BYTES[dtype] ?? NaN);
    const experts = kept.get(layer) ?? all;
    const data = Buffer.concat(experts.map((expert) => random(`${name} of ${expert}`, bytes)));
    tensors.set(name, { dtype, shape: [experts.length, ...shape], data });
  };
  const own = (layer: number, before: string, after: string, dtype: string, shape: readonly number[]): void => {
    const bytes = shape.reduce((product, n) => product * n, BYTES[dtype] ?? NaN);
    for (const [now, expert] of (kept.get(layer) ?? all).entries()) {
      const data = random(`${before}${expert}${after}`, bytes);
      tensors.set(`${before}${now}${after}`, { dtype, shape, data });
    }
  };

  whole('model.embed_tokens.weight', 'BF16', [VOCABULARY, HIDDEN]);
  for (const layer of [0, 1, 2, PREDICTION_LAYER]) {
    const isPrediction = layer === PREDICTION_LAYER;
    if (isPrediction ? !prediction || !isGrouped(type) : layer === 2 && !isGrouped(type)) continue;
    const at = `model.layers.${layer}`;
    whole(`${at}.self_attn.q_proj.weight`, 'BF16', [HIDDEN, HIDDEN]);
    whole(`${at}.input_layernorm.weight`, 'F32', [HIDDEN]);
    if (isPrediction) whole(`${at}.eh_proj.weight`, 'BF16', [HIDDEN, 2 * HIDDEN]);
    if (isGrouped(type) && layer === 0) {
      whole(`${at}.mlp.gate_proj.weight`, 'BF16', [WIDTH, HIDDEN]);
      continue;
    }
    const block = type === 'mixtral' ? `${at}.block_sparse_moe` : `${at}.mlp`;
    const router = type === 'gpt_oss' ? `${block}.router` : `${block}.gate`;
    if (layout === 'mlx' && type === 'qwen3_moe') {
      // MLX quantises routers too
      stacked(layer, `${router}.weight`, 'U32', [HIDDEN / 8]);
      stacked(layer, `${router}.scales`, 'BF16', [HIDDEN / 32]);
      stacked(layer, `${router}.biases`, 'BF16', [HIDDEN / 32]);
    } else stacked(layer, `${router}.weight`, 'BF16', [HIDDEN]);
    if (type === 'gpt_oss') stacked(layer, `${router}.bias`, 'BF16', []);
    if (isGrouped(type)) stacked(layer, `${router}.e_score_correction_bias`, 'F32', []);
    if (type === 'qwen2_moe') {
      whole(`${block}.shared_expert.up_proj.weight`, 'BF16', [WIDTH, HIDDEN]);
      whole(`${block}.shared_expert_gate.weight`, 'BF16', [1, HIDDEN]);
    }
    if (isGrouped(type)) whole(`${block}.shared_experts.down_proj.weight`, 'BF16', [HIDDEN, WIDTH]);

    if (layout === 'mlx') {
      const stack = type === 'gpt_oss' ? `${block}.experts` : `${block}.switch_mlp`;
      for (const [matrix, rows, columns] of [
        ['gate_proj', WIDTH, HIDDEN],
        ['up_proj', WIDTH, HIDDEN],
        ['down_proj', HIDDEN, WIDTH],
      ] as const) {
        stacked(layer, `${stack}.${matrix}.weight`, 'U32', [rows, columns / 8]);
        stacked(layer, `${stack}.${matrix}.scales`, 'BF16', [rows, columns / 32]);
        stacked(layer, `${stack}.${matrix}.biases`, 'BF16', [rows, columns / 32]);
        if (type === 'gpt_oss') stacked(layer, `${stack}.${matrix}.bias`, 'BF16', [rows]);
      }
    } else if (type === 'gpt_oss' && layout === 'original') {
      for (const [matrix, rows, columns] of [
        ['gate_up_proj', 2 * WIDTH, HIDDEN],
        ['down_proj', HIDDEN, WIDTH],
      ] as const) {
        stacked(layer, `${block}.experts.${matrix}_blocks`, 'U8', [rows, columns / 32, 16]);
        stacked(layer, `${block}.experts.${matrix}_scales`, 'U8', [rows, columns / 32]);
        stacked(layer, `${block}.experts.${matrix}_bias`, 'BF16', [rows]);
      }
    } else if (layout === 'fused') {
      stacked(layer, `${block}.experts.gate_up_proj`, 'BF16', [2 * WIDTH, HIDDEN]);
      stacked(layer, `${block}.experts.down_proj`, 'BF16', [HIDDEN, WIDTH]);
    } else {
      const names = type === 'mixtral' ? ['w1', 'w2', 'w3'] : ['gate_proj', 'down_proj', 'up_proj'];
      for (const name of names) {
        const isFp8 = type === 'deepseek_v3';
        const shape = name === 'w2' || name === 'down_proj' ? [HIDDEN, WIDTH] : [WIDTH, HIDDEN];
        own(layer, `${block}.experts.`, `.${name}.weight`, isFp8 ? 'F8_E4M3' : 'BF16', shape);
        if (isFp8) own(layer, `${block}.experts.`, `.${name}.weight_scale_inv`, 'F32', [1, 1]);
      }
    }
  }
  whole('lm_head.weight', 'BF16', [VOCABULARY, HIDDEN]);
  return tensors;
}

/** Bytes by what they are of: the same at every call, and finite as numbers of any type. */
export function randomOnce(): (name: string, bytes: number) => Buffer {
  const known = new Map<string, Buffer>();
  return (name, bytes) => {
    const data = known.get(name) ?? Buffer.from(randomBytes(bytes).map((byte) => byte & 0xbf));
    known.set(name, data);
    return data;
  };
}

/** A file as safetensors' description has it. */
export function safetensors(tensors: Tensors): Buffer {
  let at = 0;
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  for (const [name, { dtype, shape, data }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [at, at + data.length] };
    at += data.length;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeUInt32LE(text.length, 0);
  return Buffer.concat([length, text, ...[...tensors.values()].map(({ data }) => data)]);
}

/** Reads them back the same way; what lies between tensors or behind them would be lost. */
function readTensors(file: Buffer): Map<string, Tensor> {
  const length = file.readUInt32LE(0);
  const header = JSON.parse(file.toString('utf8', 8, 8 + length)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = Object.entries(header).filter(([name]) => name !== '__metadata__');
  return new Map(
    tensors.map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        return [name, { dtype, shape, data: file.subarray(8 + length + from, 8 + length + to) }];
      },
    ),
  );
}

export type Written = { readonly config: Record<string, unknown>; readonly tensors: Tensors; readonly shards?: number };

/** Writes a checkpoint with a tokenizer and an index, where it has several files. */
export function writeCheckpointFolder(folder: string, { config, tensors, shards = 1 }: Written): string {
  mkdirSync(folder, { recursive: true });
  // as Python writes numbers
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config, null, 2).replace('10000', '10000.0'));
  writeFileSync(join(folder, 'tokenizer.json'), '{"model": {}}');
  writeFileSync(join(folder, 'chat_template.jinja'), '{{ messages }}');
  if (shards === 1) {
    writeFileSync(join(folder, 'model.safetensors'), safetensors(tensors));
    return folder;
  }
  const names = [...tensors.keys()];
  const map: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard++) {
    const file = `model-0000${shard + 1}-of-0000${shards}.safetensors`;
    const own = names.slice(
      Math.floor((shard * names.length) / shards),
      Math.floor(((shard + 1) * names.length) / shards),
    );
    writeFileSync(join(folder, file), safetensors(new Map(own.map((name) => [name, tensors.get(name)!]))));
    for (const name of own) map[name] = file;
  }
  writeFileSync(
    join(folder, 'model.safetensors.index.json'),
    JSON.stringify({ metadata: { total_size: 1 }, weight_map: map }),
  );
  return folder;
}

/** All tensors of a folder, by its index where it has one. */
export function readFolder(folder: string, files: readonly string[]): Map<string, Tensor> {
  return new Map(files.flatMap((file) => [...readTensors(readFileSync(join(folder, file)))]));
}
