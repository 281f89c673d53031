// Sorts the rows of a table by one of its columns.

import type { Column } from './table-column.ts';

export type Sort = { readonly column: string; readonly descending: boolean };

/**
 * Returns the sorted rows. The order is stable; rows without a value come last in either direction, rows that are not
 * loaded keep their place.
 */
export function sortRows<Row>(
  rows: readonly (Row | undefined)[],
  columns: readonly Pick<Column<Row>, 'id' | 'sortValue'>[],
  sort: Sort | null,
  locale: string,
): readonly (Row | undefined)[] {
  const value = columns.find(({ id }) => id === sort?.column)?.sortValue;
  if (sort === null || value === undefined) return rows;
  const collator = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' });
  const direction = sort.descending ? -1 : 1;
  const keyed = rows.map((row) => ({ row, key: row === undefined ? null : value(row) }));
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
    if (typeof a.key === 'string' && typeof b.key === 'string') return direction * collator.compare(a.key, b.key);
    return direction * (Number(a.key) - Number(b.key));
  });
  return keyed.map(({ row }) => row);
}

/** Returns the order after a click on the header of a column. */
export function nextSort(sort: Sort | null, column: string): Sort {
  return { column, descending: sort?.column === column ? !sort.descending : false };
}
