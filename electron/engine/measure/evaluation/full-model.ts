// What a choice of experts is measured against: the very model that it was made from. Beside the same model in other types its
// figures hold what lies between the types, too, which is said. Beside anything else, such as another pruned file, they say how far
// the two are apart, and nothing of what the choice costs.
import { WinnowError } from '../../../contract/errors.ts';
import type { GgufKeys, ModelInfo } from '../../../contract/model-info.ts';
import { say, type Sentence } from '../../../contract/sentences.ts';
import { keyInteger, keyString } from '../../models/gguf-keys.ts';
import { modelName } from '../../models/model-name.ts';
import { samenessOf, samenessSaid, type MadeFor } from '../../models/sameness.ts';
import type { Masked } from '../../experts/selection/selection.ts';
import type { Store } from '../../store/database.ts';
import { findModel } from '../../store/models.ts';

type Subject = Masked & { readonly info: ModelInfo };

export type FullModel = {
  readonly name: string;
  /** As figures beside it are stored. */
  readonly fingerprint: string;
  readonly nExpert: number;
  /** As the file says it. */
  readonly madeFor: MadeFor;
};

/**
 * The model that something was made from: of a mask the masked model, of a file the one that its keys name; null: they name none.
 * @param kv of the subject's file
 */
export function fullModelOf(store: Store, subject: Subject, kv: GgufKeys): FullModel | null {
  if (isMasked(subject)) return fullModel(subject.info);
  const [name, fingerprint] = [keyString(kv, 'winnow.source.name'), keyString(kv, 'winnow.source.fingerprint')];
  const nExpert = keyInteger(kv, 'winnow.source.expert_count');
  if (name === null || fingerprint === null || nExpert === null) return null;
  // a file of an earlier version names its source by samples
  const known = findModel(store, fingerprint);
  const ofKnown = known?.fingerprint === fingerprint ? known.info.kindred : undefined;
  const kindred = keyString(kv, 'winnow.source.kindred') ?? ofKnown;
  return { name, fingerprint: known?.fingerprint ?? fingerprint, nExpert, madeFor: { fingerprint, kindred } };
}

function isMasked({ kept, activeExperts }: Subject): boolean {
  return kept !== undefined || activeExperts !== undefined;
}

/** A model as what its own choices are measured against. */
export function fullModel(info: ModelInfo): FullModel {
  const { fingerprint, nExpert, kindred } = info;
  return { name: modelName(info), fingerprint, nExpert, madeFor: { fingerprint, kindred } };
}

export type AgainstFull = {
  /** The very model: what is lost beside it is what the choice costs. */
  readonly isItsOwn: boolean;
  /** What people are told who measure beside it; null: nothing is left to prove. */
  readonly said: Sentence | null;
};

/**
 * @param made from which the subject was, as `fullModelOf` says
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
