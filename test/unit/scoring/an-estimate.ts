import type { ScoringEstimate } from '../../../electron/contract/api/runs.ts';

/** The estimate of a small run on the processor that takes 20 seconds, by an earlier one. */
export const ESTIMATE: ScoringEstimate = {
  demos: 3,
  tokens: 1000,
  nUbatch: 1024,
  ubatches: 1,
  nSlice: 1024,
  kvType: 'f16',
  layers: { all: 7, offloaded: 0, moe: 6, hostExperts: 6 },
  memory: [{ device: 'CPU', kind: 'host', availableBytes: 8e9, weightsBytes: 2e7, kvBytes: 1e6, computeBytes: 1e7 }],
  onDiskBytes: 0,
  readBytes: 2e7,
  seconds: 20,
  isRough: false,
  warnings: [],
};
