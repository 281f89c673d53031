// The kinds of hostile files, each loaded by the process alone that tries it.
import { z } from 'zod';
import type { Target } from './target.ts';

export const targetNameSchema = z.enum(['gguf', 'sanitized', 'demos', 'choices', 'scores']);
type TargetName = z.infer<typeof targetNameSchema>;

export const TARGETS: Readonly<Record<TargetName, Target>> = {
  gguf: async (folder) => (await import('./files/gguf/target.ts')).openGguf(folder),
  sanitized: async (folder) => (await import('./files/gguf/sanitized.ts')).openSanitized(folder),
  demos: async (folder) => (await import('./files/demos/target.ts')).openDemos(folder),
  choices: async (folder) => (await import('./files/records/tables.ts')).openChoices(folder),
  scores: async (folder) => (await import('./files/records/tables.ts')).openScores(folder),
};
