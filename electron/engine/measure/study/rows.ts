// Turns measurements into rows of tables: one for each choice, or variant, on each text.
import type { Criterion } from '../../../contract/criteria.ts';
import { pairedRatio } from '../evaluation/figures.ts';
import type { StudyFigures } from './measure.ts';
import { placeOf, type StudyRow, type VariantRow } from './summary.ts';
import type { VariantFiles } from './variant-files.ts';

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

type Sized = StudyFigures['variants'][number] & { readonly bytes: number };

/** The rows of all variants on all texts. @throws WinnowError from planning the files, for their sizes */
export async function variantRows(
  measured: StudyFigures['variants'],
  domains: readonly string[],
  bytesOf: VariantFiles['bytesOf'],
): Promise<VariantRow[]> {
  const sized: Sized[] = [];
  for (const one of measured) {
    sized.push({ ...one, bytes: await bytesOf(one.variant) });
  }
  return sized.map((one) => {
    const { choice, type, activeExperts } = one.variant;
    const whole = wholeBeside(one, sized);
    const overWhole = whole && pairedRatio(one.sums.nll, whole.sums.nll, one.sums.tokens);
    return {
      ...rowOf({ ...one, choice }, domains),
      overLeading: null,
      type,
      activeExperts,
      bytes: one.bytes,
      overWhole,
    };
  });
}

/** The largest file with all experts that is no larger than a variant, for the same domain and text. */
function wholeBeside({ variant, text, bytes }: Sized, all: readonly Sized[]): Sized | null {
  if (variant.choice.method === 'whole') return null;
  const smaller = all.filter(
    (one) =>
      one.variant.choice.method === 'whole' &&
      one.variant.choice.domain === variant.choice.domain &&
      one.variant.activeExperts === null &&
      one.text === text &&
      one.bytes <= bytes,
  );
  return smaller.reduce<Sized | null>((best, one) => (best === null || one.bytes > best.bytes ? one : best), null);
}
