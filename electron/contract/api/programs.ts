// Pruned files in other programs on this machine.
import { z } from 'zod';
import { grantIdSchema, noParams, nothing, rowIdSchema } from './common.ts';

export const PROGRAMS = ['lm-studio', 'ollama', 'llama-cpp', 'jan'] as const;
export type Program = (typeof PROGRAMS)[number];
const programSchema = z.enum(PROGRAMS);

const openedHow = z.enum([
  'hard-link',
  'symbolic-link',
  'copy',
  /** It was there before. */
  'present',
  /** A small file was written that names the model. */
  'written',
  /** There are only commands to run. */
  'commands',
]);
export type OpenedHow = z.infer<typeof openedHow>;

const openedSchema = z.object({
  program: programSchema,
  how: openedHow,
  /** The folder or file that was made; null: nothing was made. */
  displayPath: z.string().nullable(),
  /** In the order to run them; `remove` takes the model out of the program again. */
  commands: z.array(z.object({ kind: z.enum(['create', 'run', 'serve', 'remove']), text: z.string() })),
  /** Tokens of context that the commands ask for; null: the program chooses. */
  ctx: z.int().nullable(),
  /** The model is split, which some versions of the program do not support. */
  isSplit: z.boolean(),
});
export type Opened = Readonly<z.infer<typeof openedSchema>>;

/** Progress in bytes of copying a file into the program's folder, where no link can be made. No exportId: a file of a grant. */
const copySchema = z.object({ exportId: rowIdSchema.nullable(), done: z.number(), total: z.number() });

export const programsCalls = {
  /** The folders of other programs found here; programs that need none are always listed. */
  'programs.list': {
    params: noParams,
    result: z.array(
      z.object({
        program: programSchema,
        displayPath: z.string().nullable(),
        isHere: z.boolean(),
        copy: copySchema.nullable(),
      }),
    ),
  },
  /** Cancellable: a copy can be large. */
  'programs.open': {
    params: z.object({
      /** Tokens of context; null: those that the file was made for, otherwise as set. */
      ctx: z.int().min(256).nullable().default(null),
      file: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('export'), exportId: rowIdSchema }),
        z.object({ kind: z.literal('file'), grant: grantIdSchema }),
      ]),
      program: programSchema,
      /** The program's models folder, if the user names one. */
      folder: grantIdSchema.nullable(),
    }),
    result: openedSchema,
  },
  /** Writes the Modelfile for Ollama, for users who put it beside a copy of the file. */
  'programs.modelfile': { params: z.object({ exportId: rowIdSchema, target: grantIdSchema }), result: nothing },
} as const;

export const programsEvents = {
  /** A copy made progress or ended; at most ten times a second. */
  copying: {
    payload: z.object({ program: programSchema, copy: copySchema.nullable() }),
    updates: 'programs.list',
    outdates: [],
  },
} as const;
