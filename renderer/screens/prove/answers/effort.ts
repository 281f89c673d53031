// The choices of how much is written, and how.
import { z } from 'zod';

export const PROMPTS = [5, 10, 20, 50, 100, 200, 500, 1000, 2000] as const;
export const TOKENS = [64, 128, 256, 512, 1024, 2048, 4096] as const;
/** 0: only greedily, the likeliest token each time. */
export const SAMPLES = [0, 1, 2, 4, 8] as const;
export const TEMPERATURES = [0.3, 0.6, 0.8, 1] as const;

export const effortSchema = z.object({
  prompts: z.literal(PROMPTS),
  tokens: z.literal(TOKENS),
  samples: z.literal(SAMPLES),
  temperature: z.literal(TEMPERATURES),
});
export type Effort = z.infer<typeof effortSchema>;
