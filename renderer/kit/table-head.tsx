// The row of headers, which sort the table.
import { ArrowDown, ArrowUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { VisuallyHidden } from 'react-aria-components';
import { classNames } from './class-names.ts';
import styles from './data-table.module.css';
import kit from './primitives.module.css';
import type { Column } from './table-column.ts';
import { nextSort, type Sort } from './table-sorting.ts';

type TableHeadProps<Row> = {
  readonly columns: readonly Column<Row>[];
  readonly template: string;
  readonly sort: Sort | null;
  readonly onSortChange: ((sort: Sort) => void) | undefined;
};

export function TableHead<Row>({ columns, template, sort, onSortChange }: TableHeadProps<Row>): ReactNode {
  return (
    <div role="rowgroup" className={styles.head}>
      <div
        role="row"
        aria-rowindex={1}
        className={classNames(kit.note, styles.headRow)}
        style={{ gridTemplateColumns: template }}
      >
        {columns.map((column) => {
          const isSorted = sort?.column === column.id;
          const isSortable = column.sortValue !== undefined && onSortChange !== undefined;
          const Mark = isSorted && sort.descending ? ArrowDown : ArrowUp;
          return (
            <div
              key={column.id}
              role="columnheader"
              title={column.headerTitle}
              {...(isSortable && { 'aria-sort': isSorted ? (sort.descending ? 'descending' : 'ascending') : 'none' })}
              className={classNames(kit.ellipsis, styles.cell, column.isNumeric && styles.end)}
            >
              {isSortable ? (
                <button
                  type="button"
                  data-sorted={isSorted || undefined}
                  className={classNames(kit.inline, styles.sort)}
                  onClick={() => onSortChange(nextSort(sort, column.id))}
                >
                  {column.isNumeric && <Mark size={12} aria-hidden className={styles.mark} />}
                  {column.header}
                  {!column.isNumeric && <Mark size={12} aria-hidden className={styles.mark} />}
                </button>
              ) : column.isHeaderHidden ? (
                <VisuallyHidden>{column.header}</VisuallyHidden>
              ) : (
                column.header
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
