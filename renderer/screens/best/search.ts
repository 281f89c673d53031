// What the search for the best file is asked, while it is being set up.
import type { FitOfDomain, FitSearch } from '../../../electron/contract/api/fit.ts';
import { usualTypesBelow, type QuantType } from '../../../electron/contract/quantise.ts';
import { defaultTokens } from '../../../electron/contract/token-classes.ts';
import { asFileName } from '../../kit/file-name.ts';

const UNQUANTISED: readonly string[] = ['F32', 'F16', 'BF16'];

export type Beginning = {
  readonly modelId: string;
  readonly domainId: number;
  readonly fileType: string;
  /** MoE layers by block index. */
  readonly moeLayers: readonly number[];
  /** The last search of these two; null: none. */
  readonly last: Pick<FitSearch, 'budgetBytes' | 'ctx' | 'found'> | null;
  /** What is filled in for those who have not searched yet. */
  readonly budgetBytes: number;
  readonly ctx: number;
};

/** As it was asked last, or else with what is filled in. Weights are quantised again where that makes smaller files: what it costs is measured. */
export function firstParams({ last, fileType, moeLayers, ...first }: Beginning): FitOfDomain {
  const { modelId, domainId } = first;
  const found = last?.found ?? null;
  return {
    kind: 'domain' as const,
    modelId,
    domainId,
    criterion: null,
    grouping: null,
    superExperts: 'pin',
    tokens: defaultTokens(moeLayers),
    budgetBytes: last?.budgetBytes ?? first.budgetBytes,
    ctx: last?.ctx ?? first.ctx,
    types: null,
    activeExperts: null,
    timeLimitSeconds: null,
    target: null,
    requantise: found?.requantise ?? isQuantised(fileType),
    answers: found?.answers ?? null,
  };
}

/** The model's name without its type, which will be another one, and the work. */
export function fileNameFor(model: string, fileType: string, domain: string): string {
  const isTyped = fileType !== '' && model.toLowerCase().endsWith(fileType.toLowerCase());
  const stem = isTyped ? model.slice(0, -fileType.length).replace(/[-._ ]+$/, '') : model;
  return asFileName(`${stem}-${domain}.gguf`);
}

/** Whether the weights are quantised already; also where the header does not say. */
export function isQuantised(fileType: string): boolean {
  return !UNQUANTISED.includes(fileType);
}

/** The types that are tried, of those on offer. */
export function triedTypes({ types }: Pick<FitOfDomain, 'types'>, fileType: string): readonly QuantType[] {
  return types ?? usualTypesBelow(fileType);
}

/**
 * One type more, or one less.
 * @returns null: all that are on offer. The last one stays.
 */
export function withType(tried: readonly QuantType[], type: QuantType, fileType: string): FitOfDomain['types'] {
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
  { activeExperts }: Pick<FitOfDomain, 'activeExperts'>,
  count: number,
  used: number,
): FitOfDomain['activeExperts'] {
  const tried = activeExperts ?? [used];
  const next = offeredActive(used).filter((one) => (one === count ? !tried.includes(one) : tried.includes(one)));
  if (next.length === 0) return activeExperts === null ? null : [...activeExperts];
  return next.join() === String(used) ? null : next;
}
