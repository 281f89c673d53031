// The conversation between the runner and its processes.
import { z } from 'zod';

export const childArgsSchema = z.object({
  /** URL of the module that exports `TARGETS`. */
  targets: z.string(),
  seed: z.int(),
  folder: z.string(),
});
export type ChildArgs = z.infer<typeof childArgsSchema>;

/** Try this input; null: end. */
export const requestSchema = z.object({ target: z.string(), index: z.int() }).nullable();
export type ChildRequest = z.infer<typeof requestSchema>;

const verdictSchema = z.object({
  kind: z.string(),
  end: z.string(),
  finding: z.string().nullable(),
  note: z.string().exactOptional(),
});

const triedSchema = verdictSchema.extend({
  milliseconds: z.number(),
  /** Most memory that the process, or a worker of it, had meanwhile; 0 where the system does not say. */
  peakBytes: z.number(),
});
export type Tried = z.infer<typeof triedSchema>;

/** `begun`: its target is open, and the time runs; `closed`: of all targets, what showed in the end. */
export const childMessageSchema = z.union([
  z.object({ begun: z.literal(true) }),
  z.object({ closed: z.array(verdictSchema) }),
  triedSchema,
]);
export type ChildMessage = z.infer<typeof childMessageSchema>;
