// Domains, their demos, and the held-out texts to measure on.
import { z } from 'zod';
import { COLUMN_ROLES, columnRolesSchema, demoContentSchema } from '../demo.ts';
import { sentenceSchema } from '../sentences.ts';
import { respondFilesSchema, respondRequestSchema } from '../requests.ts';
import {
  fileOutcomeSchema,
  grantIdSchema,
  jobIdSchema,
  modelRefSchema,
  noParams,
  rowIdSchema,
  undoSchema,
} from './common.ts';

export const domainSchema = z.object({
  id: rowIdSchema,
  name: z.string(),
  demos: z.int(),
  /** Chats without an answer. */
  promptOnly: z.int(),
  /** Held-out texts. */
  texts: z.int(),
});
export type Domain = Readonly<z.infer<typeof domainSchema>>;

const demoSummarySchema = z.object({
  id: rowIdSchema,
  kind: z.enum(['text', 'chat']),
  /** Messages of a chat; 1 for a text. */
  turns: z.int(),
  promptOnly: z.boolean(),
  /** The last answer was written by a model. */
  answeredByModel: z.boolean(),
  /** The demo's beginning, on one line. */
  opening: z.string(),
  chars: z.int(),
  source: z.string(),
  line: z.int(),
});
export type DemoSummary = Readonly<z.infer<typeof demoSummarySchema>>;

/** Lines that were skipped; at most the first thousand. */
const rejected = z.array(z.object({ line: z.int(), reason: sentenceSchema }));

const importedFileSchema = fileOutcomeSchema.extend({
  format: z.string().nullable(),
  added: z.int(),
  /** Demos that the set holds already. */
  known: z.int(),
  /** Lines whose demo also stands earlier in the same file; at most the first thousand. */
  duplicates: z.array(z.int()),
  duplicateCount: z.int(),
  /** Rows where the model's own answer was used instead of a reference answer. */
  ownAnswers: z.int(),
  /** What the rows hold but their demos do not, with counts, one sentence for each kind. */
  left: z.array(sentenceSchema),
  rejected,
  rejectedCount: z.int(),
});
export type ImportedFile = Readonly<z.infer<typeof importedFileSchema>>;

export const heldOutTextSchema = z.object({
  id: rowIdSchema,
  domainId: rowIdSchema,
  domain: z.string(),
  name: z.string(),
  /** Size of the UTF-8 text, or of the documents as JSON. */
  bytes: z.number(),
  /** How many documents it holds, each a row of a demo file; null: it is a single text. */
  documents: z.int().nullable(),
});
export type HeldOutText = Readonly<z.infer<typeof heldOutTextSchema>>;

const importedTextSchema = fileOutcomeSchema.extend({
  textId: rowIdSchema.nullable(),
  documents: z.int().nullable(),
  rejected,
  rejectedCount: z.int(),
});

const grantsSchema = z.array(grantIdSchema).min(1).max(1000);

const importParams = z.object({
  domainId: rowIdSchema,
  grants: grantsSchema,
  /** What the columns of a grant's file hold, where their names do not say it. */
  columns: z.record(grantIdSchema, columnRolesSchema).exactOptional(),
});

/** What the first rows of a file of examples show before it is imported. */
const examinedFileSchema = z.object({
  grant: grantIdSchema,
  /** The columns of a table with unknown names, or too few known ones; empty: the file is understood. */
  columns: z.array(
    z.object({
      name: z.string(),
      /** What its name suggests; null: it is ignored. */
      role: z.enum(COLUMN_ROLES).nullable(),
      /** The values in its first rows, as text, cut. */
      values: z.array(z.string()),
    }),
  ),
});
export type ExaminedFile = Readonly<z.infer<typeof examinedFileSchema>>;

/** The outcome of `demos.respond`. */
export const respondOutcomeSchema = z.object({
  /** For files: answers that were written; for a domain: chats that waited for one. */
  demos: z.int(),
  /** Chats that this job answered. */
  answered: z.int(),
  /** Chats that an earlier, stopped job had answered. */
  resumed: z.int(),
  /** Chats that still wait: the model's context or template had no room for them, or the model wrote nothing. */
  unanswered: z.int(),
  /** Answers that ended at the limit or in a loop, in this job or an earlier one. */
  cutOff: z.int(),
  /** Answers of this job that only repeated themselves at the end. */
  looped: z.int(),
  /** Limit of an answer, in tokens. */
  maxTokens: z.int(),
  /** Length of the demos' longest answer in tokens, where `maxTokens` follows from it; null: it does not. */
  longest: z.int().nullable(),
});
export type RespondOutcome = Readonly<z.infer<typeof respondOutcomeSchema>>;

export const demosCalls = {
  'domains.list': { params: noParams, result: z.array(domainSchema) },
  'domains.create': { params: z.object({ name: z.string().trim().min(1).max(80) }), result: domainSchema },
  'domains.rename': {
    params: z.object({ domainId: rowIdSchema, name: z.string().trim().min(1).max(80) }),
    result: domainSchema,
  },
  'domains.delete': { params: z.object({ domainId: rowIdSchema }), result: undoSchema },

  /** Looks into files before they are imported; the import itself reports what cannot be read. */
  'demos.examine': {
    params: z.object({ grants: grantsSchema }),
    result: z.array(examinedFileSchema),
  },
  'demos.import': { params: importParams, result: z.array(importedFileSchema) },
  'demos.list': {
    params: z.object({
      domainId: rowIdSchema,
      offset: z.int().nonnegative(),
      limit: z.int().min(1).max(1000),
      search: z.string().max(200),
    }),
    result: z.object({ total: z.int(), demos: z.array(demoSummarySchema) }),
  },
  'demos.get': { params: z.object({ demoId: rowIdSchema }), result: demoContentSchema },
  'demos.delete': { params: z.object({ demoIds: z.array(rowIdSchema).min(1) }), result: undoSchema },
  /** Lets the model answer the prompt-only demos. Finished answers stay when it is cancelled. */
  'demos.respond': {
    params: respondRequestSchema.omit({ placement: true }).extend({
      model: modelRefSchema,
      demos: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('domain'), domainId: rowIdSchema }),
        /** The demos with their answers are written to the target. */
        respondFilesSchema.extend({ grants: z.array(grantIdSchema).min(1).max(10_000), target: grantIdSchema }),
      ]),
    }),
    result: jobIdSchema,
  },

  'texts.list': { params: noParams, result: z.array(heldOutTextSchema) },
  'texts.import': { params: importParams, result: z.array(importedTextSchema) },
  'texts.delete': { params: z.object({ textId: rowIdSchema }), result: undoSchema },
} as const;

export const demosEvents = {
  /** Domains, demos or texts changed; runs and measurements tell which of their demos and texts still exist. */
  demos: {
    payload: z.object({ domainId: rowIdSchema.nullable() }),
    updates: null,
    outdates: [
      'domains.list',
      'demos.list',
      'demos.get',
      'runs.estimate',
      'texts.list',
      'evaluations.offer',
      'generations.list',
      'fit.plan',
      'fit.list',
    ],
  },
} as const;
