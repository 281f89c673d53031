// Why a file is not the best one, judging by its figures.
import type { FitFile, FitFindings } from '../../../electron/contract/fit.ts';

/** @returns a key of `fit` */
export function reasonAgainst(
  { inside, isContender, confirmed }: Pick<FitFile, 'inside' | 'isContender' | 'confirmed'>,
  { ended, contradicts }: Pick<FitFindings, 'ended' | 'contradicts'>,
): 'asGood' | 'noTime' | 'beyondWorse' | 'worse' | 'overruled' | 'unproved' {
  // a file is only skipped if it lies beyond a worse one, or if there was no time for it
  if (inside === null) return ended === 'time' ? 'noTime' : 'beyondWorse';
  if (isContender) return 'asGood';
  if (!contradicts) return 'worse';
  return confirmed === null ? 'unproved' : 'overruled';
}
