// Why a file is not the best one, judging by its size and figures.
import type { FitEnd, FitFile } from '../../../electron/contract/fit.ts';

/** @returns a key of `fit` */
export function reasonAgainst(
  file: Pick<FitFile, 'bytes' | 'inside' | 'isContender'>,
  best: Pick<FitFile, 'bytes'>,
  ended: FitEnd,
): 'asGood' | 'noTime' | 'beyondWorse' | 'larger' | 'smaller' {
  // a file is only skipped if it lies beyond a worse one, or if there was no time for it
  if (file.inside === null) return ended === 'time' ? 'noTime' : 'beyondWorse';
  if (file.isContender) return 'asGood';
  return file.bytes >= best.bytes ? 'larger' : 'smaller';
}
