// What a choice of experts is measured against: the very model that it was made from. Beside anything else, such as another pruned file,
// its figures say how far the two are apart, and nothing of what the choice costs.
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { keyInteger, keyString, type GgufKeys } from '../../models/gguf-keys.ts';
import { modelName } from '../../models/model-name.ts';
import type { Store } from '../../store/database.ts';
import { findModel } from '../../store/models.ts';
import type { EvaluationSubject } from './model-slot.ts';

export type FullModel = { readonly name: string; readonly fingerprint: string; readonly nExpert: number };

/**
 * The model that something was made from: of a mask the masked model, of a file the one that its keys name; null: they name none.
 * @param kv of the subject's file
 */
export function fullModelOf(store: Store, subject: EvaluationSubject, kv: GgufKeys): FullModel | null {
  if (isMasked(subject)) return fullModel(subject.info);
  const [name, fingerprint] = [keyString(kv, 'winnow.source.name'), keyString(kv, 'winnow.source.fingerprint')];
  const nExpert = keyInteger(kv, 'winnow.source.expert_count');
  if (name === null || fingerprint === null || nExpert === null) return null;
  // a file of an earlier version names its source by samples
  return { name, fingerprint: findModel(store, fingerprint)?.fingerprint ?? fingerprint, nExpert };
}

function isMasked({ kept, activeExperts }: EvaluationSubject): boolean {
  return kept !== undefined || activeExperts !== undefined;
}

/** A model as what its own choices are measured against. */
export function fullModel(info: EvaluationSubject['info']): FullModel {
  return { name: modelName(info), fingerprint: info.fingerprint, nExpert: info.nExpert };
}

/**
 * @param made from which the subject was, as `fullModelOf` says
 * @throws WinnowError MODEL_CHANGED: the reference is another model
 */
export function requireFullModel(
  subject: EvaluationSubject,
  made: FullModel | null,
  { info: against }: EvaluationSubject,
): void {
  if (made === null || made.fingerprint === against.fingerprint) return;
  const named = { path: subject.info.path, source: made.name, against: against.path };
  const said = isMasked(subject) ? say('maskOfOtherModel', named) : say('notItsFullModel', named);
  throw new WinnowError('MODEL_CHANGED', said, { ...named, fingerprint: made.fingerprint });
}
