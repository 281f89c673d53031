// Why a file is not the best one, as far as its size and figures say.
import type { FitEnd, FitFile } from '../../../electron/contract/fit.ts';

/** @returns a text of `fit` */
export function reasonAgainst(
  file: Pick<FitFile, 'bytes' | 'inside' | 'isContender'>,
  best: Pick<FitFile, 'bytes'>,
  ended: FitEnd,
): 'asGood' | 'noTime' | 'beyondWorse' | 'larger' | 'smaller' {
  // only what lies beyond a file that is worse is passed over, and what there was no time for
  if (file.inside === null) return ended === 'time' ? 'noTime' : 'beyondWorse';
  if (file.isContender) return 'asGood';
  return file.bytes >= best.bytes ? 'larger' : 'smaller';
}
