// Domains, their demos, and the held-out texts that measure them.
import { z } from 'zod';
import { COLUMN_ROLES, demoContentSchema, readAsSchema, unclearDocumentSchema } from '../demo.ts';
import { sentenceSchema } from '../sentences.ts';
import { limitBySchema } from '../taken-demos.ts';
import {
  fileOutcomeSchema,
  grantIdSchema,
  jobIdSchema,
  modelIdSchema,
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
  /** How it begins, in one line. */
  opening: z.string(),
  chars: z.int(),
  source: z.string(),
  line: z.int(),
});
export type DemoSummary = Readonly<z.infer<typeof demoSummarySchema>>;

/** Lines that were left out; at most the first thousand. */
const rejected = z.array(z.object({ line: z.int(), reason: sentenceSchema }));

const importedFileSchema = fileOutcomeSchema.extend({
  format: z.string().nullable(),
  added: z.int(),
  /** The set holds them already. */
  known: z.int(),
  /** Lines whose demo stands earlier in the same file; at most the first thousand. */
  duplicates: z.array(z.int()),
  duplicateCount: z.int(),
  /** Rows of which a model's own answer was taken, and a reference answer left. */
  ownAnswers: z.int(),
  /** Demos that came with token ids, which are used where they are the model's. */
  tokenIds: z.int(),
  /** What rows hold and their demos do not, counted, one sentence a kind. */
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
  /** How many it holds, each a row of a demo file; null: it is one text. */
  documents: z.int().nullable(),
});
export type HeldOutText = Readonly<z.infer<typeof heldOutTextSchema>>;

const importedTextSchema = fileOutcomeSchema.extend({
  textId: rowIdSchema.nullable(),
  documents: z.int().nullable(),
  rejected,
  rejectedCount: z.int(),
});
export type ImportedText = Readonly<z.infer<typeof importedTextSchema>>;

const grantsSchema = z.array(grantIdSchema).min(1).max(1000);

const importParams = z.object({
  domainId: rowIdSchema,
  grants: grantsSchema,
  /** How a grant's file is read, where what it holds does not say it. */
  as: z.record(grantIdSchema, readAsSchema).exactOptional(),
});

/** What an import did. `undoId` takes back what it added; null: nothing. */
const importResult = <File extends z.ZodType>(file: File) =>
  z.object({ files: z.array(file), undoId: undoSchema.shape.undoId.nullable() });

/** What a file of examples is, before it is imported: by its first rows. */
const examinedFileSchema = z.object({
  grant: grantIdSchema,
  /** The columns of a table that has no known names, or too few; empty: the file is understood. */
  columns: z.array(
    z.object({
      name: z.string(),
      /** By its name; null: it is ignored. */
      role: z.enum(COLUMN_ROLES).nullable(),
      /** Its first rows, each as text, cut. */
      values: z.array(z.string()),
    }),
  ),
  /** That may be an example, or hold some; null: it is clear what the file is. */
  document: unclearDocumentSchema.nullable(),
  /** Its longest example, where that is many times longer than what scoring uses of it; about. */
  longest: z.object({ tokens: z.int(), limit: z.int() }).nullable(),
});
export type ExaminedFile = Readonly<z.infer<typeof examinedFileSchema>>;

/** What comes of `demos.respond`. */
export const respondOutcomeSchema = z.object({
  /** Answers written, for files; chats that waited, for a domain. */
  demos: z.int(),
  /** By this job. */
  answered: z.int(),
  /** By an earlier one that was stopped. */
  resumed: z.int(),
  /** Chats that still wait: the model's context or its template had no room for them, or it said nothing. */
  unanswered: z.int(),
  /** Answers that the limit or a loop ended, by this job or an earlier one. */
  cutOff: z.int(),
  /** Answers of this job that only repeated themselves in the end. */
  looped: z.int(),
  /** Longest answer, in tokens. */
  maxTokens: z.int(),
  /** In tokens, of the longest answer of the demos, where `maxTokens` follows from that; null: it does not. */
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

  /** Looks into files before they are imported; what cannot be read is left to the import to say. */
  'demos.examine': {
    params: z.object({ grants: grantsSchema, modelId: modelIdSchema.nullable(), maxTokens: z.int().nonnegative() }),
    result: z.array(examinedFileSchema),
  },
  'demos.import': { params: importParams, result: importResult(importedFileSchema) },
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
  /** The demo as the model will see it: chat template applied, cut as `maxTokens` says. */
  'demos.rendered': {
    params: z.object({ demoId: rowIdSchema, modelId: modelIdSchema, maxTokens: z.int().nonnegative() }),
    result: z.object({
      /** The pieces together. */
      text: z.string(),
      /** That scoring uses. */
      tokens: z.int(),
      /** Text of each token, special ones written out; at most the first 4000. */
      pieces: z.array(z.string()),
      /** Places in `pieces` of special tokens: marks of the chat template, beginning and end of the text. */
      special: z.array(z.int()),
      /** The demo is longer than what scoring uses. */
      cut: z.boolean(),
      /** How the chat template changed the demo; null: it did not. */
      warning: sentenceSchema.nullable(),
    }),
  },
  'demos.delete': { params: z.object({ demoIds: z.array(rowIdSchema).min(1) }), result: undoSchema },
  /** Tokens of the whole set for a model. Cancellable. */
  'demos.count': {
    params: z.object({ domainId: rowIdSchema, modelId: modelIdSchema, maxTokens: z.int().nonnegative() }),
    result: z.object({
      /** That have tokens; the others are left out of scoring. */
      demos: z.int(),
      /** After cutting. */
      tokens: z.int(),
      longest: z.int(),
      /** Which are left out, and why; at most the first hundred. */
      skipped: z.array(sentenceSchema),
      /** What the chat template leaves out of the others, one sentence a part. */
      unwritten: z.array(sentenceSchema),
    }),
  },
  /** Answers the prompt-only demos with the model. Done answers stay when it is cancelled. */
  'demos.respond': {
    params: z.object({
      model: modelRefSchema,
      demos: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('domain'), domainId: rowIdSchema }),
        /** The demos are written to the target, with their answers. */
        z.object({
          kind: z.literal('files'),
          grants: z.array(grantIdSchema).min(1).max(10_000),
          target: grantIdSchema,
          /** Only so many demos, and which. */
          limit: z.int().positive().exactOptional(),
          limitBy: limitBySchema.exactOptional(),
          limitSeed: z.int().nonnegative().exactOptional(),
          /** Answers that are there are dropped first. */
          replaceAnswers: z.boolean(),
          overwrite: z.boolean(),
        }),
      ]),
      /** Longest answer, in tokens; null: what the model's context allows, and for files 8 times the longest answer. */
      maxTokens: z
        .int()
        .min(1)
        .max(1 << 24)
        .nullable(),
      /** Moderate, as reasoning models are recommended to be run: at 0 they fall into loops. */
      temperature: z.number().nonnegative().default(0.6),
      seed: z.int().nonnegative().default(1),
    }),
    result: jobIdSchema,
  },

  'texts.list': { params: noParams, result: z.array(heldOutTextSchema) },
  'texts.import': { params: importParams, result: importResult(importedTextSchema) },
  'texts.delete': { params: z.object({ textId: rowIdSchema }), result: undoSchema },
} as const;

export const demosEvents = {
  /** Domains, demos or texts changed; runs and measurements say whose demos and texts are still there. */
  demos: {
    payload: z.object({ domainId: rowIdSchema.nullable() }),
    updates: null,
    outdates: [
      'domains.list',
      'demos.list',
      'demos.get',
      'demos.rendered',
      'demos.count',
      'runs.estimate',
      'texts.list',
      'runs.demos',
      'runs.tokens',
      'runs.expert',
      'evaluations.list',
      'evaluations.offer',
      'generations.list',
      'fit.plan',
      'fit.list',
    ],
  },
} as const;
