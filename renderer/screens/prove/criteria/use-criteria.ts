// The compared criteria of a plan: what there is to compare, what was measured of it, what is missing and how long it takes.
import { useMemo } from 'react';
import type { Evaluation, Variant } from '../../../../electron/contract/api/evaluations.ts';
import { CRITERIA, type Criterion } from '../../../../electron/contract/criteria.ts';
import type { ErrorData } from '../../../../electron/contract/errors.ts';
import { useCall } from '../../../state/calls.ts';
import { useJobs } from '../../../state/jobs.ts';
import { compare, ofMeasuredTexts, type Comparison } from '../comparison.ts';
import { shownSet } from '../largest-sets.ts';
import { measuredSets, textKey, type MeasuredSet } from '../measured-sets.ts';
import { useAmount, useProveChoices } from '../prove-choices.ts';
import type { Proof } from '../use-proof.ts';
import { isReference, variantKey } from '../variants.ts';
import { inMeasuringOrder, matrixOf, mixesOf, type ChosenPlan, type Matrix, type MixMode } from './matrix.ts';
import { missingOf, secondsPerToken, tokensToRead } from './missing.ts';

export type Criteria = {
  readonly plan: ChosenPlan;
  /** All that can be compared; `matrix` has those that are. */
  readonly mixes: readonly MixMode[];
  readonly matrix: Matrix;
  readonly sets: readonly MeasuredSet[];
  /** The one that is shown; undefined: nothing is measured. */
  readonly set: MeasuredSet | undefined;
  readonly comparison: Comparison;
  /** Rows that the comparison is made of, without the full model's. */
  readonly rows: readonly Evaluation[];
  /** Not measured in the chosen amount, in the order in which it is to be. */
  readonly missing: readonly Variant[];
  readonly total: number;
  /** What measuring takes; null: not known. */
  readonly seconds: number | null;
  /** Why the counts are not known: the runs are gone. */
  readonly error: ErrorData | null;
};

/** Chance is the floor, and the plan's own choice is what the others are held against: they always take part. */
export function isFixed(name: Criterion | MixMode, { selection }: ChosenPlan): boolean {
  return name === 'random' || name === selection.criterion || name === mixesOf(selection)[0];
}

/** @returns null for a plan that was not chosen from runs */
export function useCriteria({ plan, rows, texts, domains }: Proof): Criteria | null {
  const { selection } = plan;
  const { compared, texts: chosenTexts, setKey, jobId } = useProveChoices();
  const [amount] = useAmount();
  const jobs = useJobs();
  const { runIds = [], pins = [], drops = [], grouping = plan.grouping } = selection ?? {};
  const steps = useCall('plans.steps', { runIds, pins, drops, grouping }, { enabled: selection !== null });
  const lastIds = jobs.find(({ id }) => id === jobId)?.evaluationIds.join();
  const shown = useMemo(() => {
    if (selection === null) return null;
    const chosen: ChosenPlan = { ...plan, selection };
    const takesPart = (name: Criterion | MixMode): boolean => isFixed(name, chosen) || (compared[name] ?? true);
    const mixes = mixesOf(selection);
    const ofPlan = rows.filter(({ variant }) => variant.kind === 'preview' && variant.planId === plan.id);
    const measuredCounts = ofPlan.flatMap(({ variant }) => (variant.kind === 'preview' ? (variant.keep ?? []) : []));
    const counts = steps.data?.flatMap(({ keep }) => keep ?? []) ?? measuredCounts;
    const matrix = matrixOf(chosen, counts, CRITERIA.filter(takesPart), mixes.filter(takesPart));
    const cells = inMeasuringOrder(matrix);
    const keys = new Set(cells.map(({ key }) => key));
    const sets = measuredSets(rows.filter((row) => isReference(row) || keys.has(variantKey(row.variant))));
    const set = shownSet(sets, setKey, lastIds?.split(',').map(Number) ?? []);
    const shownRows = ofMeasuredTexts((set?.rows ?? []).filter((row) => chosenTexts[textKey(row)] ?? true));
    const comparison = compare(shownRows, [...keys], domains);
    return {
      plan: chosen,
      mixes,
      matrix,
      cells,
      sets,
      set,
      comparison,
      rows: shownRows.filter((row) => !isReference(row)),
    };
  }, [plan, selection, rows, domains, compared, chosenTexts, setKey, lastIds, steps.data]);
  if (shown === null) return null;
  const chosenNow = texts.filter(({ isChosen }) => isChosen);
  const missing = missingOf(shown.cells, chosenNow, amount, rows);
  const perToken = secondsPerToken(jobs, rows);
  const tokens = missing.length * tokensToRead(chosenNow, amount, rows);
  return {
    ...shown,
    missing: missing.map(({ variant }) => variant),
    total: shown.cells.length,
    seconds: perToken === null ? null : perToken * tokens,
    error: steps.error?.toData() ?? null,
  };
}
