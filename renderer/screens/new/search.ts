// The settings of a search for the best file, while it is being set up.
import type { FitOfDomain, FitSearch } from '../../../electron/contract/api/fit.ts';
import { usualTypesBelow, type QuantType } from '../../../electron/contract/quantise.ts';
import { asFileName } from '../../kit/file-name.ts';

const UNQUANTISED: readonly string[] = ['F32', 'F16', 'BF16'];

export type Beginning = {
  readonly modelId: string;
  readonly domainId: number;
  readonly fileType: string;
  /** The last search with this model and domain; null: there was none. */
  readonly last: Pick<FitSearch, 'budgetBytes' | 'ctx' | 'found'> | null;
  /** The memory size that is filled in for users who have not searched yet. */
  readonly budgetBytes: number;
  readonly ctx: number;
};

/**
 * Returns the settings of the last search, or else the initial ones. Weights are quantised again if that makes smaller
 * files: the cost of doing so is measured.
 */
export function firstParams({ last, fileType, ...first }: Beginning): FitOfDomain {
  const { modelId, domainId } = first;
  const result = last?.found ?? null;
  return {
    kind: 'domain' as const,
    modelId,
    domainId,
    criterion: null,
    grouping: null,
    superExperts: 'pin',
    budgetBytes: last?.budgetBytes ?? first.budgetBytes,
    ctx: last?.ctx ?? first.ctx,
    types: null,
    timeLimitSeconds: null,
    target: null,
    requantise: result?.requantise ?? isQuantised(fileType),
  };
}

/** Returns the model's name without its type, which will change, followed by the domain. */
export function fileNameFor(model: string, fileType: string, domain: string): string {
  const isTyped = fileType !== '' && model.toLowerCase().endsWith(fileType.toLowerCase());
  const stem = isTyped ? model.slice(0, -fileType.length).replace(/[-._ ]+$/, '') : model;
  return asFileName(`${stem}-${domain}.gguf`);
}

/** Whether the weights are quantised already; true also if the header does not say. */
export function isQuantised(fileType: string): boolean {
  return !UNQUANTISED.includes(fileType);
}

/** Returns which of the offered types are tried. */
export function triedTypes({ types }: Pick<FitOfDomain, 'types'>, fileType: string): readonly QuantType[] {
  return types ?? usualTypesBelow(fileType);
}

/**
 * Adds or removes a type.
 * @returns null: all types on offer. The last one cannot be removed.
 */
export function withType(tried: readonly QuantType[], type: QuantType, fileType: string): FitOfDomain['types'] {
  const offered = usualTypesBelow(fileType);
  const next = offered.filter((name) => (name === type ? !tried.includes(name) : tried.includes(name)));
  if (next.length === 0) return [...tried];
  return next.length === offered.length ? null : next;
}
