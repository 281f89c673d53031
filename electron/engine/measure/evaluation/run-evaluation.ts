// The evaluate use case: one text, one model, perhaps a mask, perhaps a full model to compare with.
import type { EvaluationFigures } from '../../../contract/api/evaluations.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { EvaluateRequest } from '../../../contract/requests.ts';
import { inEnglish } from '../../../contract/sentences.ts';
import type { Verdict } from '../../../contract/verdict.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { displayNameOf } from '../../base/files/display-path.ts';
import { inspectFile, requirePrunable, type InspectedModel } from '../../models/inspect.ts';
import { findSelection } from '../../write/pruning/provenance.ts';
import { readModelMask, type ModelMask } from '../../experts/selection/mask-file.ts';
import { readScoresFile } from '../../experts/selection/scores-file.ts';
import type { Store } from '../../store/database.ts';
import { findModel } from '../../store/models.ts';
import {
  choosingDemosOfFile,
  choosingDemosOfMask,
  choosingDemosOfSelection,
  choosingDemosOfScores,
  isChosen,
  type ChoosingDemo,
} from '../../write/pruning/choosing-demos.ts';
import { evaluateEach, optionsOf, REFERENCE } from './evaluate.ts';
import { fullModelOf, requireFullModel } from './full-model.ts';
import { requireApart } from './keep-apart.ts';
import { keepNamed } from './keep-named.ts';
import type { AnswersOf } from './judged-choices.ts';
import { namedVerdict } from './named-verdict.ts';
import { maskedSubject } from './prepare-subjects.ts';
import { readDocuments } from './read-documents.ts';

export type EvaluationOutcome = {
  readonly figures: EvaluationFigures;
  /** Of the model that was compared with; null: none was. */
  readonly full: EvaluationFigures | null;
  /** Whether the subject was made from that model, as far as anything tells. */
  readonly isItsFullModel: boolean;
  /** All that is known of the choice by now; null: it was compared with no full model, or nobody knows of what it is a choice. */
  readonly verdict: Verdict | null;
};

/**
 * @throws WinnowError of the texts, the mask, the scores, inspecting, loading and measuring; CALIBRATION_OVERLAP; MODEL_CHANGED: the
 * experts were chosen from another model than the one to compare with
 */
export async function runEvaluation(
  request: EvaluateRequest,
  context: EngineContext,
  task: Task,
  answersOf: (store: Store) => AnswersOf,
): Promise<EvaluationOutcome> {
  const { text, warnings } = await readDocuments([request.text].flat(), context.host, task.signal);
  warnings.forEach((warning) => task.log(warning));
  const model = await inspectFile(request.model, context);
  const { info } = model;
  const against =
    request.against === undefined ? undefined : { info: (await inspectFile(request.against, context)).info };
  let mask: ModelMask | null = null;
  if (request.mask !== undefined) {
    requirePrunable(info);
    mask = await readModelMask(request.mask, info, request, task.signal);
    mask.warnings.forEach((warning) => task.log(inEnglish(warning)));
  }
  const { grouping, activeExperts } = mask ?? { grouping: 'ungrouped', activeExperts: request.activeExperts ?? null };
  const subject = maskedSubject(model, { kept: mask?.kept ?? null, grouping, activeExperts });
  const kv = model.headers[0]?.kv ?? {};
  const made = fullModelOf(context.store, subject, kv);
  const { isItsOwn: isItsFullModel, said } =
    against && made ? requireFullModel(subject, made, against) : { isItsOwn: made !== null, said: null };
  if (said !== null) task.log(inEnglish(said));
  if (against && made === null) task.log(unknownOrigin(info, against.info));
  const demos = await demosOf(request, model, mask, context.store, task.signal);
  const unknown = demos?.filter(({ hash }) => hash === null).length ?? 0;
  if (demos && (demos.length === 0 || unknown > 0)) {
    const which = demos.length === 0 ? 'The demos' : `${unknown} of ${demos.length} demos`;
    task.log(
      `${which} by which the experts were chosen are not known here, so it cannot be checked that the text is none of them. Name their scores file with --scores.`,
    );
  }
  await requireApart(context.store, demos ?? [], [text], task.signal);

  const results = new Map<number, EvaluationFigures>();
  const measurements = { subjects: [subject], texts: [text], against };
  for await (const { subject: index, result, error } of evaluateEach(measurements, optionsOf(request, context, task))) {
    if (error) throw error;
    results.set(index, result);
  }
  const figures = results.get(0);
  if (!figures) throw new Error('an evaluation has one result');
  keepNamed({ request, text, subject, kv, against, said, results }, context.store);
  const { store } = context;
  const verdict = isItsFullModel ? namedVerdict({ request, subject, against, figures }, store, answersOf(store)) : null;
  return { figures, full: results.get(REFERENCE) ?? null, isItsFullModel, verdict };
}

function unknownOrigin(info: ModelInfo, against: ModelInfo): string {
  const [file, other] = [info.path, against.path].map(displayNameOf);
  return info.fingerprint === against.fingerprint
    ? `${file} is compared with itself: the figures say nothing of a choice of experts.`
    : `${file} does not say which model it was made from: the figures compare it with ${other}, and are no verdict on a choice of experts.`;
}

/** The demos by which the experts were chosen, as far as anything tells; null: none were chosen. */
async function demosOf(
  { scores = [] }: EvaluateRequest,
  { info, headers }: InspectedModel,
  mask: ModelMask | null,
  store: Store,
  signal: AbortSignal,
): Promise<ChoosingDemo[] | null> {
  const kv = headers[0]?.kv ?? {};
  if (mask === null && scores.length === 0 && !isChosen(kv)) return null;
  const model = findModel(store, info.fingerprint);
  const selection = mask && model ? findSelection({}, mask.kept, model, store) : null;
  const named = (await Promise.all(scores.map((path) => readScoresFile(path, signal)))).flatMap((file) =>
    choosingDemosOfScores(store, file),
  );
  return [
    ...choosingDemosOfFile(store, kv),
    ...(selection ? choosingDemosOfSelection(store, selection) : []),
    ...(mask?.document ? choosingDemosOfMask(store, mask.document) : []),
    ...named,
  ];
}
