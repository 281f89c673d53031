// What a fault campaign tells the app that it will kill.
import { z } from 'zod';

export const hostOrderSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('page'), message: z.unknown() }),
  z.object({
    kind: z.literal('grant'),
    grant: z.object({ id: z.string(), path: z.string(), access: z.enum(['read', 'write', 'folder']) }),
  }),
  /** Start another engine in place of one that died. */
  z.object({ kind: z.literal('restart') }),
]);
export type HostOrder = z.infer<typeof hostOrderSchema>;
