// The evaluate use case: measures variants on several texts, against their full model or on their own.
import type { EvaluationFigures, EvaluationOutcome } from '../../../contract/api/evaluations.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { msg } from '../../../contract/sentences.ts';
import { gradeOf, type Verdict } from '../../../contract/verdict.ts';
import { canonicalJson } from '../../base/files/canonical-json.ts';
import { displayNameOf } from '../../base/files/paths.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { prunedBytes } from '../../experts/selection/choose-experts.ts';
import type { Store } from '../../store/database.ts';
import { getHeldOutText, hashText, listHeldOutTexts } from '../../store/domains.ts';
import { isChosen, type ChoosingDemo } from '../../write/pruning/choosing-demos.ts';
import { DemoCopies } from '../../write/pruning/demo-copies.ts';
import type { ComparisonRequest, Named } from './comparison-request.ts';
import { comparisonLedger, keptFigures, type ComparisonSettings, type HashedText } from './figure-ledger.ts';
import { verdictOnHash, type AnswersOf } from './judged-choices.ts';
import { demosOfScores, prepareSubjects, summarise, type Failure, type Prepared } from './prepare-subjects.ts';
import { requireApart, domainOfFiles, readOtherText, type TextOfDomain } from './other-texts.ts';
import { beyondContext, inSteps, Measuring } from './measuring.ts';
import { readDocuments } from './read-documents.ts';

/** A text with the fields that rows store about it. */
type ComparedText = HashedText & { readonly row: ComparisonSettings['text'] };

/** What was measured of one subject on one text. */
type Measured = { readonly subject: Prepared; readonly text: ComparedText; readonly figures: EvaluationFigures };

export type ComparisonOutcome = {
  /** Ids of rows in the database, old and new ones. */
  readonly evaluationIds: readonly number[];
  /** The outcome for a text from files; null: stored texts were used. */
  readonly ofFile: EvaluationOutcome | null;
};

/**
 * Measures all variants on all texts. What was measured is stored in any case.
 * @throws WinnowError CALIBRATION_OVERLAP, CANCELLED, and what inspecting, loading or running the full model throws; if single variants
 * or texts failed, the first failure, with all of them in its details
 */
export async function runComparison(
  request: ComparisonRequest,
  context: EngineContext,
  task: Task,
  countAnswers: AnswersOf,
): Promise<ComparisonOutcome> {
  const { isAnew = false, ctx, chunks, placement } = request;
  const { store } = context;
  const failures: Failure[] = [];
  const fail = (failure: Failure): void => {
    if (isAnew) throw failure.error;
    failures.push(failure);
  };
  const ofFiles = request.files ? [await textOfFiles(request.files, context, task)] : [];
  const { full, variants } = await prepareSubjects(request, context, task, fail);
  const scored = await demosOfScores(request.scores ?? [], context, task);
  if (isAnew) variants.forEach((variant) => warn(variant, full, scored, task));
  const demos = [...variants.flatMap(({ choosing }) => choosing), ...scored];
  const copies = await DemoCopies.of(store, demos, task.signal);
  const texts = [
    ...ofFiles,
    ...storedTexts(request, context, fail),
    ...(await otherTexts(request, context, copies, fail)),
  ];
  await requireApart(copies, texts, task);
  const ids: number[] = [];
  const asker = {
    ledger: comparisonLedger(store),
    rowOf: ({ compared, of, made }: Prepared, { row }: ComparedText) => {
      const { variant } = compared;
      const isFull = compared !== full?.compared && canonicalJson(variant) === canonicalJson(full?.compared.variant);
      if (variant === null || isFull) return null;
      return comparisonSettings({ ...compared, variant }, of.info, full?.of.info ?? made ?? of.info, row);
    },
    isAnew,
    onKept: (id: number) => {
      ids.push(id);
      task.about({ evaluationIds: ids, selectionId: request.variants[0]?.selectionId ?? undefined });
    },
  };
  const kept = keptFigures(asker, full, { ctx, placement });
  await using measuring = new Measuring(full, kept, { ctx, placement, context, task, onProgress: inSteps(task) });
  const measured: Measured[] = [];
  for await (const { subject, text, figures, error } of measuring.each(variants, texts, chunks)) {
    if (error) fail({ label: subject.compared.label, text: text.name, error });
    else measured.push({ subject, text, figures });
  }
  if (failures.length > 0) throw summarise(failures);
  return { evaluationIds: ids, ofFile: request.files ? fileOutcome(measured, full, store, countAnswers) : null };
}

/** What a row of figures stores about the measurement. @param info of the measured file @param full the full model's */
export function comparisonSettings(
  { variant, selectionHash, selectionId }: Named,
  { fingerprint }: { readonly fingerprint: string },
  full: { readonly fingerprint: string },
  text: ComparisonSettings['text'],
): ComparisonSettings {
  return { variant, selectionHash, selectionId, text, fingerprint, full: { fingerprint: full.fingerprint } };
}

/** The outcome for the only subject. The verdict is on all stored rows of the choice, or without these on what was just measured. */
function fileOutcome(
  measured: readonly Measured[],
  full: Prepared | null,
  store: Store,
  countAnswers: AnswersOf,
): EvaluationOutcome {
  const one = measured.find(({ subject }) => subject !== full);
  if (!one) throw new RangeError('an evaluation has one result');
  const { subject, figures } = one;
  return {
    figures,
    full: measured.find((other) => other.subject === full)?.figures ?? null,
    isFullModel: subject.isFullModel,
    warnings: beyondContext(subject.of.info, figures.ctx),
    verdict: subject.isFullModel ? verdictOn(one, full, store, countAnswers) : null,
  };
}

/** The verdict on a subject. @returns null: it was not compared with a full model */
function verdictOn(
  { subject: { of, hash, compared }, text: { row }, figures: { ratio, klMean, top1, tokens } }: Measured,
  full: Prepared | null,
  store: Store,
  countAnswers: AnswersOf,
): Verdict | null {
  if (!ratio) return null;
  const { info, kept, activeExperts } = of;
  const isPreview = kept !== undefined || activeExperts !== undefined;
  const stored = verdictOnHash(store, isPreview ? hash : compared.selectionHash, countAnswers);
  if (stored) return stored;
  const whole = isPreview ? info : (full?.of.info ?? info);
  const grade = gradeOf({ ratio, klMean, top1 });
  return {
    bytes: {
      full: whole.bytes,
      pruned: kept ? prunedBytes(info, kept[0]?.length ?? info.nExpert) : info.bytes,
      predicted: kept !== undefined,
    },
    domains: [],
    // it is not known what the experts were chosen for
    unknown: { ratio, tokens, grade, parts: [{ domain: row.domain, ratio, klMean, top1, tokens, grade }] },
    inside: null,
    outside: null,
    answers: null,
    grade: null,
  };
}

/** Logs what the figures of a variant cannot prove. */
function warn(
  { of, kv, made, choosing }: Prepared,
  full: Prepared | null,
  scored: readonly ChoosingDemo[],
  { log }: Task,
): void {
  if (full && made === null) log(unknownOrigin(of.info, full.of.info));
  if (of.kept === undefined && scored.length === 0 && !isChosen(kv)) return;
  const demos = [...choosing, ...scored];
  const unknown = demos.filter(({ hash }) => hash === null).length;
  if (demos.length > 0 && unknown === 0) return;
  const which = demos.length === 0 ? 'The demos' : `${unknown} of ${demos.length} demos`;
  log(
    `${which} by which the experts were chosen are not known here, so it cannot be checked whether the text is one of them. Name their scores file with --scores.`,
  );
}

function unknownOrigin(info: ModelInfo, against: ModelInfo): string {
  const [file, other] = [info.path, against.path].map(displayNameOf);
  return info.fingerprint === against.fingerprint
    ? `${file} is compared with itself: the figures say nothing about a choice of experts.`
    : `${file} does not say which model it was made from: the figures compare it with ${other}, and are no verdict on a choice of experts.`;
}

/** The text of the files; if it is a held-out text of some domain, with that text's id and name. */
async function textOfFiles(
  { paths, domain }: NonNullable<ComparisonRequest['files']>,
  { store, host }: EngineContext,
  { signal, log }: Task,
): Promise<ComparedText> {
  const { text, warnings } = await readDocuments(paths, host, signal);
  warnings.forEach((warning) => log(warning));
  const hash = hashText(text.text);
  const stored = listHeldOutTexts(store).find((one) => one.hash === hash);
  const { id = null, name = text.name } = stored ?? {};
  return { ...text, hash, row: { id, name, domain: domain ?? stored?.domain ?? domainOfFiles(store, paths), hash } };
}

function withRow(text: TextOfDomain): ComparedText {
  const { id, name, domain, hash } = text;
  return { ...text, row: { id, name, domain, hash } };
}

function storedTexts(
  { textIds }: ComparisonRequest,
  { store }: EngineContext,
  fail: (failure: Failure) => void,
): ComparedText[] {
  return textIds.flatMap((id) => {
    const text = getHeldOutText(store, id);
    if (text) return [withRow(text)];
    fail({ label: '', text: null, error: new WinnowError('FILE_NOT_FOUND', msg('textDeleted'), { id }) });
    return [];
  });
}

async function otherTexts(
  { otherTexts: others }: ComparisonRequest,
  { store }: EngineContext,
  copies: DemoCopies,
  fail: (failure: Failure) => void,
): Promise<ComparedText[]> {
  const texts: ComparedText[] = [];
  for (const other of others) {
    try {
      texts.push(withRow(await readOtherText(store, other, copies)));
    } catch (error) {
      if (!(error instanceof WinnowError)) throw error;
      fail({ label: '', text: other.domain, error });
    }
  }
  return texts;
}
