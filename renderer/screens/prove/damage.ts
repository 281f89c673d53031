// How much worse than the full model a variant is.
import { isSevere } from '../../../electron/contract/severity.ts';
import type { Side } from './comparison.ts';

export type Damage = {
  /** Of the full model's perplexity: 0.1 is a tenth more. */
  readonly rise: number;
  /** Share of tokens with the same first choice. */
  readonly same: number;
  readonly isSevere: boolean;
};

/** @returns null: not measured */
export function damageOf({ full, variants }: Side, variantKey: string): Damage | null {
  const figures = variants.get(variantKey)?.figures;
  if (!full || !figures?.top1) return null;
  const rise = figures.perplexity.value / full.perplexity.value - 1;
  const same = figures.top1.value;
  return { rise, same, isSevere: isSevere({ rise, agreement: same }) };
}
