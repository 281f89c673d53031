// What the search for the best file is asked, while it is being set up.
import type { FitParams, FoundFit } from '../../../../electron/contract/api/fit.ts';
import type { SelectionRequest } from '../../../../electron/contract/api/selections.ts';
import { usualTypesBelow, type QuantType } from '../../../../electron/contract/quantise.ts';

const UNQUANTISED: readonly string[] = ['F32', 'F16', 'BF16'];

/** Memory that is free where nobody knows better. */
const SOME_MEMORY = 8e9;

export type Beginning = {
  readonly runId: number;
  /** The choice at hand. */
  readonly draft: Pick<SelectionRequest, 'criterion' | 'grouping' | 'keep' | 'tokens' | 'superExperts'>;
  /** The last search's. */
  readonly found: FoundFit | null;
  /** Free memory of this machine; null: not known. */
  readonly roomBytes: number | null;
  readonly ctx: number;
};

/** For the size that was typed last, or else for this machine. */
export function firstParams({ runId, draft, found, roomBytes, ctx }: Beginning): FitParams {
  const { criterion, grouping, keep, tokens = 'all', superExperts = 'rank' } = draft;
  const size =
    keep.kind === 'fit'
      ? { budgetBytes: Math.floor(keep.bytes), ctx: keep.ctx }
      : {
          budgetBytes: found?.result.budgetBytes ?? Math.floor(roomBytes ?? SOME_MEMORY),
          ctx: found?.result.ctx ?? ctx,
        };
  const again = { requantise: found?.requantise ?? false, answers: found?.answers ?? null };
  const rest = { types: null, activeExperts: null, ...again, timeLimitSeconds: null };
  return { kind: 'run', runId, criterion, grouping, tokens, superExperts, ...size, ...rest };
}

/** Whether the weights are quantised already; also where the header does not say. */
export function isQuantised(fileType: string): boolean {
  return !UNQUANTISED.includes(fileType);
}

/** The types that are tried, of those on offer. */
export function triedTypes({ types }: Pick<FitParams, 'types'>, fileType: string): readonly QuantType[] {
  return types ?? usualTypesBelow(fileType);
}

/**
 * One type more, or one less.
 * @returns null: all that are on offer. The last one stays.
 */
export function withType(tried: readonly QuantType[], type: QuantType, fileType: string): FitParams['types'] {
  const offered = usualTypesBelow(fileType);
  const next = offered.filter((name) => (name === type ? !tried.includes(name) : tried.includes(name)));
  if (next.length === 0) return [...tried];
  return next.length === offered.length ? null : next;
}

/** Shares of the experts that a token passes, which may be tried beside all of them. */
const ACTIVE_SHARES = [1, 0.75, 0.5] as const;

/** Counts of experts that a token may pass, the model's own first. */
export function offeredActive(used: number): readonly number[] {
  return [...new Set(ACTIVE_SHARES.map((share) => Math.max(1, Math.round(share * used))))];
}

/**
 * One count more, or one less.
 * @returns null: the model's own alone. The last one stays.
 */
export function withActive(
  { activeExperts }: Pick<FitParams, 'activeExperts'>,
  count: number,
  used: number,
): FitParams['activeExperts'] {
  const tried = activeExperts ?? [used];
  const next = offeredActive(used).filter((one) => (one === count ? !tried.includes(one) : tried.includes(one)));
  if (next.length === 0) return activeExperts === null ? null : [...activeExperts];
  return next.join() === String(used) ? null : next;
}
