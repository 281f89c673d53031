// Where a model's weights are and where it computes. Separate from all other requests: workers need no others, and so start sooner.
import { z } from 'zod';
import { machineAddressesSchema } from './machine-address.ts';
import { MAX_BLOCKS } from './model-info.ts';

/** Value of `cpuExpertLayers`: the experts of all layers. */
export const ALL_EXPERT_LAYERS = MAX_BLOCKS;

const autoOrCount = z.union([z.literal('auto'), z.int().nonnegative()]);

export const placementSchema = z.object({
  gpu: z.enum(['auto', 'off', 'cuda', 'metal', 'vulkan']),
  /** Layers on the GPU; "auto": as many as its free memory holds. */
  gpuLayers: autoOrCount,
  /**
   * This many MoE layers, counted from the first, keep their routed experts in RAM (or on disk); those of the others go
   * to the GPU. "auto": as few as its free memory allows.
   */
  cpuExpertLayers: autoOrCount,
  /** HOST:PORT of the machines that lend memory, see `winnow worker`. Two results can be the same whatever this is. */
  rpc: machineAddressesSchema.default([]),
  threads: z.int().positive(),
  /** Host memory to plan with, in bytes. Default: what is free. */
  memoryLimit: z.int().positive().exactOptional(),
});
export type Placement = z.infer<typeof placementSchema>;
