// What a reader process can be asked: to open one file, and then for its rows, a batch at a time.
import { z } from 'zod';
import { sentenceSchema } from '../../contract/sentences.ts';

/**
 * Which columns of a columnar file are decoded: those with names that demos have (`known`); those with one text or number per row,
 * whatever their names (`simple`); or the listed ones.
 */
const columnsSchema = z.union([z.enum(['known', 'simple']), z.array(z.string())]);
export type WantedColumns = z.infer<typeof columnsSchema>;

const jobSchema = z.object({
  path: z.string(),
  /** Formats whose decoders allocate memory according to numbers in the file. */
  format: z.enum(['parquet', 'arrow', 'json']),
  columns: columnsSchema,
});
export type ReaderJob = z.infer<typeof jobSchema>;

const batchSchema = z.object({
  rows: z.array(
    z.union([z.object({ line: z.int(), reason: sentenceSchema }), z.object({ line: z.int(), row: z.unknown() })]),
  ),
  /** Whether these are the last rows. */
  end: z.boolean(),
});

export const methods = {
  open: { params: jobSchema, result: z.null() },
  next: { params: z.object({}), result: batchSchema },
} as const;
