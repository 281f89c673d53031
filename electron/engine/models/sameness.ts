// Whether a model is the one that something was made for: a single rule for choices and scores from elsewhere.
import type { ModelInfo } from '../../contract/model-info.ts';
import { msg, type Sentence } from '../../contract/sentences.ts';
import { isUnread } from './identity.ts';

/** What a choice or a scores file states about its model. */
export type MadeFor = {
  readonly fingerprint: string;
  /** Absent: only the very same files agree. */
  readonly kindred?: string | undefined;
  /** llama.cpp's name of the file type; absent: the file does not state it. */
  readonly fileType?: string | undefined;
};

/** `bytes`: exactly the same files. `kindred`: the same model with its large tensors in other types. */
type Sameness = 'bytes' | 'kindred';

/** How the model agrees with the one that something was made for; null: it is another model. */
export function matchModel(made: MadeFor, info: ModelInfo): Sameness | null {
  const { fingerprint, kindred } = made;
  if (fingerprint === info.fingerprint) return 'bytes';
  return kindred !== undefined && kindred === info.kindred ? 'kindred' : null;
}

/** The warning to people who use it all the same; null: nothing is left to prove. @param file that it was made for */
export function samenessSaid(
  { file, fileType }: { readonly file: string; readonly fileType?: string | undefined },
  sameness: Sameness,
  info: ModelInfo,
): Sentence | null {
  const { path } = info;
  if (sameness === 'bytes') return null;
  if (fileType !== info.fileType) return msg('madeForKindred', { file, path });
  return isUnread(info)
    ? null // a plan says nothing about bytes that it has not read
    : msg('madeForOtherBytes', { file, path, type: fileType });
}
