// What clicks and keys do in the rows of a table. One listener serves all rows: a row carries its index.
import { useEffect, useRef, useState, type KeyboardEvent, type MouseEvent, type RefObject } from 'react';
import { rowAfterKey, selectRow, type Modifiers, type RowSelection, type SelectionMode } from './row-selection.ts';
import { focusRow, moveInsideRow, rowIndex } from './table-focus.ts';

type TableInteraction<Row> = {
  /** The rows in the order shown; undefined: not loaded yet. */
  readonly shown: readonly (Row | undefined)[];
  readonly keys: readonly string[];
  readonly activeKey: string | null;
  readonly setActiveKey: (key: string | null) => void;
  readonly scroller: RefObject<HTMLElement | null>;
  readonly scrollToRow: (index: number) => void;
  readonly rowHeight: number;
  readonly selectionMode: SelectionMode;
  readonly selectedKeys: ReadonlySet<string>;
  readonly onSelectionChange?: (keys: ReadonlySet<string>) => void;
  readonly onRowAction?: (row: Row) => void;
  readonly onDelete?: () => void;
};

type Listeners = {
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onFocus: (event: { readonly target: EventTarget }) => void;
  readonly onClick: (event: MouseEvent) => void;
  readonly onDoubleClick: (event: MouseEvent) => void;
};

/** Controls in a row handle clicks and keys themselves. */
const OWN_MEANING = 'button, a, input, [role="button"]';

export function useTableInteraction<Row>(table: TableInteraction<Row>): Listeners {
  const { shown, keys, setActiveKey, scroller, scrollToRow, onRowAction } = table;
  const select = useRowSelecting(table);
  const noteRow = useFocusKeeping(table);

  const moveTo = (index: number, extend: boolean): void => {
    const key = keys[index];
    if (key === undefined || shown[index] === undefined) return;
    setActiveKey(key);
    select(key, { extend, toggle: false });
    scrollToRow(index);
    focusRow(scroller.current, index);
  };

  return {
    onKeyDown: (event) => {
      const index = rowIndex(event.target);
      if (index === undefined) return;
      const isInside = event.target instanceof Element && !event.target.hasAttribute('data-index');
      const isSideways = event.key === 'ArrowRight' || event.key === 'ArrowLeft';
      const isDone = isSideways
        ? moveInsideRow(event.target, event.key)
        : !isInside && onRowKey(event, index, table, select, moveTo);
      if (isDone) event.preventDefault();
    },
    onFocus: ({ target }) => {
      const index = rowIndex(target);
      if (index === undefined) return;
      noteRow(index);
      setActiveKey(keys[index] ?? null);
    },
    onClick: (event) => {
      const key = keys[rowIndex(event.target) ?? -1];
      if (key === undefined || !(event.target instanceof Element) || event.target.closest(OWN_MEANING)) return;
      select(key, { extend: event.shiftKey, toggle: event.ctrlKey || event.metaKey });
    },
    onDoubleClick: (event) => {
      const row = shown[rowIndex(event.target) ?? -1];
      if (row !== undefined) onRowAction?.(row);
    },
  };
}

type Select = (key: string, modifiers: Modifiers) => void;

function useRowSelecting<Row>({ selectionMode, selectedKeys, keys, onSelectionChange }: TableInteraction<Row>): Select {
  const [anchor, setAnchor] = useState<string | null>(null);
  return (key, modifiers) => {
    if (selectionMode === 'none') return;
    const current: RowSelection = { keys: selectedKeys, anchor };
    const plain = { extend: false, toggle: false };
    const next = selectRow(current, key, selectionMode === 'multiple' ? modifiers : plain, keys);
    setAnchor(next.anchor);
    onSelectionChange?.(next.keys);
  };
}

/** Keeps the focus in the table when its row is deleted. @returns a function to call with the index of the focused row */
function useFocusKeeping<Row>({ keys, activeKey, scroller }: TableInteraction<Row>): (index: number) => void {
  const lastIndex = useRef(0);
  useEffect(() => {
    const isGone = activeKey !== null && !keys.includes(activeKey);
    if (isGone && document.activeElement === document.body) {
      focusRow(scroller.current, Math.min(lastIndex.current, keys.length - 1));
    }
  }, [keys, activeKey, scroller]);
  return (index) => {
    lastIndex.current = index;
  };
}

/** Handles keys that refer to the row, not to a button in it. @returns whether the key had a meaning */
function onRowKey<Row>(
  event: KeyboardEvent,
  index: number,
  table: TableInteraction<Row>,
  select: Select,
  moveTo: (index: number, extend: boolean) => void,
): boolean {
  const { shown, keys, scroller, rowHeight, selectionMode, onRowAction, onDelete, onSelectionChange } = table;
  const row = shown[index];
  const key = keys[index];
  if (row === undefined || key === undefined) return false;
  const pageRows = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);
  const target = rowAfterKey(event.key, index, shown.length, pageRows);
  const isAll = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'a' && selectionMode === 'multiple';
  if (target !== undefined) moveTo(target, event.shiftKey);
  else if (event.key === ' ') select(key, { extend: event.shiftKey, toggle: true });
  else if (event.key === 'Enter' && onRowAction) onRowAction(row);
  else if ((event.key === 'Delete' || event.key === 'Backspace') && onDelete) onDelete();
  else if (isAll) onSelectionChange?.(new Set(keys.filter((_, at) => shown[at] !== undefined)));
  else return false;
  return true;
}
