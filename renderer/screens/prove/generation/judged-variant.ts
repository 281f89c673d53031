// Which variant the sentences are about.
import { SIDES } from '../comparison.ts';
import type { VariantOption } from '../variants.ts';
import type { ComparedAnswers } from './compared-answers.ts';

export function isChecked({ sides }: ComparedAnswers, variantKey: string): boolean {
  return SIDES.some((side) => (sides[side].variants.get(variantKey)?.damage ?? null) !== null);
}

/**
 * The written file where it was checked, otherwise the plan's preview.
 * @param first before all others, where it was checked
 */
export function judgedVariant<Variant extends Pick<VariantOption, 'key' | 'kind'>>(
  variants: readonly Variant[],
  compared: readonly ComparedAnswers[],
  first?: Variant,
): Variant | undefined {
  const checked = variants.filter(({ key }) => compared.some((one) => isChecked(one, key)));
  return checked.find(({ key }) => key === first?.key) ?? checked.find(({ kind }) => kind === 'file') ?? checked[0];
}
