import { describe, expect, it } from 'vitest';
import { rowAfterKey, selectRow } from '../../../renderer/kit/row-selection.ts';
import { fittingColumns } from '../../../renderer/kit/table-column.ts';
import { nextSort, sortRows } from '../../../renderer/kit/table-sorting.ts';

const order = ['a', 'b', 'c', 'd'];
const plain = { extend: false, toggle: false };

describe('selecting rows', () => {
  it('replaces what was selected', () => {
    expect(selectRow({ keys: new Set(['a', 'b']), anchor: 'a' }, 'c', plain, order)).toEqual({
      keys: new Set(['c']),
      anchor: 'c',
    });
  });

  it('extends from the anchor in both directions, and keeps it', () => {
    const from = { keys: new Set(['c']), anchor: 'c' };
    expect(selectRow(from, 'a', { extend: true, toggle: false }, order)).toEqual({
      keys: new Set(['a', 'b', 'c']),
      anchor: 'c',
    });
    expect(selectRow(from, 'd', { extend: true, toggle: false }, order).keys).toEqual(new Set(['c', 'd']));
  });

  it('begins anew when the anchor is not shown any more', () => {
    expect(selectRow({ keys: new Set(['x']), anchor: 'x' }, 'b', { extend: true, toggle: false }, order)).toEqual({
      keys: new Set(['b']),
      anchor: 'b',
    });
  });

  it('toggles one row', () => {
    const both = selectRow({ keys: new Set(['a']), anchor: 'a' }, 'b', { extend: false, toggle: true }, order);
    expect(both.keys).toEqual(new Set(['a', 'b']));
    expect(selectRow(both, 'a', { extend: false, toggle: true }, order).keys).toEqual(new Set(['b']));
  });

  it.each([
    ['ArrowDown', 3, 3],
    ['ArrowUp', 0, 0],
    ['PageDown', 1, 3],
    ['PageUp', 3, 1],
    ['Home', 2, 0],
    ['End', 0, 3],
    ['x', 0, undefined],
  ])('%s leads from row %d to %s', (key, from, to) => {
    expect(rowAfterKey(key, from, 4, 2)).toBe(to);
  });
});

type Row = { readonly name: string; readonly size: number | null };

describe('sorting rows', () => {
  const rows: Row[] = [
    { name: 'model 10', size: 3 },
    { name: 'Model 9', size: null },
    { name: 'model 1', size: 20 },
  ];
  const columns = [
    { id: 'name', sortValue: ({ name }: Row) => name },
    { id: 'size', sortValue: ({ size }: Row) => size },
    { id: 'plain' },
  ];
  const names = (sort: { column: string; descending: boolean }): (string | undefined)[] =>
    sortRows(rows, columns, sort, 'en').map((row) => row?.name);

  it('sorts names as people count', () => {
    expect(names({ column: 'name', descending: false })).toEqual(['model 1', 'Model 9', 'model 10']);
    expect(names({ column: 'name', descending: true })).toEqual(['model 10', 'Model 9', 'model 1']);
  });

  it('puts rows without a value last either way', () => {
    expect(names({ column: 'size', descending: false })).toEqual(['model 10', 'model 1', 'Model 9']);
    expect(names({ column: 'size', descending: true })).toEqual(['model 1', 'model 10', 'Model 9']);
  });

  it('leaves the order where a column cannot be sorted', () => {
    expect(sortRows(rows, columns, { column: 'plain', descending: false }, 'en')).toBe(rows);
    expect(sortRows(rows, columns, null, 'en')).toBe(rows);
  });

  it('turns round on the second click', () => {
    expect(nextSort(null, 'a')).toEqual({ column: 'a', descending: false });
    expect(nextSort({ column: 'a', descending: false }, 'a')).toEqual({ column: 'a', descending: true });
    expect(nextSort({ column: 'a', descending: true }, 'b')).toEqual({ column: 'b', descending: false });
  });
});

describe('columns of a narrow table', () => {
  const cell = (): string => '';
  const columns = [
    { id: 'name', header: 'Name', width: 'minmax(180px, 3fr)', cell },
    { id: 'arch', header: 'Arch.', width: '90px', leaves: 1, cell },
    { id: 'size', header: 'Size', width: '80px', cell },
    { id: 'used', header: 'Last used', width: '100px', leaves: 2, cell },
  ];
  const shown = (width: number): string[] => fittingColumns(columns, width).map(({ id }) => id);

  it('leave one after the other, as far as there is no room for them', () => {
    expect(shown(450)).toEqual(['name', 'arch', 'size', 'used']);
    expect(shown(449)).toEqual(['name', 'arch', 'size']);
    expect(shown(349)).toEqual(['name', 'size']);
  });

  it('stay where they cannot be spared', () => {
    expect(shown(100)).toEqual(['name', 'size']);
  });
});
