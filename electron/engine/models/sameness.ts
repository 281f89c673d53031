// Whether a model is the one that something was made for: the one rule for recipes, scores and masks from elsewhere.
import type { ModelInfo } from '../../contract/model-info.ts';
import { say, type Sentence } from '../../contract/sentences.ts';
import { bySamplesSaid, isBySamples } from './by-samples.ts';
import { isUnread } from './identity.ts';

/** What a recipe or a scores file says of its model. */
export type MadeFor = {
  readonly fingerprint: string;
  /** Absent: an earlier version wrote it (`by-samples.ts`). */
  readonly kindred?: string | undefined;
  /** As llama.cpp names file types; absent: it does not say. */
  readonly fileType?: string | undefined;
};

/**
 * `bytes`: the very files. `kindred`: the same model with its large tensors in other types. `samples`: an earlier version made
 * it, and what that knew of the files is alike.
 */
type Sameness = 'bytes' | 'kindred' | 'samples';

/** @returns null: another model */
export function samenessOf(
  made: MadeFor,
  info: Pick<ModelInfo, 'fingerprint' | 'sampled' | 'kindred'>,
): Sameness | null {
  const { fingerprint, kindred } = made;
  if (fingerprint === info.fingerprint) return 'bytes';
  if (isBySamples(made)) return fingerprint === info.sampled ? 'samples' : null;
  return kindred === info.kindred ? 'kindred' : null;
}

/** What people are told who use it all the same; null: nothing is left to prove. @param file that it was made for */
export function samenessSaid(
  { file, fileType }: Pick<MadeFor, 'fileType'> & { readonly file: string },
  sameness: Sameness,
  info: Pick<ModelInfo, 'path' | 'fileType' | 'fingerprint'>,
): Sentence | null {
  const { path } = info;
  if (sameness === 'bytes') return null;
  if (sameness === 'samples') return bySamplesSaid({ kind: 'made', file }, info);
  if (fileType !== info.fileType) return say('madeForKindred', { file, path });
  return isUnread(info)
    ? null // a plan says nothing of bytes that it has not read
    : say('madeForOtherBytes', { file, path, type: fileType });
}
