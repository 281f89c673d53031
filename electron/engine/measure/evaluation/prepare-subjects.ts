// What is compared, made ready to be loaded: headers read, masks checked. What cannot be measured fails alone.
import { saidBy, WinnowError } from '../../../contract/errors.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { inEnglish, say, type Sentence } from '../../../contract/sentences.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import type { GgufKeys } from '../../models/gguf-keys.ts';
import { requireActiveExperts } from '../../models/active-experts.ts';
import { bySamplesSaid } from '../../models/by-samples.ts';
import { samenessOf } from '../../models/sameness.ts';
import { inspectFile, requirePrunable, type InspectedModel } from '../../models/inspect.ts';
import { requireEnoughExperts } from '../../experts/selection/check-kept.ts';
import { knownModel } from '../../experts/selection/known-model.ts';
import { isUngrouped, maskedHash } from '../../experts/selection/selection-hash.ts';
import type { Store } from '../../store/database.ts';
import { findSampledModel } from '../../store/models.ts';
import type { Compared } from './comparison-request.ts';
import { fullModelOf, requireFullModel } from './full-model.ts';
import type { EvaluationSubject } from './model-slot.ts';
import { belongingOf } from './named-subject.ts';

/** What could not be measured; `text` is the text's name, null where no text is to blame. */
export type Failure = { readonly label: string; readonly text: string | null; readonly error: WinnowError };

/** What says which model is meant, and what of it. */
type Named = Omit<Compared, 'variant'>;

/** A variant that can be measured. */
export type Prepared<Of extends Named = Compared> = {
  readonly compared: Of;
  readonly subject: EvaluationSubject;
  /** As `maskedHash` gives it. */
  readonly hash: string;
  /** The file's keys. */
  readonly kv: GgufKeys;
  /** What its figures beside the full model do not prove; null: nothing is left to prove. */
  readonly said: Sentence | null;
};

/**
 * Reads the headers.
 * @param failures gets the variants that cannot be measured, and those of other models than the full one
 * @throws WinnowError of inspecting and masking the full model; CANCELLED
 */
export async function prepareSubjects<Of extends Named>(
  { full, variants }: { readonly full: Of; readonly variants: readonly Of[] },
  context: Pick<EngineContext, 'host' | 'known' | 'store'>,
  { log }: Pick<Task, 'log'>,
  failures: Failure[],
): Promise<{ readonly full: Prepared<Of>; readonly variants: readonly Prepared<Of>[] }> {
  const known = new Map<string, InspectedModel>();
  const inspect = async (path: string): Promise<InspectedModel> => {
    const before = known.get(path);
    if (before) return before;
    const inspected = await inspectFile(path, context);
    known.set(path, inspected);
    return inspected;
  };
  const prepare = async (compared: Of): Promise<Prepared<Of>> => {
    const model = await inspect(compared.path);
    const { store } = context;
    const earlier = requireIt(compared, model.info, store);
    if (earlier !== null) log(inEnglish(earlier));
    const subject = maskedSubject(model, compared);
    const hash = maskedHash(subject);
    const isFile = compared.kept === null && compared.activeExperts === null;
    const belonging = isFile ? belongingOf(store, model.info) : { selectionHash: compared.selectionHash && hash };
    return { compared: { ...compared, ...belonging }, subject, hash, kv: model.headers[0]?.kv ?? {}, said: null };
  };
  const reference = await prepare(full);
  const prepared: Prepared<Of>[] = [];
  for (const compared of variants) {
    try {
      const variant = await prepare(compared);
      const made = fullModelOf(context.store, variant.subject, variant.kv);
      const said = made && requireFullModel(variant.subject, made, reference.subject).said;
      if (said !== null) log(inEnglish(said));
      prepared.push({ ...variant, said });
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code === 'CANCELLED') throw error;
      failures.push({ label: compared.label, text: null, error });
    }
  }
  return { full: reference, variants: prepared };
}

/**
 * A model with some of its experts masked, or fewer of them active.
 * @param masked null: as the file says
 * @throws WinnowError NOT_MOE, ARCH_REFUSED, SELECTION_IMPOSSIBLE: that cannot be
 */
export function maskedSubject(
  model: InspectedModel,
  { kept, grouping, activeExperts }: Pick<Compared, 'kept' | 'grouping' | 'activeExperts'>,
): EvaluationSubject {
  const { info } = model;
  if (kept || activeExperts !== null) requirePrunable(info);
  if (activeExperts !== null) requireActiveExperts(activeExperts, model, kept?.[0]?.length);
  if (kept) requireEnoughExperts(kept, { ...info, nExpertUsed: activeExperts ?? info.nExpertUsed });
  return {
    info,
    ...(kept && { kept, ungrouped: isUngrouped(info, grouping) }),
    ...(activeExperts !== null && { activeExperts }),
  };
}

/**
 * What an earlier version chose for it is its own from now on.
 * @returns what is said of that; null: it is the very model
 * @throws WinnowError MODEL_CHANGED
 */
function requireIt({ path, fingerprint }: Named, info: ModelInfo, store: Store): Sentence | null {
  const sameness = fingerprint === null ? 'bytes' : samenessOf({ fingerprint }, info);
  if (sameness === 'bytes') return null;
  if (sameness === 'samples' && fingerprint !== null && findSampledModel(store, fingerprint)) {
    knownModel(store, info);
    return bySamplesSaid({ kind: 'chosen' }, info);
  }
  throw new WinnowError('MODEL_CHANGED', say('notSelectionsModel', { path }), { path });
}

/**
 * One error for all failures: the first one, with all of them in its details.
 * @param failures at least one
 */
export function summaryOf(failures: readonly Failure[]): WinnowError {
  const [first] = failures;
  if (!first) throw new RangeError('there is no failure');
  const { code } = first.error;
  const details = {
    failures: failures.map(({ label, text, error }) => ({ label, text, code: error.code, message: error.message })),
  };
  const more = failures.length === 1 ? [] : [say('moreFailed', { count: failures.length - 1 })];
  return new WinnowError(code, say('measuringFailed', { reason: saidBy(first.error), more }), details, first.error);
}
