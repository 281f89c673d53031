// The targets by name. A process of the harness loads those only whose inputs it tries.
import type { TargetTable } from './target.ts';

export const TARGETS = {
  gguf: async () => (await import('./gguf/target.ts')).ggufTarget,
  demos: async () => (await import('./demos/target.ts')).demosTarget,
  masks: async () => (await import('./records/masks.ts')).masksTarget,
  scores: async () => (await import('./records/scores.ts')).scoresTarget,
  bundles: async () => (await import('./records/bundles.ts')).bundlesTarget,
  database: async () => (await import('./records/database.ts')).databaseTarget,
  giants: async () => (await import('./giants/target.ts')).giantsTarget,
} as const satisfies TargetTable;
