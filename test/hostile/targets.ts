// The targets by name, and what an input of each may cost. A process loads those only whose inputs it tries.
import type { Limits, TargetTable } from './target.ts';

const MINUTE_MS = 60_000;

const OF_FILES: Limits = {
  // what is promised; inputs have at most some hundred kilobytes, for which the engine takes a third of this
  hangMs: 10_000,
  memoryBytes: 1 << 30,
  memoryOf: 'each',
  // what is small and left behind each time is no finding here
  inputsAProcess: 2000,
  // machines have slow moments, and garbage of earlier inputs counts as memory
  tries: 2,
};
const OF_GIANTS: Limits = {
  ...OF_FILES,
  // V8 lets about a gibibyte of buffers lie that a file was read into, however long the file is, before it collects them
  memoryBytes: 1280 << 20,
};
const OF_ATTACKS: Limits = {
  hangMs: 5 * MINUTE_MS,
  // of the process that attacks; what it starts in groups of their own is watched by itself
  memoryBytes: 2 * 1024 ** 3,
  memoryOf: 'all',
  inputsAProcess: 1,
  tries: 1,
};
/** The limits of work that goes on in processes of its own. */
const OF_WORK: Limits = {
  hangMs: 20 * MINUTE_MS,
  memoryBytes: Infinity,
  memoryOf: 'each',
  inputsAProcess: Infinity,
  tries: 1,
};

export const TARGETS = {
  gguf: { load: async () => (await import('./files/gguf/target.ts')).ggufTarget, limits: OF_FILES },
  demos: { load: async () => (await import('./files/demos/target.ts')).demosTarget, limits: OF_FILES },
  masks: { load: async () => (await import('./files/records/masks.ts')).masksTarget, limits: OF_FILES },
  scores: { load: async () => (await import('./files/records/scores.ts')).scoresTarget, limits: OF_FILES },
  bundles: { load: async () => (await import('./files/records/bundles.ts')).bundlesTarget, limits: OF_FILES },
  database: { load: async () => (await import('./files/records/database.ts')).databaseTarget, limits: OF_FILES },
  sanitized: { load: async () => (await import('./files/sanitized/target.ts')).sanitizedTarget, limits: OF_FILES },
  giants: { load: async () => (await import('./files/giants/target.ts')).giantsTarget, limits: OF_GIANTS },
  attacks: { load: async () => (await import('./attack/target.ts')).attacksTarget, limits: OF_ATTACKS },
  kills: { load: async () => (await import('./kills/target.ts')).killsTarget, limits: OF_WORK },
  soak: { load: async () => (await import('./soak/target.ts')).soakTarget, limits: OF_WORK },
} as const satisfies TargetTable;
