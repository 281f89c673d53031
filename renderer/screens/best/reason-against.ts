// Why a file is not the best one, as far as its size and figures say.
import type { FitFile } from '../../../electron/contract/fit.ts';

/** @returns a text of `fit` */
export function reasonAgainst(
  file: Pick<FitFile, 'bytes' | 'inside' | 'isContender'>,
  best: Pick<FitFile, 'bytes'>,
): 'asGood' | 'notMeasured' | 'larger' | 'smaller' {
  if (file.inside === null) return 'notMeasured';
  if (file.isContender) return 'asGood';
  return file.bytes >= best.bytes ? 'larger' : 'smaller';
}
