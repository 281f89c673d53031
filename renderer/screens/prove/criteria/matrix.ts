// What is compared: the selection's choice by every criterion, with several numbers of experts, mixed in every way.
import type { Variant } from '../../../../electron/contract/api/evaluations.ts';
import type { Selection, SelectionRequest } from '../../../../electron/contract/api/selections.ts';
import { CRITERIA, type Criterion } from '../../../../electron/contract/criteria.ts';
import { selectionItself } from '../../../experts/selection-variant.ts';
import { variantKey } from '../proof/variants.ts';

const MIX_MODES = ['shares', 'max-min', 'weights'] as const;
export type MixMode = (typeof MIX_MODES)[number];

export type Column = {
  /** Experts kept per layer. */
  readonly keep: number;
  readonly share: number;
  /** The number that the selection keeps. */
  readonly isOwn: boolean;
};

export type Cell = { readonly column: Column; readonly variant: Variant; readonly key: string };

/** One criterion in one mix, with one cell per column. */
export type Line = {
  readonly id: string;
  readonly criterion: Criterion;
  readonly mix: MixMode;
  /** Criterion and mix are the selection's. */
  readonly isOwn: boolean;
  readonly cells: readonly Cell[];
};

export type Matrix = {
  /** The columns, with the most experts first. */
  readonly columns: readonly Column[];
  /** The ways to mix, the selection's own first; a single one if there is nothing to mix. */
  readonly mixes: readonly MixMode[];
  readonly lines: readonly Line[];
};

/** A selection that was chosen from runs: an imported mask cannot be chosen anew. */
export type ComparedSelection = Pick<Selection, 'id' | 'hash' | 'keep' | 'nExpert'> & {
  readonly request: SelectionRequest;
};

function mixModeOf(mix: SelectionRequest['mix']): MixMode {
  return Array.isArray(mix) ? 'weights' : mix;
}

export function mixesOf({ runIds, mix }: Pick<SelectionRequest, 'runIds' | 'mix'>): readonly MixMode[] {
  const own = mixModeOf(mix);
  return runIds.length === 1 ? [own] : [own, ...(['shares', 'max-min'] as const).filter((mode) => mode !== own)];
}

/** Returns the matrix. @param counts besides the selection's own, in any order */
export function matrixOf(
  selection: ComparedSelection,
  counts: readonly number[],
  criteria: readonly Criterion[] = CRITERIA,
  mixes: readonly MixMode[] = mixesOf(selection.request),
): Matrix {
  const { request, nExpert } = selection;
  const columns = [...new Set([...counts, selection.keep])]
    .filter((keep) => keep < nExpert)
    .toSorted((a, b) => b - a)
    .map((keep): Column => ({ keep, share: keep / nExpert, isOwn: keep === selection.keep }));
  const lines = mixes.flatMap((mix) =>
    criteria.map((criterion): Line => {
      const isOwnMix = mix === mixModeOf(request.mix);
      const cells = columns.map((column): Cell => {
        // fields that are as in the selection are left out, so that a choice has only one name
        const variant: Variant = {
          ...selectionItself(selection.id),
          criterion: criterion === request.criterion ? null : criterion,
          keep: column.isOwn ? null : column.keep,
          mix: isOwnMix || mix === 'weights' ? null : mix,
        };
        return { column, variant, key: variantKey({ variant, selectionHash: selection.hash }) };
      });
      return { id: `${criterion} ${mix}`, criterion, mix, isOwn: isOwnMix && criterion === request.criterion, cells };
    }),
  );
  return { columns, mixes, lines };
}

/** Returns every cell, the most informative first: with as many experts as the selection keeps, in its own mix. */
export function inMeasuringOrder({ columns, mixes, lines }: Matrix): readonly Cell[] {
  const ordered = columns.toSorted((a, b) => Number(b.isOwn) - Number(a.isOwn));
  return mixes.flatMap((mix) =>
    ordered.flatMap((column) =>
      lines.filter((line) => line.mix === mix).flatMap(({ cells }) => cells.filter((cell) => cell.column === column)),
    ),
  );
}
