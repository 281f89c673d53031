// Rows that can be sorted and selected, even ten thousand of them: only visible ones are rendered. One tab stop; arrow
// keys move between rows, right and left reach buttons inside a row (`excludeFromTabOrder` takes these out of the tab
// order).
import { useMemo, useRef, useState, type CSSProperties, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from './class-names.ts';
import styles from './data-table.module.css';
import kit from './primitives.module.css';
import type { SelectionMode } from './row-selection.ts';
import { fittingColumns, type Column } from './table-column.ts';
import { TableHead } from './table-head.tsx';
import { TableRow } from './table-row.tsx';
import { useRowWindow } from './use-row-window.ts';
import { useTableInteraction } from './use-table-interaction.ts';
import { useWidth } from './use-width.ts';
import { sortRows, type Sort } from './table-sorting.ts';

type DataTableProps<Row> = {
  readonly label: string;
  /** To be kept by `useMemo`; otherwise every row is rendered again while scrolling. */
  readonly columns: readonly Column<Row>[];
  /** undefined: the row is not loaded yet. */
  readonly rows: readonly (Row | undefined)[];
  readonly rowKey: (row: Row) => string;
  readonly sort?: Sort | null;
  readonly onSortChange?: (sort: Sort) => void;
  readonly selectionMode?: SelectionMode;
  readonly selectedKeys?: ReadonlySet<string>;
  readonly onSelectionChange?: (keys: ReadonlySet<string>) => void;
  /** Called on Enter and double click. */
  readonly onRowAction?: (row: Row) => void;
  /** Called on Delete and Backspace. */
  readonly onDelete?: () => void;
  /** Shown instead of rows if there are none. */
  readonly empty?: ReactNode;
  readonly rowHeight?: number;
  /** As high as its rows if there is room, so that what is below follows directly. Otherwise it takes all available room. */
  readonly isAsHighAsRows?: boolean;
};

/** In pixels; the same as in the style sheet. */
const HEAD_HEIGHT = 31;
/** The height of the head and two rows. */
const LEAST_HEIGHT = 112;
/** Rows that are always visible, however low the window is. */
const LEAST_ROWS = 3;

const NOTHING: ReadonlySet<string> = new Set();

export function DataTable<Row>(props: DataTableProps<Row>): ReactNode {
  const { label, columns: all, rows, rowKey, sort = null, onSortChange, empty, rowHeight = 32 } = props;
  const { selectionMode = 'none', selectedKeys = NOTHING, isAsHighAsRows = false } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [activeKey, setActiveKey] = useState<string | null>(null);

  const [body, width] = useWidth();
  const columns = useMemo(() => (width === 0 ? all : fittingColumns(all, width)), [all, width]);
  const { shown, keys } = useShownRows(rows, all, sort, rowKey);
  const activeIndex = Math.max(0, activeKey === null ? 0 : keys.indexOf(activeKey));
  const template = columns.map(({ width }) => width).join(' ');

  const virtualizer = useRowWindow({ count: shown.length, rowHeight, activeIndex, scroller });
  const listeners = useTableInteraction({
    ...props,
    selectionMode,
    selectedKeys,
    rowHeight,
    shown,
    keys,
    activeKey,
    setActiveKey,
    scroller,
    scrollToRow: (index) => virtualizer.scrollToIndex(index),
  });

  return (
    <div
      role="grid"
      aria-label={label}
      aria-rowcount={shown.length + 1}
      aria-colcount={columns.length}
      aria-multiselectable={selectionMode === 'multiple'}
      className={classNames(kit.stack, kit.fill)}
      style={tableHeight(shown.length, rowHeight, isAsHighAsRows)}
    >
      <div ref={scroller} role="presentation" className={classNames(kit.scroll, styles.scroller)}>
        <TableHead columns={columns} template={template} sort={sort} onSortChange={onSortChange} />
        <div
          ref={body}
          role="rowgroup"
          className={styles.body}
          style={{ height: virtualizer.getTotalSize() }}
          {...listeners}
        >
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const key = keys[index] ?? '';
            return (
              <TableRow
                key={key}
                row={shown[index]}
                index={index}
                start={start}
                height={rowHeight}
                columns={columns}
                template={template}
                isSelected={selectionMode === 'none' ? undefined : selectedKeys.has(key)}
                isActive={index === activeIndex}
              />
            );
          })}
        </div>
        {shown.length === 0 && <div className={styles.none}>{empty}</div>}
      </div>
    </div>
  );
}

/** The smallest height shows whole rows. */
function tableHeight(rows: number, rowHeight: number, isAsHighAsRows: boolean): CSSProperties {
  const minHeight = Math.max(LEAST_HEIGHT, HEAD_HEIGHT + Math.min(rows, LEAST_ROWS) * rowHeight);
  if (!isAsHighAsRows) return { minHeight };
  return { flex: `0 1 ${Math.max(minHeight, HEAD_HEIGHT + rows * rowHeight)}px`, minHeight };
}

/** The rows in their order, each with its key. */
function useShownRows<Row>(
  rows: DataTableProps<Row>['rows'],
  columns: DataTableProps<Row>['columns'],
  sort: Sort | null,
  rowKey: (row: Row) => string,
): { readonly shown: readonly (Row | undefined)[]; readonly keys: readonly string[] } {
  const { i18n } = useTranslation();
  const shown = useMemo(() => sortRows(rows, columns, sort, i18n.language), [rows, columns, sort, i18n.language]);
  const keys = useMemo(
    () => shown.map((row, index) => (row === undefined ? `loading ${index}` : rowKey(row))),
    [shown, rowKey],
  );
  return { shown, keys };
}
