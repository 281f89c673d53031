// What the page's host gives it as `window.winnow`: the preload script in the desktop window, a small script of the
// served page in a browser. The page has no other way out.
import { z } from 'zod';
import { grantIdSchema } from './api/common.ts';
import type { Channel } from './channel.ts';
import type { WindowCommand } from './commands.ts';
import { hasExtension, isFileName } from './file-names.ts';

export const grantSchema = z.object({
  id: grantIdSchema,
  name: z.string(),
  /** null for folders and files that do not exist yet. */
  bytes: z.number().nullable(),
});
export type Grant = Readonly<z.infer<typeof grantSchema>>;

/** Decides the dialog's title and filters, and what the grant allows. */
const PICK_PURPOSES = ['model', 'demos', 'texts', 'folder', 'mask', 'imatrix', 'bundle'] as const;
const SAVE_PURPOSES = ['model', 'mask', 'report', 'bundle'] as const;
export type PickPurpose = (typeof PICK_PURPOSES)[number];
export type SavePurpose = (typeof SAVE_PURPOSES)[number];

export const pickRequestSchema = z.object({ purpose: z.enum(PICK_PURPOSES) });
/** What is written for a purpose: a page cannot have a file of another kind written, whatever it calls it. */
export const SAVE_EXTENSIONS: Readonly<Record<SavePurpose, readonly string[]>> = {
  model: ['gguf'],
  mask: ['json'],
  report: ['html', 'json'],
  bundle: ['winnow'],
};

export const saveRequestSchema = z
  .object({
    purpose: z.enum(SAVE_PURPOSES),
    suggestedName: z.string().refine(isFileName, 'a name of a file, without folders, that does not begin with a dot'),
  })
  .refine(({ purpose, suggestedName }) => hasExtension(suggestedName, SAVE_EXTENSIONS[purpose]), {
    error: 'a name with the ending of what is to be written',
    path: ['suggestedName'],
  });
export type SaveRequest = z.infer<typeof saveRequestSchema>;

/** What the preload script tells of dropped files. */
export const grantPathsSchema = z.array(z.string().min(1).max(32768)).max(1000);

export type Bridge = Channel & {
  readonly host: 'desktop' | 'served';
  /** As `process.platform`, for the names of keys. */
  readonly platform: string;
  /** Files that were dropped or chosen in a form. On the desktop their paths, when served uploads. Files without either are left out. */
  grantFiles(files: readonly File[]): Promise<Grant[]>;
  /** The system's dialog; empty when it was dismissed. When served: a browser's file form, and no folders and models. */
  pickFiles(purpose: PickPurpose): Promise<Grant[]>;
  /** Where to write: the system's dialog, or the server's output folder. null when it was dismissed. */
  pickTarget(purpose: SavePurpose, suggestedName: string): Promise<Grant | null>;
  /** Only when served: the server's folder that `pickTarget` names files in, as people read it. */
  readonly outputFolder?: () => Promise<string>;
  onCommand(listener: (command: WindowCommand) => void): () => void;
  /** Files that the system hands over: a run bundle that was opened, a recent model. */
  onOpenFiles(listener: (grants: readonly Grant[]) => void): () => void;
  /** Starts a new engine after a fatal error. */
  restartEngine(): Promise<void>;
};
