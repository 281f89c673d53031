// How users write the number of experts to keep, and which numbers run fastest.
import type { SelectionRequest } from '../../../contract/api/selections.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { TypedKeep } from '../../../contract/requests.ts';
import { msg } from '../../../contract/sentences.ts';

/**
 * The experts per layer that `spec` asks for.
 *
 * A whole number without a decimal point is a count: "64", 64, "1" and the number 1 (one expert). Anything with
 * a decimal point or a percent sign is a ratio of `nExpert`, above 0 and at most 1: "0.5", 0.5, "50%", "1.0"
 * (all experts). A ratio is rounded to the nearest count, halves up, and to at least 1.
 * @throws WinnowError USAGE when `spec` is neither, SELECTION_IMPOSSIBLE for a count above `nExpert`
 */
export function resolveKeep(spec: string | number, nExpert: number): number {
  const text = String(spec).trim();
  if (/^\d+$/.test(text)) {
    const count = Number(text);
    if (count < 1) throw badKeep(spec, nExpert);
    if (count > nExpert) {
      throw new WinnowError('SELECTION_IMPOSSIBLE', msg('keepTooMany', { keep: text, nExpert }), {
        keep: count,
        nExpert,
      });
    }
    return count;
  }
  const match = /^(\d+\.?\d*|\.\d+)(%?)$/.exec(text);
  if (match === null) throw badKeep(spec, nExpert);
  const ratio = Number(match[1]) / (match[2] === '%' ? 100 : 1);
  if (!(ratio > 0 && ratio <= 1)) throw badKeep(spec, nExpert);
  return countOfRatio(ratio, nExpert);
}

/** A typed number of experts, resolved. @throws WinnowError as `resolveKeep` */
export function settledKeep(keep: TypedKeep, nExpert: number): SelectionRequest['keep'] {
  return keep.kind === 'typed' ? { kind: 'count', count: resolveKeep(keep.text, nExpert) } : keep;
}

/** The nearest count, halves up, and at least 1. */
export function countOfRatio(ratio: number, nExpert: number): number {
  return Math.max(1, Math.round(ratio * nExpert));
}

function badKeep(spec: string | number, nExpert: number): WinnowError {
  return new WinnowError('USAGE', msg('keepUnreadable', { spec, nExpert, example: Math.ceil(nExpert / 2) }), {
    keep: spec,
    nExpert,
  });
}

/** The expert counts that llama.cpp's fused CUDA top-k kernel is compiled for. */
const FUSED_COUNTS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 288, 512, 576];

/**
 * The counts nearest to `keep` that CUDA's fused top-k supports (powers of two up to 512, 288 and 576): with these the pruned
 * model uses that kernel. None if `keep` is one of them or nothing is pruned.
 */
export function fusedCountsNear(keep: number, nExpert: number): number[] {
  if (keep === nExpert || FUSED_COUNTS.includes(keep)) return [];
  const below = FUSED_COUNTS.findLast((count) => count < keep);
  const above = FUSED_COUNTS.find((count) => count > keep && count <= nExpert);
  return [below, above].filter((count) => count !== undefined);
}
