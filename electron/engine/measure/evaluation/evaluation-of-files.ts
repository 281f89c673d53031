// Turns the command line's request to measure files into a comparison, and the comparison into its outcome.
import type { EvaluationFigures, EvaluationOutcome } from '../../../contract/api/evaluations.ts';
import type { EvaluateRequest } from '../../../contract/requests.ts';
import { gradeOf, type Verdict } from '../../../contract/verdict.ts';
import { prunedBytes } from '../../experts/selection/choose-experts.ts';
import type { Store } from '../../store/database.ts';
import { fileAsItIs, namedVariant, type ComparisonRequest } from './comparison-request.ts';
import { judgedChoices, type AnswersOf } from './judged-choices.ts';
import { beyondContext } from './measuring.ts';
import { domainOfFiles } from './other-texts.ts';
import type { Prepared } from './prepare-subjects.ts';
import type { ComparisonOutcome } from './run-comparison.ts';

/** The comparison of one model, or a preview of one, on one text. */
export function comparisonOfFiles(asked: EvaluateRequest): ComparisonRequest {
  const { text, domain, scores, against, ctx, chunks, placement } = asked;
  return {
    full: against === undefined ? null : fileAsItIs(against),
    fullName: null,
    variants: [namedVariant(asked)],
    textIds: [],
    otherTexts: [],
    files: { paths: [text].flat(), domain: domain ?? null },
    scores,
    isAnew: true,
    ctx,
    chunks: chunks ?? null,
    placement,
  };
}

/** The outcome for the only subject. The verdict is on all stored rows of the choice, or without these on what was just measured. */
export function evaluationOutcome(
  { paths, domain }: NonNullable<ComparisonRequest['files']>,
  { full, pairs }: ComparisonOutcome,
  store: Store,
  answersOf: AnswersOf,
): EvaluationOutcome {
  const one = pairs.find(({ subject }) => subject !== full);
  if (!one) throw new RangeError('an evaluation has one result');
  const { subject, figures } = one;
  const isFullModel = subject.beside?.isItsOwn ?? subject.made !== null;
  const about = { subject, full, figures, domain: domain ?? domainOfFiles(store, paths) };
  return {
    figures,
    full: pairs.find(({ subject: other }) => other === full)?.figures ?? null,
    isFullModel,
    warnings: beyondContext(subject.of.info, figures.ctx),
    verdict: isFullModel ? verdictOn(about, store, answersOf) : null,
  };
}

/** The verdict on the subject. @returns null: it was not compared with a full model */
function verdictOn(
  {
    subject: { of, hash, compared },
    full,
    figures: { ratio, top1, tokens },
    domain,
  }: {
    readonly subject: Prepared;
    readonly full: Prepared | null;
    readonly figures: EvaluationFigures;
    readonly domain: string | null;
  },
  store: Store,
  answersOf: AnswersOf,
): Verdict | null {
  if (!ratio) return null;
  const { info, kept, activeExperts } = of;
  const isPreview = kept !== undefined || activeExperts !== undefined;
  const known = isPreview ? hash : compared.selectionHash;
  const stored = judgedChoices(store, answersOf).find((choice) => choice.hash === known)?.verdict;
  if (stored) return stored;
  const whole = isPreview ? info : (full?.of.info ?? info);
  const grade = gradeOf({ ratio, top1 });
  return {
    bytes: {
      full: whole.bytes,
      pruned: kept ? prunedBytes(info, kept[0]?.length ?? info.nExpert) : info.bytes,
      predicted: kept !== undefined,
    },
    domains: [],
    // it is not known what the experts were chosen for
    unknown: { ratio, tokens, grade, parts: [{ domain, ratio, top1, tokens, grade }] },
    inside: null,
    outside: null,
    answers: null,
    grade: null,
  };
}
