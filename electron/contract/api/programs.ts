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
  /** It was there already. */
  'present',
  /** A small file that names the model. */
  'written',
  /** Commands alone. */
  'commands',
]);
export type OpenedHow = z.infer<typeof openedHow>;

const openedSchema = z.object({
  program: programSchema,
  how: openedHow,
  /** The folder or file that was made; null: none was. */
  displayPath: z.string().nullable(),
  /** In the order in which they are to be run; `remove` takes the model out of the program again. */
  commands: z.array(z.object({ kind: z.enum(['create', 'run', 'serve', 'remove']), text: z.string() })),
  /** Tokens of context that the commands ask for; null: the program chooses. */
  ctx: z.int().nullable(),
  /** The model is split, and older versions of the program do not take such a one. */
  isSplit: z.boolean(),
});
export type Opened = Readonly<z.infer<typeof openedSchema>>;

/** What was made, now or before, can be taken back while the engine runs; null: nothing was. */
const openedNowSchema = openedSchema.extend({ undoId: rowIdSchema.nullable() });

/** A file on its way into the program's folder, where no link can be made; in bytes. No export: a file that was granted. */
const copySchema = z.object({ exportId: rowIdSchema.nullable(), done: z.number(), total: z.number() });

export const programsCalls = {
  /** Folders of other programs that are here; those that need none are always there. */
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
  /** Cancellable: a copy may be large. */
  'programs.open': {
    params: z.object({
      file: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('export'), exportId: rowIdSchema }),
        z.object({ kind: z.literal('file'), grant: grantIdSchema }),
      ]),
      program: programSchema,
      /** The program's models folder, where the user names one. */
      folder: grantIdSchema.nullable(),
    }),
    result: openedNowSchema,
  },
  /** What came of it since the engine has started, the newest first; without what was taken back. */
  'programs.opened': {
    params: noParams,
    result: z.array(openedNowSchema.extend({ exportId: rowIdSchema })),
  },
  /** Writes what Ollama is told of the file, for whoever puts it beside a copy of that. */
  'programs.modelfile': { params: z.object({ exportId: rowIdSchema, target: grantIdSchema }), result: nothing },
} as const;

export const programsEvents = {
  /** A copy went on, or ended; at most ten times a second. */
  copying: {
    payload: z.object({ program: programSchema, copy: copySchema.nullable() }),
    updates: 'programs.list',
    outdates: [],
  },
  /** A file was opened in a program, or that was taken back. */
  opened: { payload: z.object({}), updates: null, outdates: ['programs.opened'] },
} as const;
