// What the page's host provides as `window.winnow`: the preload script in the desktop window, a small script of the
// served page in a browser. The page has no other way to reach the outside.
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

/**
 * What a folder is picked for: models or a program, or an original checkpoint. It decides the dialog's title and
 * filters, and what the grant allows.
 */
const FOLDER_PURPOSES = ['folder', 'checkpoint'] as const;
export type FolderPurpose = (typeof FOLDER_PURPOSES)[number];

export function isFolderPurpose(purpose: PickPurpose): purpose is FolderPurpose {
  return (FOLDER_PURPOSES as readonly string[]).includes(purpose);
}

const PICK_PURPOSES = ['model', 'demos', 'texts', 'choice', 'imatrix', ...FOLDER_PURPOSES] as const;
const SAVE_PURPOSES = ['model', 'choice', 'report', 'card', 'modelfile', 'checkpoint'] as const;
export type PickPurpose = (typeof PICK_PURPOSES)[number];
export type SavePurpose = (typeof SAVE_PURPOSES)[number];

export const pickRequestSchema = z.object({ purpose: z.enum(PICK_PURPOSES) });
/** The extensions for each purpose: a page cannot have a file of another kind written, whatever name it gives. */
export const SAVE_EXTENSIONS: Readonly<Record<SavePurpose, readonly string[]>> = {
  model: ['gguf'],
  choice: ['json'],
  report: ['html'],
  card: ['md'],
  modelfile: ['modelfile'],
  // a folder
  checkpoint: ['checkpoint'],
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

/** What the served page wants to do in the server's folders: take models from them, or write into them. */
const PLACE_ACCESS = ['read', 'write'] as const;
export type PlaceAccess = (typeof PLACE_ACCESS)[number];

export const placeRequestSchema = z.object({
  access: z.enum(PLACE_ACCESS),
  /** null: the folders that the server allows. */
  folder: grantIdSchema.nullable(),
});

const placeEntrySchema = z.object({ id: grantIdSchema, name: z.string() });
export type PlaceEntry = Readonly<z.infer<typeof placeEntrySchema>>;

export const placeSchema = z.object({
  /** The folders that lead here, from the allowed one to this one; empty: this is the list of allowed folders. */
  path: z.array(placeEntrySchema),
  folders: z.array(placeEntrySchema),
  files: z.array(placeEntrySchema.extend({ bytes: z.number() })),
  /** There are more entries than shown. */
  isCut: z.boolean(),
});
export type Place = z.infer<typeof placeSchema>;

/** Models, or a folder of them, chosen in the server's folders. */
export const takeRequestSchema = z.object({
  kind: z.enum(['file', 'folder']),
  ids: z.array(grantIdSchema).min(1).max(1000),
});
export type TakeRequest = z.infer<typeof takeRequestSchema>;

/** Stands for no folder: the file is written only to be downloaded. */
export const TO_DOWNLOAD = 'download';

/** Where to write a file; without a folder: into the server's first output folder, under a free name. */
export const targetRequestSchema = z.intersection(
  saveRequestSchema,
  z.object({ folder: z.union([z.literal(TO_DOWNLOAD), grantIdSchema]).exactOptional() }),
);
export type TargetRequest = z.infer<typeof targetRequestSchema>;

/** The file to download. */
export const ticketRequestSchema = z.object({ id: z.string().max(100) });

/** The paths of dropped files, from the preload script. */
export const grantPathsSchema = z.array(z.string().min(1).max(32768)).max(1000);

/** File transfer between the server and the browser's computer. */
export type ServerFiles = {
  /** Returns a target for a file that is written only to be downloaded. */
  downloadTarget(purpose: SavePurpose, suggestedName: string): Promise<Grant>;
  /** Starts a download: of a file that was written for it, or of one that the engine offers. */
  download(file: Pick<Grant, 'id' | 'name'>): Promise<void>;
  /** Whether a picked target is one to download. */
  isDownload(target: Grant): boolean;
};

export type Bridge = Channel & {
  readonly host: 'desktop' | 'served';
  /** As `process.platform`, for the names of keys. */
  readonly platform: string;
  /**
   * Returns grants for files that were dropped or chosen in a form: on the desktop by their paths, when served by
   * uploading them. Files with neither are left out.
   */
  grantFiles(files: readonly File[]): Promise<Grant[]>;
  /**
   * Opens the system's dialog; when served, a form of the browser, or for models and folders a dialog of the server's
   * folders. Empty: dismissed.
   */
  pickFiles(purpose: PickPurpose): Promise<Grant[]>;
  /** Asks where to write: through the system's dialog, or in one of the server's folders. null: dismissed. */
  pickTarget(purpose: SavePurpose, suggestedName: string): Promise<Grant | null>;
  /** Returns a new file in the output folder, under a free name, without asking. */
  newTarget(purpose: SavePurpose, suggestedName: string): Promise<Grant>;
  /** The output folder, in the form that people read. */
  outputFolder(): Promise<string>;
  /** Only present when served. */
  readonly server?: ServerFiles;
  onCommand(listener: (command: WindowCommand) => void): () => void;
  /** Calls the listener with files that the system hands over: a recent model. */
  onOpenFiles(listener: (grants: readonly Grant[]) => void): () => void;
  /** Starts a new engine after a fatal error. */
  restartEngine(): Promise<void>;
};
