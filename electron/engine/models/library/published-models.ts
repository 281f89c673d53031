// Published MoE models that are worth pruning, by name: their sizes, and whether they would fit into this machine's memory.
// This sends no network requests.
import type { FreeMemory, MemoryVerdict, PublishedModel } from '../../../contract/api/library.ts';
import type { GgufValue } from '../../../contract/model-info.ts';
import { modelShape } from '../placement/model-shape.ts';
import { weightBytes } from '../placement/budget.ts';
import type { MeasuredModel } from '../placement/chat-memory.ts';
import { memoryFit } from './memory-fit.ts';

type Listed = {
  readonly name: string;
  /** Repository of GGUF files on huggingface.co. */
  readonly repository: string;
  readonly arch: string;
  readonly blocks: number;
  readonly experts: number;
  readonly used: number;
  /** Share of the file's bytes that are routed experts. */
  readonly expertShare: number;
  /** The usual file first, then a finer one. */
  readonly files: readonly { readonly fileType: string; readonly gigabytes: number }[];
  /** What determines the size of the attention cache; for latent attention, the single key that is cached. */
  readonly attention: {
    readonly headsKv: number;
    readonly keyLength: number;
    readonly valueLength: number;
    /** Every how many blocks one attends; the others keep a state. */
    readonly interval?: number;
  };
};

/**
 * Sorted by size. Blocks, experts and attention are those of config.json on huggingface.co. Sizes are in GB of 10⁹ bytes. They are
 * published either as llama.cpp itself reports them on loading a file (`print_info: file size`, the column `size` of llama-bench), in
 * GiB: 59.02 of gpt-oss-120b, 17.28 and 30.25 of Qwen3-30B-A3B, 34.36 of Qwen3.5-35B-A3B in Q8_0, 67.96 of GLM-4.5-Air, 132.39 and
 * 232.77 of Qwen3-235B-A22B, 376.65 and 664.29 of DeepSeek-R1; or in model cards: gpt-oss-20b bartowski's, 12.1 GB; GLM-4.5-Air in
 * Q8_0 ubergarm's, 109.38 GiB; Qwen3.5-35B-A3B in Q4_K_M GOBA-AI-Labs', 21.2 GB. Shares are routed parameters, 3 · width · expert
 * width · experts · MoE layers, of all parameters; for gpt-oss they are by bytes, with 4.25 bits in experts.
 */
const LISTED: readonly Listed[] = [
  {
    name: 'gpt-oss-20b',
    repository: 'ggml-org/gpt-oss-20b-GGUF',
    arch: 'gpt-oss',
    blocks: 24,
    experts: 32,
    used: 4,
    expertShare: 0.84,
    files: [{ fileType: 'MXFP4', gigabytes: 12.1 }],
    attention: { headsKv: 8, keyLength: 64, valueLength: 64 },
  },
  {
    name: 'Qwen3-30B-A3B',
    repository: 'Qwen/Qwen3-30B-A3B-GGUF',
    arch: 'qwen3moe',
    blocks: 48,
    experts: 128,
    used: 8,
    expertShare: 0.95,
    files: [
      { fileType: 'Q4_K_M', gigabytes: 18.6 },
      { fileType: 'Q8_0', gigabytes: 32.5 },
    ],
    attention: { headsKv: 4, keyLength: 128, valueLength: 128 },
  },
  {
    name: 'Qwen3.5-35B-A3B',
    repository: 'unsloth/Qwen3.5-35B-A3B-GGUF',
    arch: 'qwen35moe',
    blocks: 40,
    experts: 256,
    used: 8,
    expertShare: 0.92,
    files: [
      { fileType: 'Q4_K_M', gigabytes: 21.2 },
      { fileType: 'Q8_0', gigabytes: 36.9 },
    ],
    attention: { headsKv: 2, keyLength: 256, valueLength: 256, interval: 4 },
  },
  {
    name: 'gpt-oss-120b',
    repository: 'ggml-org/gpt-oss-120b-GGUF',
    arch: 'gpt-oss',
    blocks: 36,
    experts: 128,
    used: 4,
    expertShare: 0.96,
    files: [{ fileType: 'MXFP4', gigabytes: 63.4 }],
    attention: { headsKv: 8, keyLength: 64, valueLength: 64 },
  },
  {
    name: 'GLM-4.5-Air',
    repository: 'unsloth/GLM-4.5-Air-GGUF',
    arch: 'glm4moe',
    blocks: 47,
    experts: 128,
    used: 8,
    expertShare: 0.92,
    files: [
      { fileType: 'Q4_K_M', gigabytes: 73.0 },
      { fileType: 'Q8_0', gigabytes: 117.4 },
    ],
    attention: { headsKv: 8, keyLength: 128, valueLength: 128 },
  },
  {
    name: 'Qwen3-235B-A22B',
    repository: 'Qwen/Qwen3-235B-A22B-GGUF',
    arch: 'qwen3moe',
    blocks: 94,
    experts: 128,
    used: 8,
    expertShare: 0.97,
    files: [
      { fileType: 'Q4_K_M', gigabytes: 142.2 },
      { fileType: 'Q8_0', gigabytes: 249.9 },
    ],
    attention: { headsKv: 4, keyLength: 128, valueLength: 128 },
  },
  {
    name: 'DeepSeek-R1',
    repository: 'unsloth/DeepSeek-R1-GGUF',
    arch: 'deepseek2',
    blocks: 61,
    experts: 256,
    used: 8,
    expertShare: 0.97,
    files: [
      { fileType: 'Q4_K_M', gigabytes: 404 },
      { fileType: 'Q8_0', gigabytes: 713 },
    ],
    attention: { headsKv: 1, keyLength: 576, valueLength: 0 },
  },
];

const GB = 1e9;

/** Sizes that determine the buffers, which differ little from one model to the next. */
const TYPICAL = { width: 4096, vocabulary: 152_000 };

/** @param ctx tokens of one conversation */
export function publishedModels(ctx: number, machine: FreeMemory): PublishedModel[] {
  return LISTED.map((listed) => {
    const { name, repository, experts, used, files } = listed;
    const keep = Math.max(used, experts / 2);
    return {
      name,
      repository,
      nExpert: experts,
      nExpertUsed: used,
      keep,
      files: files.map(({ fileType, gigabytes }) => {
        const bytes = gigabytes * GB;
        const expertBytes = Math.round(bytes * listed.expertShare);
        const prunedBytes = weightBytes({ fullBytes: bytes, expertBytes, nExpert: experts }, keep);
        const verdictOf = (weights: number): MemoryVerdict =>
          memoryFit(measured(listed, weights), { ctx, keep: null }, machine).verdict;
        return { fileType, bytes, prunedBytes, verdict: verdictOf(bytes), prunedVerdict: verdictOf(prunedBytes) };
      }),
    };
  });
}

/** A file of a listed model, as if its header had been read. */
function measured({ arch, blocks, attention }: Listed, bytes: number): MeasuredModel {
  const keys = {
    'attention.head_count_kv': attention.headsKv,
    'attention.key_length': attention.keyLength,
    'attention.value_length': attention.valueLength,
    full_attention_interval: attention.interval ?? 0,
    embedding_length: TYPICAL.width,
  };
  const kv = Object.fromEntries(
    Object.entries(keys).map(([name, value]): [string, GgufValue] => [
      `${arch}.${name}`,
      { type: 'uint32', array: false, length: 1, value },
    ]),
  );
  const info = { arch, nExpert: 0, nExpertUsed: 0, blockCount: blocks, nextnLayers: [], contextLength: 0 };
  const headers = [{ kv }];
  const tensors = [{ name: 'token_embd.weight', ne: [TYPICAL.width, TYPICAL.vocabulary], bytes }];
  return { info, headers, shape: modelShape({ info, headers, tensors }) };
}
