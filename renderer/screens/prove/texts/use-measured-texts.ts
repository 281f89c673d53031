// Measurements on texts: those of the selection and its files, on the chosen texts.
import { useMemo } from 'react';
import type { HeldOutText } from '../../../../electron/contract/api/demos.ts';
import type { Evaluation } from '../../../../electron/contract/api/evaluations.ts';
import { useMadeIds } from '../proof/job-news.tsx';
import { shownSet } from '../proof/largest-sets.ts';
import { useProveChoices } from '../proof/prove-choices.ts';
import { ownAndChosen, type Proof } from '../proof/use-proof.ts';
import { isReference, variantKey, type VariantOption } from '../proof/variants.ts';
import { compare, ofMeasuredTexts, type Comparison } from './comparison.ts';
import { measuredSets, textKey, type MeasuredSet } from './measured-sets.ts';

export type ProofText = HeldOutText & { readonly inDomain: boolean; readonly isChosen: boolean };

export type MeasuredTexts = {
  /** The texts, those inside the domain first. */
  readonly texts: readonly ProofText[];
  readonly sets: readonly MeasuredSet[];
  /** The set of measurements that is shown; undefined: nothing is measured. */
  readonly set: MeasuredSet | undefined;
  /** Comparison of the chosen texts and variants. */
  readonly comparison: Comparison;
  /** The comparison is not empty. */
  readonly isMeasured: boolean;
};

export function useMeasuredTexts(
  { domains, variants, evaluations }: Proof,
  allTexts: readonly HeldOutText[],
): MeasuredTexts {
  const { texts: chosenTexts, setKey, jobId } = useProveChoices();
  const madeIds = useMadeIds(jobId, 'evaluationIds');
  return useMemo(() => {
    const texts = allTexts
      .map((text) => ({
        ...text,
        inDomain: domains.includes(text.domain),
        isChosen: chosenTexts[String(text.id)] ?? true,
      }))
      .toSorted((a, b) => Number(b.inDomain) - Number(a.inDomain));
    const rows = evaluations.filter((row) => isReference(row) || isOneOf(ownAndChosen(variants), row));
    // the full model alone says nothing about the selection
    const sets = measuredSets(rows).filter((one) => !one.rows.every(isReference));
    const set = shownSet(sets, setKey, madeIds);
    const chosen = variants.filter(({ isChosen }) => isChosen);
    const shown = ofMeasuredTexts(
      (set?.rows ?? []).filter(
        (row) => (chosenTexts[textKey(row)] ?? true) && (isReference(row) || isOneOf(chosen, row)),
      ),
    );
    const keys = chosen.map(({ key }) => key);
    return { texts, sets, set, comparison: compare(shown, keys, domains), isMeasured: shown.length > 0 };
  }, [allTexts, domains, variants, evaluations, chosenTexts, setKey, madeIds]);
}

function isOneOf(options: readonly VariantOption[], row: Evaluation): boolean {
  const key = variantKey(row);
  return options.some((option) => option.key === key);
}
