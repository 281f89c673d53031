// Keeps the texts that models are measured on apart from the demos that their experts were chosen by: figures on those demos
// would flatter the pruned model.
import { inEnglish, say } from '../../../contract/sentences.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { documentsOf, type NamedText } from '../../base/content/documents.ts';
import { inSlices } from '../../store/slices.ts';
import type { Task } from '../../store/task.ts';
import type { DemoCopies } from '../../write/pruning/demo-copies.ts';

/** Overlaps that an error lists individually; the rest are counted. */
const NAMED_OVERLAPS = 20;
/** The share of a text that must be comparable for nothing to be said. */
const COMPARABLE_SHARE = 1 / 2;

type Overlapping = NonNullable<ReturnType<DemoCopies['compare']>['copy']> & {
  readonly text: string;
  readonly document: string;
};

/**
 * Refuses texts with documents that are copies of demos, and warns of texts most of which cannot be compared.
 * @param copies of the demos that the measured experts were chosen by
 * @throws WinnowError CALIBRATION_OVERLAP; the signal's reason
 */
export async function requireApart(
  copies: DemoCopies,
  texts: readonly NamedText[],
  { signal, log }: Task,
): Promise<void> {
  const overlaps: Overlapping[] = [];
  for (const text of texts) {
    let [all, compared] = [0, 0];
    const check = ({ id, content }: ReturnType<typeof documentsOf>[number]): void => {
      const { copy, weight, comparable } = copies.compare(content);
      all += weight;
      compared += comparable;
      if (copy) overlaps.push({ text: text.name, document: id, ...copy });
    };
    await inSlices(documentsOf(text), check, signal);
    if (compared >= COMPARABLE_SHARE * all) continue;
    const percent = `${Math.round(100 * (1 - compared / all))}%`;
    log(inEnglish(say('overlapUnseen', { text: text.name, percent })));
  }
  const [first] = overlaps;
  if (first) throw overlapError(first, overlaps);
}

const OVERLAPS = { holds: 'overlapHolds', within: 'overlapWithin' } as const;

function overlapError(first: Overlapping, overlaps: readonly Overlapping[]): WinnowError {
  const { text, document, demo, share, how } = first;
  const where = document === text ? text : say('documentOf', { text, document });
  const more = overlaps.length === 1 ? [] : [say('moreOverlap', { count: overlaps.length - 1 })];
  const said = { where, demo, more };
  const percent = `${Math.round(100 * share)}%`;
  const sentence = how === 'same' ? say('overlapSame', said) : say(OVERLAPS[how], { ...said, percent });
  return new WinnowError('CALIBRATION_OVERLAP', sentence, {
    text,
    document,
    demo,
    share,
    count: overlaps.length,
    overlaps: overlaps.slice(0, NAMED_OVERLAPS),
  });
}
