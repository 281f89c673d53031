// The targets by name. A process of the harness loads those only whose inputs it tries.
import type { TargetTable } from './target.ts';

export const TARGETS = {
  gguf: async () => (await import('./files/gguf/target.ts')).ggufTarget,
  demos: async () => (await import('./files/demos/target.ts')).demosTarget,
  masks: async () => (await import('./files/records/masks.ts')).masksTarget,
  scores: async () => (await import('./files/records/scores.ts')).scoresTarget,
  bundles: async () => (await import('./files/records/bundles.ts')).bundlesTarget,
  database: async () => (await import('./files/records/database.ts')).databaseTarget,
  giants: async () => (await import('./files/giants/target.ts')).giantsTarget,
} as const satisfies TargetTable;
