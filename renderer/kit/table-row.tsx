// A rendered row. It has its index as an attribute, by which the table recognises it in events.
import { memo, type ReactNode } from 'react';
import { classNames } from './class-names.ts';
import styles from './data-table.module.css';
import kit from './primitives.module.css';
import { Skeleton } from './skeleton.tsx';
import type { Column } from './table-column.ts';

type TableRowProps<Row> = {
  /** undefined: not loaded yet. */
  readonly row: Row | undefined;
  readonly index: number;
  /** Pixels from the top of the first row. */
  readonly start: number;
  readonly height: number;
  readonly columns: readonly Column<Row>[];
  readonly template: string;
  /** undefined: rows cannot be selected. */
  readonly isSelected: boolean | undefined;
  /** The row is the table's only tab stop. */
  readonly isActive: boolean;
};

function PlainTableRow<Row>(props: TableRowProps<Row>): ReactNode {
  const { row, index, start, height, columns, template, isSelected, isActive } = props;
  return (
    <div
      role="row"
      data-index={index}
      aria-rowindex={index + 2}
      {...(isSelected !== undefined && { 'aria-selected': isSelected })}
      tabIndex={isActive ? 0 : -1}
      className={styles.row}
      style={{ gridTemplateColumns: template, height, transform: `translateY(${start}px)` }}
    >
      {columns.map(({ id, cell, isNumeric }, column) => {
        const content = row === undefined ? <Skeleton height={12} width="60%" /> : cell(row);
        return (
          <div
            key={id}
            role={column === 0 ? 'rowheader' : 'gridcell'}
            className={classNames(kit.ellipsis, styles.cell, isNumeric && styles.end)}
            // what the column's width cuts off
            title={typeof content === 'string' ? content : undefined}
          >
            {content}
          </div>
        );
      })}
    </div>
  );
}

/** Memoised, so that scrolling renders only rows that become visible. */
export const TableRow = memo(PlainTableRow) as typeof PlainTableRow;
