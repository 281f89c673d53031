// The question about the server's folders: what to take from them, or where to write.
import type { FolderPurpose, Grant, Place, PlaceAccess, SavePurpose } from '../../electron/contract/bridge.ts';
import { createQuestion } from './question.ts';

export type ServerQuestion =
  | { readonly kind: 'models' | FolderPurpose }
  | { readonly kind: 'target'; readonly purpose: SavePurpose; readonly suggestedName: string };

/** The id of a folder, or TO_DOWNLOAD. */
type TargetFolder = string;

/** `taken`: from what the server showed. `uploaded`: from this computer. */
export type ServerAnswer =
  | { readonly kind: 'taken'; readonly ids: readonly string[] }
  | { readonly kind: 'uploaded'; readonly grants: readonly Grant[] }
  | { readonly kind: 'target'; readonly name: string; readonly folder: TargetFolder };

/** The calls to the server that the dialog needs. */
export type ServerCalls = {
  readonly list: (access: PlaceAccess, folder: string | null) => Promise<Place>;
  readonly uploadModels: () => Promise<readonly Grant[]>;
};

/** The question, and the server whose folders the dialog shows. */
type ServerAsks = { readonly question: ServerQuestion; readonly folders: ServerCalls };

export const { ask: askServer, useQuestion: useServerQuestion } = createQuestion<ServerAsks, ServerAnswer>();
