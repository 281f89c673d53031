// Which variant the sentences are about.
import { SIDES } from '../comparison.ts';
import type { ProofVariant } from '../use-proof.ts';
import type { ComparedAnswers } from './compared-answers.ts';

/** The written file where it was checked, otherwise the plan's preview. */
export function judgedVariant(
  variants: readonly ProofVariant[],
  compared: readonly ComparedAnswers[],
): ProofVariant | undefined {
  const isChecked = ({ key }: ProofVariant): boolean =>
    compared.some(({ sides }) => SIDES.some((side) => sides[side].variants.get(key)?.damage));
  const checked = variants.filter(isChecked);
  return checked.find(({ kind }) => kind === 'file') ?? checked.find(({ kind }) => kind === 'preview') ?? checked[0];
}
