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
/** Of models or a program; of an original checkpoint. */
const FOLDER_PURPOSES = ['folder', 'checkpoint'] as const;
export type FolderPurpose = (typeof FOLDER_PURPOSES)[number];

export function isFolderPurpose(purpose: PickPurpose): purpose is FolderPurpose {
  return (FOLDER_PURPOSES as readonly string[]).includes(purpose);
}

const PICK_PURPOSES = ['model', 'demos', 'texts', 'mask', 'imatrix', 'bundle', 'ranking', ...FOLDER_PURPOSES] as const;
const SAVE_PURPOSES = [
  'model',
  'mask',
  'report',
  'bundle',
  'card',
  'recipe',
  'modelfile',
  'imatrix',
  'checkpoint',
  'ranking',
] as const;
export type PickPurpose = (typeof PICK_PURPOSES)[number];
export type SavePurpose = (typeof SAVE_PURPOSES)[number];

export const pickRequestSchema = z.object({ purpose: z.enum(PICK_PURPOSES) });
/** What is written for a purpose: a page cannot have a file of another kind written, whatever it calls it. */
export const SAVE_EXTENSIONS: Readonly<Record<SavePurpose, readonly string[]>> = {
  model: ['gguf'],
  mask: ['json'],
  report: ['html', 'json'],
  bundle: ['winnow'],
  card: ['md'],
  recipe: ['json'],
  modelfile: ['modelfile'],
  imatrix: ['gguf'],
  // a folder
  checkpoint: ['checkpoint'],
  ranking: ['json', 'csv'],
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

/** What the served page asks of the server's folders: to take models from, or to write into. */
const PLACE_ACCESS = ['read', 'write'] as const;
export type PlaceAccess = (typeof PLACE_ACCESS)[number];

export const placeRequestSchema = z.object({
  access: z.enum(PLACE_ACCESS),
  /** null: what the server allows. */
  folder: grantIdSchema.nullable(),
});

const placeEntrySchema = z.object({ id: grantIdSchema, name: z.string() });
export type PlaceEntry = Readonly<z.infer<typeof placeEntrySchema>>;

export const placeSchema = z.object({
  /** The folders that lead here, the allowed one first, this one last; empty: it is the list of what is allowed. */
  path: z.array(placeEntrySchema),
  folders: z.array(placeEntrySchema),
  files: z.array(placeEntrySchema.extend({ bytes: z.number() })),
  /** There is more than is shown. */
  isCut: z.boolean(),
});
export type Place = z.infer<typeof placeSchema>;

/** Models, or a folder of them, that were chosen in the server's folders. */
export const takeRequestSchema = z.object({
  kind: z.enum(['file', 'folder']),
  ids: z.array(grantIdSchema).min(1).max(1000),
});
export type TakeRequest = z.infer<typeof takeRequestSchema>;

/** Stands for no folder: what is written is only there to be downloaded. */
export const TO_DOWNLOAD = 'download';

/** Where a file is written; left out: the server's first output folder, under a name that is free there. */
export const targetRequestSchema = z.intersection(
  saveRequestSchema,
  z.object({ folder: z.union([z.literal(TO_DOWNLOAD), grantIdSchema]).exactOptional() }),
);
export type TargetRequest = z.infer<typeof targetRequestSchema>;

/** What is to be downloaded. */
export const ticketRequestSchema = z.object({ id: z.string().max(100) });

/** What the preload script tells of dropped files. */
export const grantPathsSchema = z.array(z.string().min(1).max(32768)).max(1000);

/** Files between the server and the computer of the browser. */
export type ServerFiles = {
  /** A file that is written to be downloaded. */
  downloadTarget(purpose: SavePurpose, suggestedName: string): Promise<Grant>;
  /** Begins a download: of what was written there, or what the engine offers. */
  download(file: Pick<Grant, 'id' | 'name'>): Promise<void>;
  /** Whether a target that was picked is one to be downloaded. */
  isDownload(target: Grant): boolean;
};

export type Bridge = Channel & {
  readonly host: 'desktop' | 'served';
  /** As `process.platform`, for the names of keys. */
  readonly platform: string;
  /** Files that were dropped or chosen in a form. On the desktop their paths, when served uploads. Files without either are left out. */
  grantFiles(files: readonly File[]): Promise<Grant[]>;
  /** The system's dialog; empty when it was dismissed. When served: a browser's file form; for models and folders the server's. */
  pickFiles(purpose: PickPurpose): Promise<Grant[]>;
  /** Where to write: the system's dialog, or one of the server's folders. null when it was dismissed. */
  pickTarget(purpose: SavePurpose, suggestedName: string): Promise<Grant | null>;
  /** A new file in the folder of results, under a name that is free there: nobody is asked. */
  newTarget(purpose: SavePurpose, suggestedName: string): Promise<Grant>;
  /** That folder, as people read it. */
  outputFolder(): Promise<string>;
  /** Only when served. */
  readonly server?: ServerFiles;
  onCommand(listener: (command: WindowCommand) => void): () => void;
  /** Files that the system hands over: a run bundle that was opened, a recent model. */
  onOpenFiles(listener: (grants: readonly Grant[]) => void): () => void;
  /** Starts a new engine after a fatal error. */
  restartEngine(): Promise<void>;
};
