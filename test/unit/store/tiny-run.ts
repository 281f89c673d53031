// A model and a score run for the tests, the same in every process, with sums that are easy to tell apart.
import { SUMS, type ExpertSums } from '../../../electron/contract/criteria.ts';
import type { ModelInfo } from '../../../electron/contract/model-info.ts';
import type { RunDemo } from '../../../electron/engine/store/score-runs.ts';

/** 3 MoE layers of 8 experts: matrices of 24 entries. */
export const MODEL: ModelInfo = {
  path: '/models/tiny.gguf',
  parts: ['/models/tiny.gguf'],
  bytes: 123456,
  arch: 'qwen3moe',
  name: 'Tiny',
  fileType: 'Q8_0',
  blockCount: 4,
  moeLayers: [1, 2, 3],
  nextnLayers: [],
  nExpert: 8,
  nExpertUsed: 2,
  nExpertGroups: 0,
  nExpertGroupsUsed: 0,
  expertsPerBlock: 1,
  expertBytes: 100000,
  contextLength: 4096,
  prunable: { ok: true },
  fingerprint: 'f'.repeat(64),
};
const MATRIX_LENGTH = 24;

/** Sums in which every entry names its demo, matrix and place. */
export function sumsOf(demo: number, length: number = MATRIX_LENGTH): ExpertSums {
  const matrix = (m: number): Float64Array => Float64Array.from({ length }, (_, i) => demo + m / 8 + i / 3);
  return Object.fromEntries(SUMS.map((name, m) => [name, matrix(m)])) as unknown as ExpertSums;
}

/** The scores of a demo, as they are saved. */
export function scoreOf(position: number, sums: ExpertSums = sumsOf(position)) {
  return { position, sums, maxNorm: new Float32Array(sums.count.length) };
}

/** Demos that are checkpointed at once. */
export const PACK = 4;
export const SETTINGS = { nUbatch: 2048, maxTokens: 0 };
export const DEMOS: readonly RunDemo[] = Array.from({ length: 400 }, (_, i) => ({
  hash: i.toString(16).padStart(64, '0'),
  id: `demos.jsonl:${i + 1}`,
  tokens: 10 + i,
}));
