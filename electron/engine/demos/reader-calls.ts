// What a reader process can be asked: to open one file, then for its rows, a batch at a time.
import { z } from 'zod';

const jobSchema = z.object({
  path: z.string(),
  /** Formats whose decoders ask for memory by numbers that stand in the file. */
  format: z.enum(['parquet', 'arrow', 'json']),
});
export type ReaderJob = z.infer<typeof jobSchema>;

const batchSchema = z.object({
  rows: z.array(
    z.union([z.object({ line: z.int(), reason: z.string() }), z.object({ line: z.int(), row: z.unknown() })]),
  ),
  /** There are no more after these. */
  end: z.boolean(),
});
export type ReaderBatch = z.infer<typeof batchSchema>;

export const methods = {
  open: { params: jobSchema, result: z.null() },
  next: { params: z.object({}), result: batchSchema },
} as const;
