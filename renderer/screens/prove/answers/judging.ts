// Which variant the sentences are about, and which faults it has more often than chance explains.
import { GENERATION_CHECKS, isWorse, type GenerationCheck } from '../../../../electron/contract/generation-checks.ts';
import { SIDES } from '../proof/sides.ts';
import type { VariantOption } from '../proof/variants.ts';
import type { AnswerSide, ComparedAnswers } from './compared-answers.ts';

export function isChecked({ sides }: ComparedAnswers, variantKey: string): boolean {
  return SIDES.some((side) => (sides[side].variants.get(variantKey)?.damage ?? null) !== null);
}

/**
 * Returns the selection's written file if it was checked, otherwise its preview: never another choice.
 * @param first takes precedence if it was checked
 */
export function judgedVariant<Variant extends Pick<VariantOption, 'key' | 'kind' | 'isOwn'>>(
  variants: readonly Variant[],
  compared: readonly ComparedAnswers[],
  first?: Variant,
): Variant | undefined {
  const checked = variants.filter(({ key, isOwn }) => isOwn && compared.some((one) => isChecked(one, key)));
  return checked.find(({ key }) => key === first?.key) ?? checked.find(({ kind }) => kind === 'file') ?? checked[0];
}

export type Worse = {
  readonly check: GenerationCheck;
  /** Shares of completions. */
  readonly share: number;
  readonly full: number;
};

/** Returns what is worse, in the order of the checks: loops first. */
export function worseThanFull({ figures: full, variants }: AnswerSide, variantKey: string): readonly Worse[] {
  const { figures, damage } = variants.get(variantKey) ?? {};
  if (!full || !figures || !damage) return [];
  return GENERATION_CHECKS.flatMap((check): Worse[] => {
    if (!isWorse(check, damage.differences[check])) return [];
    const [share, own] = [figures.rates[check], full.rates[check]];
    return share && own ? [{ check, share: share.value, full: own.value }] : [];
  });
}
