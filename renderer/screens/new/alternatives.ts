// The files that are shown beside the result of a search, with their comparison to the found file.
import { bestFile, isSource, otherFile, type FitFile, type FitFindings } from '../../../electron/contract/fit.ts';
import type { PublishedInterval } from '../../../electron/contract/interval.ts';

type Alternative = {
  readonly kind: 'shown' | 'other' | 'whole';
  /** null: the model as it is. */
  readonly file: FitFile | null;
  /** Its divergence from the model in the domain minus the found file's, in nats, paired; null: the two were not compared. */
  readonly over: PublishedInterval | null;
};

/** Returns the files: the found file first, the model as it is last. */
export function alternativesOf(result: FitFindings): readonly Alternative[] {
  const { over, nExpert } = result;
  const shown = bestFile(result);
  const other = otherFile(result);
  const compared = over?.inside ?? null;
  const isWhole = other !== null && isSource(other, nExpert);
  return [
    { kind: 'shown', file: shown, over: null },
    ...(other === null || isWhole ? [] : [{ kind: 'other' as const, file: other, over: compared }]),
    ...(isSource(shown, nExpert) ? [] : [{ kind: 'whole' as const, file: null, over: isWhole ? compared : null }]),
  ];
}
