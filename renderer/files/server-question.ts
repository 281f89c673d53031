// What a person is asked about the server's folders: which models to take from them, or where to write.
import { create } from 'zustand';
import type { Grant, Place, PlaceAccess, SavePurpose } from '../../electron/contract/bridge.ts';

export type ServerQuestion =
  | { readonly kind: 'models' | 'folder' }
  | { readonly kind: 'target'; readonly purpose: SavePurpose; readonly suggestedName: string };

/** A folder's id, or TO_DOWNLOAD. */
type TargetFolder = string;

/** `taken`: of what the server showed. `uploaded`: from this computer. */
export type ServerAnswer =
  | { readonly kind: 'taken'; readonly ids: readonly string[] }
  | { readonly kind: 'uploaded'; readonly grants: readonly Grant[] }
  | { readonly kind: 'target'; readonly name: string; readonly folder: TargetFolder };

/** What the dialog needs of the server. */
export type ServerCalls = {
  readonly list: (access: PlaceAccess, folder: string | null) => Promise<Place>;
  readonly uploadModels: () => Promise<readonly Grant[]>;
};

export type Asked = {
  readonly question: ServerQuestion;
  readonly folders: ServerCalls;
  readonly answer: (answer: ServerAnswer | null) => void;
};

export const useServerQuestion = create<{ readonly asked: Asked | null }>()(() => ({ asked: null }));

/** @returns null: the dialog was dismissed. Another question takes the place of one that waits. */
export function askServer(question: ServerQuestion, folders: ServerCalls): Promise<ServerAnswer | null> {
  useServerQuestion.getState().asked?.answer(null);
  return new Promise((resolve) => {
    const answer: Asked['answer'] = (given) => {
      useServerQuestion.setState({ asked: null });
      resolve(given);
    };
    useServerQuestion.setState({ asked: { question, folders, answer } });
  });
}
