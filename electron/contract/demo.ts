// A demonstration: one example of the user's domain, as it was imported.
import { z } from 'zod';
import type { Sentence } from './sentences.ts';

const chatMessageSchema = z.object({
  role: z.string().min(1),
  content: z.string(),
  /** Kept as they came; the model's chat template decides what to do with them. */
  tool_calls: z.array(z.unknown()).optional(),
  reasoning_content: z.string().optional(),
});
export type ChatMessage = z.infer<typeof chatMessageSchema>;

/** The model wrote the answer, and its length limit ended it before it was complete. */
const cutOff = z.literal(true).optional();

/** Token ids of the whole demo, as a file held them beside its text. They may be another model's. */
const tokenIds = z.array(z.int().nonnegative()).min(1).optional();

/** A conversation, rendered with the model's own chat template. A last message that is not the assistant's means: prompt only. */
export const chatContentSchema = z.object({
  kind: z.literal('chat'),
  messages: z.array(chatMessageSchema).min(1),
  tools: z.array(z.unknown()).optional(),
  cutOff,
  tokenIds,
});

export const demoContentSchema = z.discriminatedUnion('kind', [
  /** One document, used as it is. */
  z.object({ kind: z.literal('text'), text: z.string(), cutOff, tokenIds }),
  chatContentSchema,
]);
export type DemoContent = z.infer<typeof demoContentSchema>;
export type ChatContent = Extract<DemoContent, { kind: 'chat' }>;

/** What a column of a demo file can hold. Several of one kind follow each other, after a blank line. */
export const COLUMN_ROLES = ['prompt', 'answer', 'system', 'text'] as const;
export type ColumnRole = (typeof COLUMN_ROLES)[number];

/** By the column's name, where people say it; the others are ignored. */
const columnRolesSchema = z.record(z.string(), z.enum(COLUMN_ROLES));
export type ColumnRoles = Readonly<z.infer<typeof columnRolesSchema>>;

/** What is taken of a JSON document that may be a demo, and holds rows that may be some. */
export const documentUseSchema = z.enum(['demo', 'rows']);
export type DocumentUse = z.infer<typeof documentUseSchema>;

/** Such a document. */
export const unclearDocumentSchema = z.object({
  /** By which it is a demo. */
  fields: z.array(z.string()),
  /** The field with the rows, and how many they are. */
  list: z.string(),
  rows: z.int(),
  /** How the demo begins, and the first usable one of the rows. */
  openings: z.object({ demo: z.string(), rows: z.string() }),
});
export type UnclearDocument = Readonly<z.infer<typeof unclearDocumentSchema>>;

/** How people say that a file is read, where what it holds does not say it. */
export const readAsSchema = z.object({
  columns: columnRolesSchema.exactOptional(),
  /** What a document is that may be a demo itself and holds rows that may be demos. Without it, such a file is an error. */
  document: documentUseSchema.exactOptional(),
});
export type ReadAs = Readonly<z.infer<typeof readAsSchema>>;

export type ImportedDemo = {
  readonly content: DemoContent;
  /** SHA-256 of the canonical content, hex: the same demo in two files has one hash. */
  readonly hash: string;
  /** 1-based line (JSONL, CSV) or row (Parquet, Arrow, JSON array); 1 for a whole-file demo. */
  readonly line: number;
};

export type DemoRejection = { readonly line: number; readonly reason: Sentence };

/** In which demos lie in a file. */
export type DemoFormat = 'jsonl' | 'json' | 'csv' | 'parquet' | 'arrow' | 'markdown' | 'text';

/** What became of one dropped file. */
export type ImportReport = {
  readonly path: string;
  readonly format: DemoFormat;
  readonly demos: readonly ImportedDemo[];
  readonly rejected: readonly DemoRejection[];
  /** Lines whose demo stands earlier in the same file. */
  readonly duplicates: readonly number[];
  /** Rows of which a model's own answer was taken, and a reference answer left. */
  readonly ownAnswers: number;
  /** Demos that came with token ids. */
  readonly tokenIds: number;
  /** What rows hold and their demos do not, counted, one sentence a kind. */
  readonly left: readonly Sentence[];
};
