// Everything that the screen shows of a plan.
import { useMemo } from 'react';
import type { HeldOutText } from '../../../electron/contract/api/demos.ts';
import type { Evaluation } from '../../../electron/contract/api/evaluations.ts';
import type { Generation } from '../../../electron/contract/api/generations.ts';
import type { Plan } from '../../../electron/contract/api/plans.ts';
import { useCall } from '../../state/calls.ts';
import { useJobs } from '../../state/jobs.ts';
import { useTrailDomain, useTrailExport } from '../../state/trail-items.ts';
import { compare, ofMeasuredTexts, type Comparison } from './comparison.ts';
import { isFullModel } from './generation/checked-sets.ts';
import { shownSet } from './largest-sets.ts';
import { measuredSets, textKey, type MeasuredSet } from './measured-sets.ts';
import { useProveChoices } from './prove-choices.ts';
import { isReference, variantKey, variantOptions, type VariantOption } from './variants.ts';

export type ProofText = HeldOutText & { readonly inDomain: boolean; readonly isChosen: boolean };
export type ProofVariant = VariantOption & { readonly isChosen: boolean };

export type Proof = {
  readonly plan: Plan;
  /** What the plan is for. */
  readonly domains: readonly string[];
  /** In domain first. */
  readonly texts: readonly ProofText[];
  readonly variants: readonly ProofVariant[];
  /** Everything that was measured of the plan's model. */
  readonly rows: readonly Evaluation[];
  readonly sets: readonly MeasuredSet[];
  /** The one that is shown; undefined: nothing is measured. */
  readonly set: MeasuredSet | undefined;
  /** Of the chosen texts and variants in it. */
  readonly comparison: Comparison;
  /** Rows that the comparison is made of. */
  readonly shownIds: readonly number[];
};

const NO_ROWS: readonly Evaluation[] = [];
const NO_CHECKS: readonly Generation[] = [];

export function useProof(plan: Plan, allTexts: readonly HeldOutText[]): Proof {
  const file = useTrailExport();
  const domain = useTrailDomain();
  const exports = useCall('exports.list', {}).data;
  const evaluations = useCall('evaluations.list', {}).data ?? NO_ROWS;
  const generations = useCall('generations.list', {}).data ?? NO_CHECKS;
  const { variants: chosenVariants, texts: chosenTexts, setKey, jobId } = useProveChoices();
  const lastIds = useJobs()
    .find(({ id }) => id === jobId)
    ?.evaluationIds.join();
  return useMemo(() => {
    // a mask file does not say what it is for
    const domains = plan.domains.length > 0 || domain === null ? plan.domains : [domain.name];
    const rows = evaluations.filter((row) => (row.modelId ?? row.modelName) === (plan.modelId ?? plan.modelName));
    const measured = [...rows.filter((row) => !isReference(row)), ...generations.filter((row) => !isFullModel(row))];
    const options = variantOptions(plan, exports ?? [], file, measured);
    const measuredKeys = new Set(measured.map(({ variant }) => variantKey(variant)));
    const isUsual = ({ key, kind, variant }: VariantOption): boolean =>
      kind === 'preview' || measuredKeys.has(key) || (variant.kind === 'model' && variant.modelId === file?.modelId);
    const variants = options.map((option) => ({ ...option, isChosen: chosenVariants[option.key] ?? isUsual(option) }));
    const texts = allTexts
      .map((text) => ({
        ...text,
        inDomain: domains.includes(text.domain),
        isChosen: chosenTexts[String(text.id)] ?? true,
      }))
      .toSorted((a, b) => Number(b.inDomain) - Number(a.inDomain));
    const sets = measuredSets(rows.filter((row) => isReference(row) || isOneOf(options, row)));
    const set = shownSet(sets, setKey, lastIds?.split(',').map(Number) ?? []);
    const chosen = variants.filter(({ isChosen }) => isChosen);
    const shown = ofMeasuredTexts(
      (set?.rows ?? []).filter(
        (row) => (chosenTexts[textKey(row)] ?? true) && (isReference(row) || isOneOf(chosen, row)),
      ),
    );
    const keys = variants.flatMap(({ key, isChosen }) => (isChosen ? [key] : []));
    return {
      plan,
      domains,
      texts,
      variants,
      rows,
      sets,
      set,
      comparison: compare(shown, keys, domains),
      shownIds: shown.map(({ id }) => id),
    };
  }, [plan, allTexts, file, domain, exports, evaluations, generations, chosenVariants, chosenTexts, setKey, lastIds]);
}

function isOneOf(options: readonly VariantOption[], { variant }: Evaluation): boolean {
  const key = variantKey(variant);
  return options.some((option) => option.key === key);
}
