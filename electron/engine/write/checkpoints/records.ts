// What Winnow knows about original checkpoints: a record for each `model_type` of config.json. A type without a record is refused by name.

/** How a tensor depends on the choice of experts. */
type ExpertPlace =
  /** Belongs to one expert: kept or left out as a whole. */
  | { readonly kind: 'single'; readonly expert: number; readonly part: string; readonly rest: string }
  /** Has a row, or a slice of the first axis, for each expert. */
  | { readonly kind: 'stacked' };

export type CheckpointRecord = {
  /** The architecture's name in llama.cpp's GGUF files. */
  readonly arch: string;
  /** Keys of config.json: how many experts a layer has, and how many of them each token is routed to. */
  readonly count: string;
  readonly used: readonly string[];
  /** The part of a layer that holds router and experts, and the router's name in it. */
  readonly block: string;
  readonly router: string;
  /** Names of an expert's matrices, where each expert has its own tensors. */
  readonly matrices: readonly string[];
  /** Whether experts are routed in groups (`n_group`, `topk_group`), with a bias that decides which are picked. */
  readonly grouped: boolean;
  /** `quant_method`s whose tensors are cut like any other: scales are stored with their weights. */
  readonly quantised: readonly string[];
};

const QWEN = {
  count: 'num_experts',
  used: ['num_experts_per_tok'],
  block: 'mlp',
  router: 'gate',
  grouped: false,
  matrices: ['gate_proj', 'up_proj', 'down_proj'],
  quantised: ['fp8'],
} as const;
const DEEPSEEK = { ...QWEN, count: 'n_routed_experts', grouped: true } as const;

/** Indexed by `model_type`. */
export const CHECKPOINT_RECORDS: Readonly<Record<string, CheckpointRecord>> = {
  qwen3_moe: { ...QWEN, arch: 'qwen3moe' },
  qwen2_moe: { ...QWEN, arch: 'qwen2moe' },
  olmoe: { ...QWEN, arch: 'olmoe' },
  mixtral: {
    ...QWEN,
    arch: 'llama',
    count: 'num_local_experts',
    block: 'block_sparse_moe',
    matrices: ['w1', 'w2', 'w3'],
  },
  deepseek_v3: { ...DEEPSEEK, arch: 'deepseek2' },
  glm4_moe: { ...DEEPSEEK, arch: 'glm4moe' },
  gpt_oss: {
    ...QWEN,
    arch: 'gpt-oss',
    count: 'num_local_experts',
    used: ['num_experts_per_tok', 'experts_per_token'],
    router: 'router',
    matrices: [],
    quantised: ['mxfp4'],
  },
};

/** Fused matrices in the layouts of transformers; those of gpt_oss come with biases, blocks and scales. */
const FUSED = /^experts\.(?:gate_up_proj|down_proj)(?:_bias|_blocks|_scales)?$/;
/** Stacked matrices of MLX: packed weights, scales and biases, and for gpt_oss the model's own biases. */
const STACKED = /^(?:switch_mlp|experts)\.(?:gate|up|down|gate_up)_proj\.(?:weight|scales|biases|bias)$/;
const SINGLE = /^experts\.(\d+)\.(\w+)\.(weight|weight_scale_inv)$/;
const ROUTER_PARTS = ['weight', 'bias', 'scales', 'biases'];
const SHARED = /^shared_experts?(?:_gate)?\./;

/** Splits a tensor name: `model.layers.3.mlp.gate.weight` is layer 3, `mlp.gate.weight`. null: it belongs to no layer. */
export function layerTensor(name: string): { readonly layer: number; readonly rest: string } | null {
  const match = /^model\.layers\.(\d+)\.(.+)$/.exec(name);
  return match ? { layer: Number(match[1]), rest: match[2] ?? '' } : null;
}

/**
 * Says how a tensor of a layer with experts depends on the choice of experts.
 * @param rest its name in the layer
 * @returns null: it has nothing to do with routed experts; 'unknown': its content is not known
 */
export function expertPlace(
  rest: string,
  { block, router, matrices, grouped }: CheckpointRecord,
): ExpertPlace | null | 'unknown' {
  const prefix = `${block}.`;
  if (!rest.startsWith(prefix)) return /experts?\.|switch_mlp|_moe\./.test(rest) ? 'unknown' : null;
  const name = rest.slice(prefix.length);
  const ofRouter = name.startsWith(`${router}.`) ? name.slice(router.length + 1) : null;
  if (ofRouter !== null && ROUTER_PARTS.includes(ofRouter)) return { kind: 'stacked' };
  if (ofRouter === 'e_score_correction_bias' && grouped) return { kind: 'stacked' };
  const [, expert, matrix, part] = SINGLE.exec(name) ?? [];
  if (expert !== undefined && matrix !== undefined && part !== undefined && matrices.includes(matrix)) {
    return { kind: 'single', expert: Number(expert), part: `${matrix}.${part}`, rest: `${prefix}experts` };
  }
  if (FUSED.test(name) || STACKED.test(name)) return { kind: 'stacked' };
  return SHARED.test(name) ? null : 'unknown';
}

/** The name of the router's weight within a layer. */
export function routerName({ block, router }: CheckpointRecord): string {
  return `${block}.${router}.weight`;
}
