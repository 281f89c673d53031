// The devices that ggml computes on.
import { z } from 'zod';
import { sentenceSchema } from './sentences.ts';

export const deviceSchema = z.object({
  name: z.string(),
  description: z.string(),
  /** ggml backend: "CPU", "CUDA", "Vulkan", "Metal" */
  backend: z.string(),
  /** Instructions that the backend was compiled for ("AVX2", "AVX512"), if it reports them. */
  features: z.array(z.string()),
  type: z.enum(['cpu', 'gpu', 'igpu', 'accelerator']),
  /** In bytes; 0 if the device does not report it. */
  memoryTotal: z.number(),
  memoryFree: z.number(),
});

export type Device = Readonly<z.infer<typeof deviceSchema>>;

/** Why an installed graphics backend offers no device. */
export const gpuProblemSchema = z.object({ kind: z.string(), why: sentenceSchema });
