// The heatmap's numbers as a table, for users who cannot see the picture or want to read values.
import { Ban, Pin } from 'lucide-react';
import { useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../kit/data-table.tsx';
import { IconButton } from '../kit/icon-button.tsx';
import kit from '../kit/primitives.module.css';
import type { Column } from '../kit/table-column.ts';
import type { Sort } from '../kit/table-sorting.ts';
import { useCellText } from './cell-text.ts';
import { cellOf, modelOf, pictureOf } from './model.ts';
import type { Cell, HeatmapProps } from './types.ts';

export function HeatmapTable(props: HeatmapProps): ReactNode {
  const { nLayers, nExpert, moeLayers, scores, order, kept, pins, drops } = props;
  const { label, selected, onActivate, onTogglePin, onToggleDrop } = props;
  const { t } = useTranslation();
  const [sort, setSort] = useState<Sort | null>(null);
  const model = useMemo(
    () => modelOf(pictureOf({ nLayers, nExpert, moeLayers, scores }, order), { kept, pins, drops }),
    [nLayers, nExpert, moeLayers, scores, order, kept, pins, drops],
  );
  const text = useCellText(model);
  const rows = useMemo(
    () =>
      Array.from(model.scores, (_, at) =>
        cellOf(model, { layer: Math.floor(at / model.nExpert), column: at % model.nExpert }),
      ),
    [model],
  );
  const columns = useMemo((): Column<Cell>[] => {
    const number = (id: 'score' | 'share' | 'rank', values: ArrayLike<number>): Column<Cell> => ({
      id,
      header: t(`heatmap.table.${id}`),
      width: '88px',
      isNumeric: true,
      cell: text[id],
      sortValue: ({ layer, expert }) => values[layer * model.nExpert + expert] ?? null,
    });
    return [
      { id: 'layer', header: t('heatmap.axis.layer'), width: '64px', cell: ({ layer }) => model.moeLayers[layer] },
      { id: 'expert', header: t('heatmap.axis.expert'), width: '72px', cell: ({ expert }) => expert },
      { id: 'state', header: t('heatmap.table.state'), width: 'minmax(120px, 1fr)', cell: text.state },
      number('score', model.scores),
      number('share', model.shares),
      number('rank', model.ranks),
      {
        id: 'mark',
        header: t('heatmap.table.actions'),
        isHeaderHidden: true,
        width: '72px',
        cell: (cell) => {
          const name = { expert: cell.expert, block: model.moeLayers[cell.layer] };
          const button = { size: 'small', variant: 'plain', excludeFromTabOrder: true } as const;
          return (
            <span className={kit.inline}>
              {onTogglePin && (
                <IconButton
                  {...button}
                  icon={Pin}
                  label={t('heatmap.table.pin', name)}
                  onPress={() => onTogglePin(cell)}
                />
              )}
              {onToggleDrop && (
                <IconButton
                  {...button}
                  icon={Ban}
                  label={t('heatmap.table.forbid', name)}
                  onPress={() => onToggleDrop(cell)}
                />
              )}
            </span>
          );
        },
      },
    ];
  }, [t, text, model, onTogglePin, onToggleDrop]);
  return (
    <DataTable
      label={label}
      columns={columns}
      rows={rows}
      rowKey={keyOf}
      sort={sort}
      onSortChange={setSort}
      selectionMode="single"
      selectedKeys={new Set(selected ? [keyOf(selected)] : [])}
      onSelectionChange={(keys) => {
        const cell = rows.find((row) => keys.has(keyOf(row)));
        if (cell !== undefined) onActivate?.(cell);
      }}
    />
  );
}

function keyOf({ layer, expert }: Cell): string {
  return `${layer}/${expert}`;
}
