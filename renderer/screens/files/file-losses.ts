// What a written file costs: the figures that its search proved, or else those of its verdict.
import type { Export } from '../../../electron/contract/api/exports.ts';
import { bestFile } from '../../../electron/contract/fit.ts';
import type { PublishedInterval } from '../../../electron/contract/interval.ts';
import { useCall } from '../../state/calls.ts';

type FileLosses = {
  /** Ratio of the perplexity to the model's; null: not measured. */
  readonly inside: PublishedInterval | null;
  readonly outside: PublishedInterval | null;
};

/** @returns undefined: not known yet */
export function useFileLosses({ id, selectionId }: Export): FileLosses | undefined {
  const searches = useCall('fit.list', {}).data;
  const found = searches?.find((search) => search.found?.file?.exportId === id)?.found ?? null;
  const proved = found === null ? null : bestFile(found.result).confirmed;
  const verdict = useCall(
    'evaluations.verdict',
    { selectionId: selectionId ?? 0, exportId: id },
    { enabled: searches !== undefined && proved === null && selectionId !== null },
  ).data;
  if (proved !== null) return { inside: proved.inside, outside: proved.outside };
  if (selectionId === null) return { inside: null, outside: null };
  return verdict && { inside: verdict.inside?.ratio ?? null, outside: verdict.outside?.ratio ?? null };
}
