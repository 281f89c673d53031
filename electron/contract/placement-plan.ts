// Where a model will lie, part by part: planned before it is loaded.
import { z } from 'zod';

/** Bytes by kind. */
const placedBytesSchema = z.object({
  /** Routed experts. */
  experts: z.number(),
  /** All other weights: attention, dense layers, shared experts, embedding, output head. */
  others: z.number(),
  /** KV cache, and the states of recurrent layers. */
  kv: z.number(),
  compute: z.number(),
});
export type PlacedBytes = Readonly<z.infer<typeof placedBytesSchema>>;

const devicePartSchema = z.object({
  /** As llama.cpp has it, such as "CUDA0". */
  name: z.string(),
  /** `remote`: the memory of another machine. */
  kind: z.enum(['gpu', 'remote']),
  /** Before loading. */
  freeBytes: z.number(),
  /** Its layers are `firstLayer` and the `layers` - 1 that follow; the output layer comes last. */
  firstLayer: z.int(),
  layers: z.int(),
  bytes: placedBytesSchema,
});
export type DevicePart = Readonly<z.infer<typeof devicePartSchema>>;

/**
 * Which of the host's weights the CPU may repack for speed. Repacked ones are anonymous memory, which the system cannot
 * drop: `all` only where everything stays in memory; `others`: all but the routed experts.
 */
export const repackSchema = z.enum(['all', 'others', 'none']);
export type Repack = z.infer<typeof repackSchema>;

const placementPlanSchema = z.object({
  /** Of the model, the output layer included. */
  layers: z.int(),
  moeLayers: z.int(),
  /** The last so many lie on devices. */
  gpuLayers: z.int(),
  /** The first so many MoE layers have their routed experts in host memory, wherever the rest of them lies. */
  cpuExpertLayers: z.int(),
  repack: repackSchema,
  /** In the order of their layers; those that hold none too. */
  devices: z.array(devicePartSchema),
  host: z.object({
    /** What may be used of it. */
    freeBytes: z.number(),
    bytes: placedBytesSchema,
    /** Of the weights: what memory holds at once, and what is read from disk again and again. */
    ramBytes: z.number(),
    diskBytes: z.number(),
  }),
  /** false: what was asked for by number is more than the devices have free. */
  fits: z.boolean(),
});
export type PlacementPlan = Readonly<z.infer<typeof placementPlanSchema>>;
