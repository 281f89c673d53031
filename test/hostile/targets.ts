// The kinds of hostile files, each loaded by the process alone that tries it.
import type { Target } from './target.ts';

export const TARGETS = {
  gguf: async (folder) => (await import('./files/gguf/target.ts')).openGguf(folder),
  sanitized: async (folder) => (await import('./files/gguf/sanitized.ts')).openSanitized(folder),
  demos: async (folder) => (await import('./files/demos/target.ts')).openDemos(folder),
  choices: async (folder) => (await import('./files/records/tables.ts')).openChoices(folder),
  scores: async (folder) => (await import('./files/records/tables.ts')).openScores(folder),
  database: async (folder) => (await import('./files/records/database.ts')).openDatabase(folder),
  giants: async (folder) => (await import('./files/giants.ts')).openGiants(folder),
} as const satisfies Readonly<Record<string, Target>>;
