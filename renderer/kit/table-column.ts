// A column of a table.
import type { ReactNode } from 'react';

type SortValue = string | number | boolean | null;

export type Column<Row> = {
  readonly id: string;
  readonly header: string;
  /** The header is only for screen readers, for example above buttons. */
  readonly isHeaderHidden?: boolean;
  /** Explains the header, shown on hover. */
  readonly headerTitle?: string;
  /** A grid track: "96px", "minmax(160px, 2fr)". */
  readonly width: string;
  /** Numbers are right-aligned. */
  readonly isNumeric?: boolean;
  /** If the table is too narrow for all columns, those with the highest number are left out first. Absent: the column always stays. */
  readonly leaves?: number;
  readonly cell: (row: Row) => ReactNode;
  /** Makes the column sortable by this value. */
  readonly sortValue?: (row: Row) => SortValue;
};

/** Returns the columns that fit into a table of this width, in their order. */
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

/** Smallest width in pixels, from the grid track. */
function leastWidth({ width }: Pick<Column<unknown>, 'width'>): number {
  return Number(/(\d+)px/.exec(width)?.[1] ?? 0);
}
