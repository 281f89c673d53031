// Which weights the CPU may hold in a form of its own.
import { z } from 'zod';

/**
 * Which of the host's weights the CPU may repack for speed. Repacked weights are anonymous memory, which the system
 * cannot drop: `all` only if everything stays in memory; `others`: all but the routed experts.
 */
export const repackSchema = z.enum(['all', 'others', 'none']); // from the most such memory to none
export type Repack = z.infer<typeof repackSchema>;
