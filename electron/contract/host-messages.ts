// Messages between the engine's process and its host (Electron's main process, or the server). They also carry the messages of the page.
import { z } from 'zod';
import { errorDataSchema, grantIdSchema } from './api/common.ts';
import { pageTextSchema } from './messages.ts';
import { WORKER_ENTRIES } from './worker-entries.ts';

const grantedPathSchema = z.object({
  id: grantIdSchema,
  path: z.string(),
  /** `write`: a file to write; `folder`: a folder to search for models. */
  access: z.enum(['read', 'write', 'folder']),
  /** Where to keep an upload if it is a model that the library accepts. Other uploads are removed when their server ends. */
  keepAs: z.string().exactOptional(),
});
export type GrantedPath = Readonly<z.infer<typeof grantedPathSchema>>;

export const hostMessageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('page'), message: pageTextSchema }),
  z.object({ kind: z.literal('grant'), grant: grantedPathSchema }),
  /** A message from a worker process that the host started for the engine. */
  z.object({ kind: z.literal('worker-message'), worker: z.int(), message: z.unknown() }),
  z.object({ kind: z.literal('worker-log'), worker: z.int(), text: z.string() }),
  z.object({ kind: z.literal('worker-exit'), worker: z.int(), reason: z.string() }),
  /** Asks whether the engine still answers. */
  z.object({ kind: z.literal('ping') }),
  /** Asks the engine to finish: running jobs become interrupted, then the process ends. */
  z.object({ kind: z.literal('close') }),
]);
export type HostMessage = z.infer<typeof hostMessageSchema>;

export const fromEngineSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('page'), message: z.unknown() }),
  z.object({ kind: z.literal('pong') }),
  /** The engine cannot start or go on; it ends itself afterwards. */
  z.object({ kind: z.literal('fatal'), error: errorDataSchema }),
  z.object({
    kind: z.literal('worker-start'),
    worker: z.int(),
    entry: z.enum(WORKER_ENTRIES),
    args: z.array(z.string()),
  }),
  z.object({ kind: z.literal('worker-send'), worker: z.int(), message: z.unknown() }),
  z.object({ kind: z.literal('worker-kill'), worker: z.int() }),
  /** Show a file in the system's file manager. */
  z.object({ kind: z.literal('reveal'), path: z.string() }),
  /** A file that the page may download under this id, as long as the file is in this state. */
  z.object({ kind: z.literal('offer'), id: grantIdSchema, path: z.string(), state: z.string() }),
  /** A model was opened or written, for the list of recent documents. */
  z.object({ kind: z.literal('recent'), path: z.string() }),
]);
export type FromEngine = z.infer<typeof fromEngineSchema>;
