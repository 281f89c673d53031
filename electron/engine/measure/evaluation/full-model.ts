// A choice of experts is measured against the very model that it was made from. Against the same model in other types, the figures
// also include the difference between the types, and a warning says so. Against anything else, such as another pruned file, they say
// how far apart the two are, but nothing about what the choice costs.
import { WinnowError } from '../../../contract/errors.ts';
import type { GgufKeys, ModelInfo } from '../../../contract/model-info.ts';
import { say, type Sentence } from '../../../contract/sentences.ts';
import { WINNOW_KEYS } from '../../../contract/winnow-keys.ts';
import { keyInteger, keyString } from '../../models/gguf-keys.ts';
import { modelName } from '../../models/model-name.ts';
import { samenessOf, samenessSaid, type MadeFor } from '../../models/sameness.ts';
import type { Masked } from '../../experts/selection/selection.ts';
import type { Store } from '../../store/database.ts';
import { findModel } from '../../store/models.ts';

type Subject = Masked & { readonly info: ModelInfo };

export type FullModel = {
  readonly name: string;
  /** The fingerprint under which figures against this model are stored. */
  readonly fingerprint: string;
  readonly nExpert: number;
  /** The model's identity as stated in the file. */
  readonly madeFor: MadeFor;
};

/**
 * The model that a subject was made from: for a mask, the masked model; for a file, the one that its keys name; null: they name none.
 * @param kv keys of the subject's file
 */
export function fullModelOf(store: Store, subject: Subject, kv: GgufKeys): FullModel | null {
  if (isMasked(subject)) return fullModel(subject.info);
  const [name, fingerprint] = [keyString(kv, WINNOW_KEYS.sourceName), keyString(kv, WINNOW_KEYS.sourceFingerprint)];
  const nExpert = keyInteger(kv, WINNOW_KEYS.sourceExpertCount);
  if (name === null || fingerprint === null || nExpert === null) return null;
  const kindred = keyString(kv, WINNOW_KEYS.sourceKindred) ?? findModel(store, fingerprint)?.info.kindred;
  return { name, fingerprint, nExpert, madeFor: { fingerprint, kindred } };
}

function isMasked({ kept, activeExperts }: Subject): boolean {
  return kept !== undefined || activeExperts !== undefined;
}

/** A model as the reference for its own choices. */
export function fullModel(info: ModelInfo): FullModel {
  const { fingerprint, nExpert, kindred } = info;
  return { name: modelName(info), fingerprint, nExpert, madeFor: { fingerprint, kindred } };
}

export type AgainstFull = {
  /** Whether it is the very model, so that the loss against it is what the choice costs. */
  readonly isItsOwn: boolean;
  /** The warning about measuring against it; null: nothing remains unproved. */
  readonly said: Sentence | null;
};

/**
 * Compares the reference with the model that the subject was made from.
 * @param made the model that the subject was made from, as returned by `fullModelOf`
 * @throws WinnowError MODEL_CHANGED: the reference is another model
 */
export function requireFullModel(subject: Subject, made: FullModel, { info: against }: Subject): AgainstFull {
  const named = { path: subject.info.path, source: made.name, against: against.path };
  const sameness = samenessOf(made.madeFor, against);
  if (sameness === 'kindred') return { isItsOwn: false, said: say('besideKindred', named) };
  if (sameness !== null) return { isItsOwn: true, said: samenessSaid({ file: made.name }, sameness, against) };
  const said = isMasked(subject) ? say('maskOfOtherModel', named) : say('notItsFullModel', named);
  throw new WinnowError('MODEL_CHANGED', said, { ...named, fingerprint: made.fingerprint });
}
