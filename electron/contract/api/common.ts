// Schemas that several groups of calls share.
import { z } from 'zod';
import { ERROR_CODES, type ErrorData } from '../errors.ts';
import { sentenceSchema } from '../sentences.ts';

/**
 * A file or folder that the user named through a dialog, a drop or an upload. The page knows its id and name, never its
 * path, and cannot name any other file.
 */
export const grantIdSchema = z.string().min(16).max(64);

/** SHA-256 of the model's real path, 16 hex digits: the same file found twice is one model. */
export const modelIdSchema = z.string().regex(/^[0-9a-f]{16}$/);

/** A model of the library, or any part of a file that was handed over. */
export const modelRefSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('library'), modelId: modelIdSchema }),
  z.object({ kind: z.literal('file'), grant: grantIdSchema }),
]);
export type ModelRef = Readonly<z.infer<typeof modelRefSchema>>;

/**
 * The identity of a choice: equal for the same model with the same experts kept, no matter when or how they were
 * chosen. Figures, files and reports refer to a choice by it. SHA-256, hex.
 */
export const selectionHashSchema = z.string().regex(/^[0-9a-f]{64}$/);

export const rowIdSchema = z.int().positive();

/** A choice of experts, or a file that was written from one. */
export const subjectSchema = z.discriminatedUnion('kind', [
  /** What was chosen or written last. */
  z.object({ kind: z.literal('newest') }),
  /** The newest selection from the scores of this run. */
  z.object({ kind: z.literal('run'), runId: rowIdSchema }),
  /** A stored selection, together with one of its files; exportId null: the newest file. */
  z.object({ kind: z.literal('selection'), selectionId: rowIdSchema, exportId: rowIdSchema.nullable() }),
  z.object({ kind: z.literal('export'), exportId: rowIdSchema }),
  /** A pruned file, or any part of it. */
  z.object({ kind: z.literal('file'), grant: grantIdSchema }),
]);
export type Subject = Readonly<z.infer<typeof subjectSchema>>;

/** Returns a schema for a document of this form that leaves it as it was made, with its keys in their order, as in a file. */
export function asMade<Form extends z.ZodType>(form: Form): z.ZodCustom<z.output<Form>> {
  return z.custom<z.output<Form>>((value) => form.safeParse(value).success);
}

/** A stored choice of experts. */
export const storedChoiceSchema = z.object({ kind: z.literal('selection'), selectionId: rowIdSchema });

/** A file that says which experts of a model are kept. */
export const choiceInFileSchema = z.object({ kind: z.literal('file'), model: modelRefSchema, file: grantIdSchema });

/** Demos in files that are handed over. */
export const demoFilesSchema = z.object({
  kind: z.literal('files'),
  grants: z.array(grantIdSchema).min(1),
  /** They become demos of this domain. Default: the first file's name. */
  domain: z.string().min(1).optional(),
});
export type DemoFiles = Readonly<z.infer<typeof demoFilesSchema>>;

/** Undoes a deletion while the engine runs. */
export const undoSchema = z.object({ undoId: z.int().positive() });

export const jobIdSchema = z.object({ jobId: rowIdSchema });

export const errorDataSchema: z.ZodType<ErrorData> = z.object({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  // a stored error may come from another version, with other codes
  sentence: sentenceSchema.optional().catch(undefined),
  details: z.record(z.string(), z.unknown()).exactOptional(),
});

export const nothing = z.null();
export const noParams = z.object({});

/** The outcome for one file that was handed over. */
export const fileOutcomeSchema = z.object({
  grant: grantIdSchema,
  name: z.string(),
  error: errorDataSchema.nullable(),
});
