// A demonstration: one example of the user's domain, as it was imported.
import { z } from 'zod';
import type { Sentence } from './sentences.ts';

const chatMessageSchema = z.object({
  role: z.string().min(1),
  content: z.string(),
  /** Kept as they are in the file; the model's chat template decides what to do with them. */
  tool_calls: z.array(z.unknown()).optional(),
  reasoning_content: z.string().optional(),
});
export type ChatMessage = z.infer<typeof chatMessageSchema>;

/** A model wrote the answer, and its length limit cut it off. */
const cutOff = z.literal(true).optional();

/** A conversation, rendered with the model's own chat template. If the last message is not the assistant's, the demo is prompt-only. */
export const chatContentSchema = z.object({
  kind: z.literal('chat'),
  messages: z.array(chatMessageSchema).min(1),
  tools: z.array(z.unknown()).optional(),
  cutOff,
});

export const demoContentSchema = z.discriminatedUnion('kind', [
  /** One document, used as it is. */
  z.object({ kind: z.literal('text'), text: z.string(), cutOff }),
  chatContentSchema,
]);
export type DemoContent = z.infer<typeof demoContentSchema>;
export type ChatContent = Extract<DemoContent, { kind: 'chat' }>;

/** What a column of a demo file can hold. Several columns with the same role are joined, with a blank line between them. */
export const COLUMN_ROLES = ['prompt', 'answer', 'system', 'text'] as const;
export type ColumnRole = (typeof COLUMN_ROLES)[number];

/** The columns' roles by name, as the user set them; other columns are ignored. */
export const columnRolesSchema = z.record(z.string(), z.enum(COLUMN_ROLES));
export type ColumnRoles = Readonly<z.infer<typeof columnRolesSchema>>;

export type ImportedDemo = {
  readonly content: DemoContent;
  /** SHA-256 of the canonical content, hex: the same demo in two files has one hash. */
  readonly hash: string;
  /** 1-based line (JSONL, CSV) or row (Parquet, Arrow, JSON array); 1 for a whole-file demo. */
  readonly line: number;
};

export type DemoRejection = { readonly line: number; readonly reason: Sentence };

/** File formats that can hold demos. */
export type DemoFormat = 'jsonl' | 'json' | 'csv' | 'parquet' | 'arrow' | 'markdown' | 'text';

/** What became of a dropped file. */
export type ImportReport = {
  readonly path: string;
  readonly format: DemoFormat;
  readonly demos: readonly ImportedDemo[];
  readonly rejected: readonly DemoRejection[];
  /** Lines whose demo also stands earlier in the same file. */
  readonly duplicates: readonly number[];
  /** Rows where the model's own answer was used instead of a reference answer. */
  readonly ownAnswers: number;
  /** What the rows hold but their demos do not, with counts, one sentence for each kind. */
  readonly left: readonly Sentence[];
};
