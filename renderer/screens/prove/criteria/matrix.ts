// What is compared: the plan's choice by every criterion, with several counts of experts, mixed in every way.
import type { Variant } from '../../../../electron/contract/api/evaluations.ts';
import type { Plan, Selection } from '../../../../electron/contract/api/plans.ts';
import { CRITERIA, type Criterion } from '../../../../electron/contract/criteria.ts';
import { planItself } from '../../../experts/plan-variant.ts';
import { variantKey } from '../proof/variants.ts';

const MIX_MODES = ['shares', 'max-min', 'weights'] as const;
export type MixMode = (typeof MIX_MODES)[number];

export type Column = {
  /** Experts a layer. */
  readonly keep: number;
  readonly share: number;
  /** As many as the plan keeps. */
  readonly isOwn: boolean;
};

export type Cell = { readonly column: Column; readonly variant: Variant; readonly key: string };

/** One criterion in one mix, with one cell a column. */
export type Line = {
  readonly id: string;
  readonly criterion: Criterion;
  readonly mix: MixMode;
  /** Criterion and mix are the plan's. */
  readonly isOwn: boolean;
  readonly cells: readonly Cell[];
};

export type Matrix = {
  /** The most experts first. */
  readonly columns: readonly Column[];
  /** The plan's own first; a single one where there is nothing to mix. */
  readonly mixes: readonly MixMode[];
  readonly lines: readonly Line[];
};

/** A plan that was chosen from runs: an imported mask cannot be chosen anew. */
export type ChosenPlan = Pick<Plan, 'id' | 'keep' | 'nExpert'> & { readonly selection: Selection };

function mixModeOf(mix: Selection['mix']): MixMode {
  return Array.isArray(mix) ? 'weights' : mix;
}

export function mixesOf({ runIds, mix }: Pick<Selection, 'runIds' | 'mix'>): readonly MixMode[] {
  const own = mixModeOf(mix);
  return runIds.length === 1 ? [own] : [own, ...(['shares', 'max-min'] as const).filter((mode) => mode !== own)];
}

/** @param counts beside the plan's own, in any order */
export function matrixOf(
  plan: ChosenPlan,
  counts: readonly number[],
  criteria: readonly Criterion[] = CRITERIA,
  mixes: readonly MixMode[] = mixesOf(plan.selection),
): Matrix {
  const { selection, nExpert } = plan;
  const columns = [...new Set([...counts, plan.keep])]
    .filter((keep) => keep < nExpert)
    .toSorted((a, b) => b - a)
    .map((keep): Column => ({ keep, share: keep / nExpert, isOwn: keep === plan.keep }));
  const lines = mixes.flatMap((mix) =>
    criteria.map((criterion): Line => {
      const isOwnMix = mix === mixModeOf(selection.mix);
      const cells = columns.map((column): Cell => {
        // what is as in the plan is not said, so that one choice has one name
        const variant: Variant = {
          ...planItself(plan.id),
          criterion: criterion === selection.criterion ? null : criterion,
          keep: column.isOwn ? null : column.keep,
          mix: isOwnMix || mix === 'weights' ? null : mix,
        };
        return { column, variant, key: variantKey(variant) };
      });
      return { id: `${criterion} ${mix}`, criterion, mix, isOwn: isOwnMix && criterion === selection.criterion, cells };
    }),
  );
  return { columns, mixes, lines };
}

/** Every cell, those first that say most: as many as the plan keeps, in its own mix. */
export function inMeasuringOrder({ columns, mixes, lines }: Matrix): readonly Cell[] {
  const ordered = columns.toSorted((a, b) => Number(b.isOwn) - Number(a.isOwn));
  return mixes.flatMap((mix) =>
    ordered.flatMap((column) =>
      lines.filter((line) => line.mix === mix).flatMap(({ cells }) => cells.filter((cell) => cell.column === column)),
    ),
  );
}
