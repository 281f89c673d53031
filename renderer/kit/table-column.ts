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
  readonly cell: (row: Row) => ReactNode;
  /** Makes the column sortable. */
  readonly sortValue?: (row: Row) => SortValue;
};
