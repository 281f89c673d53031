// Compares the full model and its variants, inside and outside the domain.
import type { Evaluation } from '../../../../electron/contract/api/evaluations.ts';
import type { Sentence } from '../../../../electron/contract/sentences.ts';
import { combine, type Figures } from '../../../measures/combine.ts';
import type { SideName } from '../proof/sides.ts';
import { isReference, variantKey } from '../proof/variants.ts';
import { textKey } from './measured-sets.ts';

type VariantFigures = {
  /** null: some of the side's texts are not measured, so it cannot be compared yet. */
  readonly figures: Figures | null;
  /** Number of measured texts. */
  readonly texts: number;
};

export type ComparedText = {
  readonly key: string;
  readonly name: string;
  readonly domain: string;
  readonly full: Evaluation;
  /** The measurements by key of the variant. */
  readonly variants: ReadonlyMap<string, Evaluation>;
};

type Side = {
  /** The texts that the full model was measured on. */
  readonly texts: readonly ComparedText[];
  /** null: there is no text. */
  readonly full: Figures | null;
  readonly variants: ReadonlyMap<string, VariantFigures>;
};

export type Comparison = Readonly<Record<SideName, Side>>;

/** Compares the measurements. @param rows comparable rows, the newest first: of two with the same subject, the newer counts */
export function compare(
  rows: readonly Evaluation[],
  variantKeys: readonly string[],
  domains: readonly string[],
): Comparison {
  const texts = [...Map.groupBy(rows, textKey)]
    .flatMap(([key, ofText]) => comparedText(key, ofText))
    .toSorted((a, b) => a.domain.localeCompare(b.domain) || a.name.localeCompare(b.name));
  const [inDomain = [], outOfDomain = []] = [true, false].map((is) =>
    texts.filter(({ domain }) => domains.includes(domain) === is),
  );
  return { inDomain: sideOf(inDomain, variantKeys), outOfDomain: sideOf(outOfDomain, variantKeys) };
}

/**
 * Returns the rows on texts that some variant was measured on: texts that only other selections were measured on say
 * nothing here. All rows if no variant was measured.
 */
export function ofMeasuredTexts(rows: readonly Evaluation[]): readonly Evaluation[] {
  const texts = new Set(rows.filter((row) => !isReference(row)).map(textKey));
  return texts.size === 0 ? rows : rows.filter((row) => texts.has(textKey(row)));
}

/** Returns what the figures of the shown variants do not prove, each statement once. */
export function saidOf(comparison: Comparison, variantKeys: readonly string[]): readonly Sentence[] {
  const rows = Object.values(comparison).flatMap(({ texts }) =>
    texts.flatMap(({ variants }) => variantKeys.flatMap((key) => variants.get(key) ?? [])),
  );
  return [...new Map(rows.flatMap(({ said }) => (said === null ? [] : [[JSON.stringify(said), said]]))).values()];
}

function comparedText(key: string, rows: readonly Evaluation[]): ComparedText[] {
  const full = rows.find(isReference);
  if (full === undefined) return [];
  const variants = new Map<string, Evaluation>();
  for (const row of rows) {
    const variant = variantKey(row);
    if (!isReference(row) && !variants.has(variant)) variants.set(variant, row);
  }
  return [{ key, name: full.text, domain: full.domain, full, variants }];
}

function sideOf(texts: readonly ComparedText[], variantKeys: readonly string[]): Side {
  const variants = variantKeys.map((key): [string, VariantFigures] => {
    const rows = texts.flatMap((text) => text.variants.get(key) ?? []);
    const isComplete = rows.length > 0 && rows.length === texts.length;
    return [key, { figures: isComplete ? combine(rows) : null, texts: rows.length }];
  });
  return {
    texts,
    full: texts.length === 0 ? null : combine(texts.map(({ full }) => full)),
    variants: new Map(variants),
  };
}
