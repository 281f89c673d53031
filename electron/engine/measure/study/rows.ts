// Turns measurements into rows of tables: one for each choice on each text.
import type { Criterion } from '../../../contract/criteria.ts';
import { pairedRatio } from '../evaluation/figures.ts';
import type { StudyFigures } from './measure.ts';
import { placeOf, type StudyRow } from './summary.ts';

/**
 * The rows of all choices on all texts.
 * @param criterion the leading criterion
 * @param domains domains with demos
 */
export function studyRows(
  measured: StudyFigures['choices'],
  criterion: Criterion,
  domains: readonly string[],
): StudyRow[] {
  return measured.map((one) => {
    const { method, domain, keep } = one.choice;
    const leading =
      method === criterion
        ? undefined
        : measured.find(
            ({ choice, text }) =>
              choice.method === criterion &&
              choice.domain === (domain ?? text) &&
              choice.keep === keep &&
              text === one.text,
          );
    const isPaired = leading?.sums && one.sums;
    const overLeading = isPaired ? pairedRatio(one.sums.nll, leading.sums.nll, one.sums.tokens) : null;
    return { ...rowOf(one, domains), overLeading };
  });
}

function rowOf(
  { choice, text, result }: Pick<StudyFigures['choices'][number], 'choice' | 'text' | 'result'>,
  domains: readonly string[],
): Omit<StudyRow, 'overLeading'> {
  const { method, seed, domain, keep } = choice;
  const { perplexity, ratio, klMean, klP99, top1, units } = result;
  if (ratio === null || klMean === null || klP99 === null || top1 === null) {
    throw new RangeError('a choice is measured against the full model');
  }
  return {
    method,
    seed,
    domain,
    keep,
    text,
    place: placeOf(choice, text, domains),
    ratio,
    units,
    perplexity: perplexity.value,
    klMean: klMean.value,
    klP99: klP99.value,
    top1: top1.value,
  };
}
