// Which rows a click or a key selects, as in file managers: Shift extends from the anchor, Ctrl or Command toggles.

export type SelectionMode = 'none' | 'single' | 'multiple';

export type RowSelection = {
  readonly keys: ReadonlySet<string>;
  /** The row where a range begins. */
  readonly anchor: string | null;
};

export type Modifiers = { readonly extend: boolean; readonly toggle: boolean };

/** Returns the new selection. @param order keys of the rows in the order shown */
export function selectRow(
  selection: RowSelection,
  key: string,
  { extend, toggle }: Modifiers,
  order: readonly string[],
): RowSelection {
  if (extend && selection.anchor !== null) {
    const from = order.indexOf(selection.anchor);
    const to = order.indexOf(key);
    if (from >= 0 && to >= 0) {
      return {
        keys: new Set(order.slice(Math.min(from, to), Math.max(from, to) + 1)),
        anchor: selection.anchor,
      };
    }
  }
  if (!toggle) return { keys: new Set([key]), anchor: key };
  const keys = new Set(selection.keys);
  if (!keys.delete(key)) keys.add(key);
  return { keys, anchor: key };
}

/** @returns the row that a navigation key leads to; undefined: it is a different key */
export function rowAfterKey(key: string, current: number, rowCount: number, pageRows: number): number | undefined {
  const last = rowCount - 1;
  switch (key) {
    case 'ArrowDown':
      return Math.min(last, current + 1);
    case 'ArrowUp':
      return Math.max(0, current - 1);
    case 'PageDown':
      return Math.min(last, current + pageRows);
    case 'PageUp':
      return Math.max(0, current - pageRows);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}
