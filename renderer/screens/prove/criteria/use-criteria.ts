// The compared criteria of a selection: what can be compared, what was measured, what is missing and how long that takes.
import { useMemo } from 'react';
import type { Evaluation, Variant } from '../../../../electron/contract/api/evaluations.ts';
import { CRITERIA, type Criterion } from '../../../../electron/contract/criteria.ts';
import type { ErrorData } from '../../../../electron/contract/errors.ts';
import { useCall } from '../../../state/calls.ts';
import { useJobs } from '../../../state/jobs.ts';
import { useMadeIds } from '../proof/job-news.tsx';
import { shownSet } from '../proof/largest-sets.ts';
import { useAmount, useProveChoices } from '../proof/prove-choices.ts';
import type { Proof } from '../proof/use-proof.ts';
import { isReference, variantKey } from '../proof/variants.ts';
import { compare, ofMeasuredTexts, type Comparison } from '../texts/comparison.ts';
import { measuredSets, textKey, type MeasuredSet } from '../texts/measured-sets.ts';
import type { ProofText } from '../texts/use-measured-texts.ts';
import { inMeasuringOrder, matrixOf, mixesOf, type ComparedSelection, type Matrix, type MixMode } from './matrix.ts';
import { missingOf, secondsPerReadToken, tokensToRead } from './missing.ts';

export type Criteria = {
  readonly selection: ComparedSelection;
  /** All mixes that can be compared; `matrix` has those that are. */
  readonly mixes: readonly MixMode[];
  readonly matrix: Matrix;
  readonly sets: readonly MeasuredSet[];
  /** The set of measurements that is shown; undefined: nothing is measured. */
  readonly set: MeasuredSet | undefined;
  readonly comparison: Comparison;
  /** The rows of the comparison, without the full model's. */
  readonly rows: readonly Evaluation[];
  /** Variants not yet measured to the chosen extent, in the order of measuring. */
  readonly missing: readonly Variant[];
  readonly total: number;
  /** Duration of measuring them; null: not known. */
  readonly seconds: number | null;
  /** Why the counts are not known: the runs have gone. */
  readonly error: ErrorData | null;
};

/** Whether it always takes part: a random choice is the baseline, and the selection's own choice is what the others are compared with. */
export function isFixed(name: Criterion | MixMode, { request }: ComparedSelection): boolean {
  return name === 'random' || name === request.criterion || name === mixesOf(request)[0];
}

/** @returns null for a selection that was not chosen from runs */
export function useCriteria({ selection, evaluations, domains }: Proof, texts: readonly ProofText[]): Criteria | null {
  const { request } = selection;
  const { compared, texts: chosenTexts, setKey, jobId } = useProveChoices();
  const [amount] = useAmount();
  const jobs = useJobs();
  const { runIds = [], pins = [], drops = [], grouping = selection.grouping } = request ?? {};
  const steps = useCall('selections.steps', { runIds, pins, drops, grouping }, { enabled: request !== null });
  const madeIds = useMadeIds(jobId, 'evaluationIds');
  const shown = useMemo(() => {
    if (request === null) return null;
    const chosen: ComparedSelection = { ...selection, request };
    const takesPart = (name: Criterion | MixMode): boolean => isFixed(name, chosen) || (compared[name] ?? true);
    const mixes = mixesOf(request);
    const ofSelection = evaluations.filter(
      ({ variant }) => variant.kind === 'preview' && variant.selectionId === selection.id,
    );
    const measuredCounts = ofSelection.flatMap(({ variant }) =>
      variant.kind === 'preview' ? (variant.keep ?? []) : [],
    );
    const counts = steps.data?.flatMap(({ keep }) => keep ?? []) ?? measuredCounts;
    const matrix = matrixOf(chosen, counts, CRITERIA.filter(takesPart), mixes.filter(takesPart));
    const cells = inMeasuringOrder(matrix);
    const keys = new Set(cells.map(({ key }) => key));
    const sets = measuredSets(evaluations.filter((row) => isReference(row) || keys.has(variantKey(row))));
    const set = shownSet(sets, setKey, madeIds);
    const shownRows = ofMeasuredTexts((set?.rows ?? []).filter((row) => chosenTexts[textKey(row)] ?? true));
    const comparison = compare(shownRows, [...keys], domains);
    return {
      selection: chosen,
      mixes,
      matrix,
      cells,
      sets,
      set,
      comparison,
      rows: shownRows.filter((row) => !isReference(row)),
    };
  }, [selection, request, evaluations, domains, compared, chosenTexts, setKey, madeIds, steps.data]);
  if (shown === null) return null;
  const chosenNow = texts.filter(({ isChosen }) => isChosen);
  const missing = missingOf(shown.cells, chosenNow, amount, evaluations);
  const perToken = secondsPerReadToken(jobs, evaluations);
  const tokens = missing.length * tokensToRead(chosenNow, amount, evaluations);
  return {
    ...shown,
    missing: missing.map(({ variant }) => variant),
    total: shown.cells.length,
    seconds: perToken === null ? null : perToken * tokens,
    error: steps.error?.toData() ?? null,
  };
}
