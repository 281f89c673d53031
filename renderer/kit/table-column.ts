// What a column of a table shows.
import type { ReactNode } from 'react';

type SortValue = string | number | boolean | null;

export type Column<Row> = {
  readonly id: string;
  readonly header: string;
  /** The header is read out but not shown, above buttons and the like. */
  readonly isHeaderHidden?: boolean;
  /** Explains the header, read on hover. */
  readonly headerTitle?: string;
  /** A grid track: "96px", "minmax(160px, 2fr)". */
  readonly width: string;
  /** Numbers end at the right. */
  readonly isNumeric?: boolean;
  /** Where the table is too narrow for all columns, those with the highest number leave first. None: it stays. */
  readonly leaves?: number;
  readonly cell: (row: Row) => ReactNode;
  /** Makes the column sortable. */
  readonly sortValue?: (row: Row) => SortValue;
};

/** Those that a table of this width has room for, in their order. */
export function fittingColumns<Row>(columns: readonly Column<Row>[], width: number): readonly Column<Row>[] {
  const needed = columns.reduce((sum, column) => sum + leastWidth(column), 0);
  if (needed <= width) return columns;
  const last = Math.max(...columns.map(({ leaves = 0 }) => leaves));
  if (last === 0) return columns;
  return fittingColumns(
    columns.filter(({ leaves }) => leaves !== last),
    width,
  );
}

/** In pixels, as the grid track says. */
function leastWidth({ width }: Pick<Column<unknown>, 'width'>): number {
  return Number(/(\d+)px/.exec(width)?.[1] ?? 0);
}
