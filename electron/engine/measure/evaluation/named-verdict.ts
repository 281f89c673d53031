// The verdict on what the command line named by files: everything that is stored of the choice, else what was measured just now.
import type { EvaluationFigures } from '../../../contract/api/evaluations.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { gradeOf, type Verdict, type VerdictSide } from '../../../contract/verdict.ts';
import { prunedBytes } from '../../experts/selection/choose-experts.ts';
import { maskedHash } from '../../experts/selection/selection-hash.ts';
import type { Store } from '../../store/database.ts';
import { judgedChoices, type AnswersOf } from './judged-choices.ts';
import type { NamedMeasurement } from './keep-named.ts';
import type { EvaluationSubject } from './model-slot.ts';
import { belongingOf, domainOfFiles } from './named-subject.ts';

type NamedFigures = Pick<NamedMeasurement, 'request' | 'subject' | 'against'> & { readonly figures: EvaluationFigures };

/**
 * @param figures of the subject, which the request names
 * @returns null: it was compared with no full model
 */
export function namedVerdict(
  { request, subject, against, figures }: NamedFigures,
  store: Store,
  answersOf: AnswersOf,
): Verdict | null {
  const { info, kept, activeExperts } = subject;
  const isMasked = kept !== undefined || activeExperts !== undefined;
  const side = sideOf(domainOfFiles(store, [request.text].flat(), request.domain), figures);
  if (!side) return null;
  const hash = isMasked ? maskedHash(subject) : belongingOf(store, info).selectionHash;
  const stored = judgedChoices(store, answersOf).find((choice) => choice.hash === hash)?.verdict;
  if (stored) return stored;
  const full = isMasked || against === undefined ? info : against.info;
  return {
    bytes: bytesOf(full, info, kept),
    domains: [],
    ...{ inside: null, outside: null, unknown: side, answers: null },
    grade: null,
  };
}

function bytesOf(full: ModelInfo, info: ModelInfo, kept: EvaluationSubject['kept']): Verdict['bytes'] {
  if (!kept) return { full: full.bytes, pruned: info.bytes, predicted: false };
  return { full: full.bytes, pruned: prunedBytes(info, kept[0]?.length ?? info.nExpert), predicted: true };
}

/** Nobody knows what the experts were chosen for. */
function sideOf(domain: string | null, { ratio, top1, tokens }: EvaluationFigures): VerdictSide | null {
  if (!ratio) return null;
  const grade = gradeOf({ ratio, top1 });
  return { ratio, tokens, grade, parts: [{ domain, ratio, top1, tokens, grade }] };
}
