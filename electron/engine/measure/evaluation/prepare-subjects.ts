// Prepares what is compared: reads headers and choices, and finds the selection that each file or preview belongs to. Something that
// cannot be measured fails alone.
import { saidBy, WinnowError } from '../../../contract/errors.ts';
import type { GgufKeys, ModelInfo } from '../../../contract/model-info.ts';
import { inEnglish, msg, type Sentence } from '../../../contract/sentences.ts';
import { displayNameOf } from '../../base/files/paths.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { requireActiveExperts } from '../../models/active-experts.ts';
import { inspectFile, requirePrunable, type InspectedModel } from '../../models/inspect.ts';
import { requireEnoughExperts } from '../../experts/selection/check-kept.ts';
import { readModelChoice } from '../../experts/selection/choice-file.ts';
import { readScoresFile } from '../../experts/selection/scores-file.ts';
import { isUngrouped, maskedHash, type Masked } from '../../experts/selection/selection.ts';
import { readSettings, type SelectionOfModel } from '../../experts/selections/selection-view.ts';
import type { Store } from '../../store/database.ts';
import { listExports } from '../../store/exports.ts';
import { findModel } from '../../store/models.ts';
import type { Task } from '../../store/task.ts';
import {
  choosingDemosOfChoice,
  choosingDemosOfScores,
  choosingDemosOfVariant,
  type ChoosingDemo,
} from '../../write/pruning/choosing-demos.ts';
import { findSelection } from '../../write/pruning/provenance.ts';
import { namedPreview, type Compared, type Named } from './comparison-request.ts';
import type { EvaluationSubject } from './model-slot.ts';
import { WINNOW_KEYS } from '../../../contract/winnow-keys.ts';
import { keyString } from '../../models/gguf-keys.ts';
import { modelIdOfSync, modelName } from '../../models/model-files.ts';
import { matchModel, type MadeFor } from '../../models/sameness.ts';

/** Something that could not be measured. `text`: the text's name; null: no text is to blame. */
export type Failure = { readonly label: string; readonly text: string | null; readonly error: WinnowError };

/** A subject that is ready to be measured. */
export type Prepared = {
  readonly compared: Compared;
  readonly of: EvaluationSubject;
  /** The subject's `maskedHash`. */
  readonly hash: string;
  /** Keys of the file. */
  readonly kv: GgufKeys;
  /** The model that it was made from; null: not known. */
  readonly made: FullModel | null;
  /** Whether that is known, and is the reference, if there is one: figures against it are then what the choice costs. */
  readonly isFullModel: boolean;
  /** The demos that its experts were chosen by, as far as they are known. */
  readonly choosing: readonly ChoosingDemo[];
};

/**
 * Reads headers and choices of the full model and its variants.
 * @param fail called for variants that cannot be measured, and for those of another full model
 * @throws WinnowError from inspecting and masking the full model, and a preview that the command line names; CANCELLED; what `fail` throws
 */
export async function prepareSubjects(
  { full, variants }: { readonly full: Compared | null; readonly variants: readonly Compared[] },
  context: EngineContext,
  task: Task,
  fail: (failure: Failure) => void,
): Promise<{ readonly full: Prepared | null; readonly variants: readonly Prepared[] }> {
  const models = new Map<string, InspectedModel>();
  const inspect = async (path: string): Promise<InspectedModel> => {
    const before = models.get(path);
    if (before) return before;
    const inspected = await inspectFile(path, context);
    models.set(path, inspected);
    return inspected;
  };
  const reference = full && (await prepare(full, await inspect(full.path), context.store, task));
  const prepared: Prepared[] = [];
  for (const compared of variants) {
    try {
      const variant = await prepare(compared, await inspect(compared.path), context.store, task);
      const beside = reference && variant.made && requireFullModel(variant.of, variant.made, reference.of);
      if (beside?.said) task.log(inEnglish(beside.said));
      prepared.push({ ...variant, isFullModel: beside?.isItsOwn ?? variant.made !== null });
    } catch (error) {
      const isNamed = compared.variant === null;
      if (!(error instanceof WinnowError) || error.code === 'CANCELLED' || isNamed) throw error;
      fail({ label: compared.label, text: null, error });
    }
  }
  return { full: reference, variants: prepared };
}

async function prepare(
  compared: Compared,
  model: InspectedModel,
  store: Store,
  { signal, log }: Task,
): Promise<Prepared> {
  const { info, kv } = model;
  requireIt(compared, info);
  const choice =
    compared.choice === undefined
      ? null
      : await readModelChoice(compared.choice, info, compared.activeExperts ?? undefined, signal);
  choice?.warnings.forEach((warning) => log(inEnglish(warning)));
  const routed = choice ? { ...compared, ...choice } : compared;
  const of = maskedSubject(model, routed);
  const hash = maskedHash(of);
  const like = choice ? selectionLike(store, info, routed) : null;
  const { kept, activeExperts } = routed;
  const named = { ...compared, kept, activeExperts, ...pickName() };
  // a choice with another number of active experts was made by the same demos
  const choosing = [
    ...choosingDemosOfVariant(store, named.selectionId ?? like?.selection.id ?? null, kv),
    ...(choice ? choosingDemosOfChoice(store, choice.document) : []),
  ];
  const made = findFullModel(store, of, kv);
  return { compared: named, of, hash, kv, made, isFullModel: made !== null, choosing };

  function pickName() {
    if (kept === null && activeExperts === null) return { ...namedFile(store, info), label: compared.label };
    if (!choice) return { selectionHash: compared.selectionHash && hash };
    return like && readSettings(like.selection).activeExperts === activeExperts ? namedPreview(like) : null;
  }
}

/** The demos that experts were chosen by, according to scores files. */
export async function demosOfScores(
  paths: readonly string[],
  { store }: EngineContext,
  { signal }: Task,
): Promise<readonly ChoosingDemo[]> {
  const files = await Promise.all(paths.map((path) => readScoresFile(path, signal)));
  return files.flatMap((file) => choosingDemosOfScores(store, file));
}

/** Names a file. One that Winnow wrote, by all its bytes, belongs to the selection that it was written from. */
export function namedFile(store: Store, { path, fingerprint }: ModelInfo): Named {
  const written = listExports(store).find((row) => row.state === 'done' && row.sha256 === fingerprint);
  const { selectionHash = null, selectionId = null } = written?.plan ?? {};
  const variant = { kind: 'model' as const, modelId: modelIdOfSync(path) };
  return { variant, label: displayNameOf(path), selectionHash, selectionId };
}

/** The newest selection that keeps these experts, preferably with the same number of active ones; null: there is none. */
function selectionLike(
  store: Store,
  { fingerprint }: ModelInfo,
  { kept, activeExperts }: Compared,
): SelectionOfModel | null {
  const model = findModel(store, fingerprint);
  const selection = model && kept && findSelection(undefined, kept, model, store, activeExperts);
  return model && selection ? { model, selection } : null;
}

/**
 * A model with some of its experts masked, or fewer of them active.
 * @param masked null: as the file says
 * @throws WinnowError NOT_MOE, ARCH_REFUSED, SELECTION_IMPOSSIBLE: the mask is not possible
 */
function maskedSubject(model: InspectedModel, { kept, grouping, activeExperts }: Compared): EvaluationSubject {
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

/** Requires that the file is the model of the choice. @throws WinnowError MODEL_CHANGED */
function requireIt({ path, fingerprint }: Compared, info: ModelInfo): void {
  if (fingerprint === null || fingerprint === info.fingerprint) return;
  throw new WinnowError('MODEL_CHANGED', msg('notSelectionsModel', { path }), { path });
}

/**
 * Combines failures into one error: the first one, with all of them in its details.
 * @param failures at least one
 */
export function summarise(failures: readonly Failure[]): WinnowError {
  const [first] = failures;
  if (!first) throw new RangeError('there is no failure');
  const { code } = first.error;
  const details = {
    failures: failures.map(({ label, text, error }) => ({ label, text, code: error.code, message: error.message })),
  };
  const more = failures.length === 1 ? [] : [msg('moreFailed', { count: failures.length - 1 })];
  return new WinnowError(code, msg('measuringFailed', { reason: saidBy(first.error), more }), details, first.error);
}

type Subject = Masked & { readonly info: ModelInfo };

/** What a file states about the model that it was made from. */
export type FullModel = MadeFor & { readonly name: string };

/**
 * The model that a subject was made from: for a mask, the masked model; for a file, the one that its keys name; null: they name none.
 * @param kv keys of the subject's file
 */
export function findFullModel(store: Store, subject: Subject, kv: GgufKeys): FullModel | null {
  if (isMasked(subject)) {
    const { fingerprint, kindred } = subject.info;
    return { name: modelName(subject.info), fingerprint, kindred };
  }
  const [name, fingerprint] = [keyString(kv, WINNOW_KEYS.sourceName), keyString(kv, WINNOW_KEYS.sourceFingerprint)];
  if (name === null || fingerprint === null) return null;
  const kindred = keyString(kv, WINNOW_KEYS.sourceKindred) ?? findModel(store, fingerprint)?.info.kindred;
  return { name, fingerprint, kindred };
}

function isMasked({ kept, activeExperts }: Subject): boolean {
  return kept !== undefined || activeExperts !== undefined;
}

type AgainstFull = {
  /** Whether it is the very model, so that the loss against it is what the choice costs. */
  readonly isItsOwn: boolean;
  /** The warning about measuring against it; null: nothing remains unproved. */
  readonly said: Sentence | null;
};

/**
 * Compares the reference with the model that the subject was made from.
 * @param made the model that the subject was made from, as returned by `findFullModel`
 * @throws WinnowError MODEL_CHANGED: the reference is another model
 */
export function requireFullModel(subject: Subject, made: FullModel, { info: against }: Subject): AgainstFull {
  const named = { path: subject.info.path, source: made.name, against: against.path };
  const sameness = matchModel(made, against);
  if (sameness === 'kindred') return { isItsOwn: false, said: msg('besideKindred', named) };
  if (sameness !== null) return { isItsOwn: true, said: null };
  const said = isMasked(subject) ? msg('maskOfOtherModel', named) : msg('notItsFullModel', named);
  throw new WinnowError('MODEL_CHANGED', said, { ...named, fingerprint: made.fingerprint });
}
