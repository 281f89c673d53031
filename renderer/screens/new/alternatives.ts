// The files that stand beside the result of a search.
import { bestFile, isSource, otherFile, type FitFile, type FitFindings } from '../../../electron/contract/fit.ts';

type Alternative = {
  readonly kind: 'shown' | 'other' | 'whole';
  /** null: the model as it is. */
  readonly file: FitFile | null;
};

/** Returns the files: the found file first, the model as it is last. */
export function alternativesOf(result: FitFindings): readonly Alternative[] {
  const { nExpert } = result;
  const shown = bestFile(result);
  const other = otherFile(result);
  return [
    { kind: 'shown', file: shown },
    ...(other === null || isSource(other, nExpert) ? [] : [{ kind: 'other' as const, file: other }]),
    ...(isSource(shown, nExpert) ? [] : [{ kind: 'whole' as const, file: null }]),
  ];
}
