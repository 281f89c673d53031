// The heatmap's numbers as a table, for users who cannot see the picture or want to read values. Only visible rows are in the document.
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, type ReactNode, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import { Select } from '../kit/select.tsx';
import { useFormat } from '../kit/use-format.ts';
import styles from './heatmap-table.module.css';
import { placeOf, type HeatmapModel } from './model.ts';
import { TableRow } from './table-row.tsx';
import type { HeatmapProps } from './types.ts';
import { useTableColumns, type TableColumn } from './use-table-columns.ts';
import { useHeatmapModel } from './use-heatmap-model.ts';

const ROW_HEIGHT = 28;
const ACTIONS_WIDTH = 76;

/** Fills its parent, which must have a height. Layers in order, experts in the order of the picture's columns. */
export function HeatmapTable(props: HeatmapProps): ReactNode {
  const { label, selected = null, describe, onActivate, onTogglePin, onToggleDrop } = props;
  const actions = { describe, onActivate, onTogglePin, onToggleDrop };
  const model = useHeatmapModel(props);
  const { nLayers, nExpert } = model.data;
  const place = selected && placeOf(model, selected);
  const selectedIndex = place && place.layer * nExpert + place.column;
  const columns = useTableColumns(model, describe !== undefined);

  const { scroller, rows, first, before, after, goTo } = useRows(nLayers * nExpert);
  return (
    <div className={classNames(kit.stack, styles.tableView)}>
      <LayerSelect model={model} layer={Math.floor(first / nExpert)} onChange={(layer) => goTo(layer * nExpert)} />
      <div ref={scroller} className={classNames(kit.scroll, styles.tableScroller)}>
        <table
          className={styles.table}
          style={{ minWidth: columns.reduce((sum, { width }) => sum + width, ACTIONS_WIDTH) }}
          aria-label={label}
          aria-rowcount={nLayers * nExpert + 1}
        >
          <TableHead columns={columns} />
          <tbody>
            <Space height={before} columns={columns.length + 1} />
            {rows.map(({ index }) => (
              <TableRow
                key={index}
                index={index}
                model={model}
                columns={columns}
                isSelected={index === selectedIndex}
                {...actions}
              />
            ))}
            <Space height={after} columns={columns.length + 1} />
          </tbody>
        </table>
      </div>
    </div>
  );
}

type Rows = {
  readonly scroller: RefObject<HTMLDivElement | null>;
  /** The rows in the document. */
  readonly rows: readonly { readonly index: number }[];
  /** Index of the first visible row. */
  readonly first: number;
  /** Heights of what is left out above and below, in CSS pixels. */
  readonly before: number;
  readonly after: number;
  readonly goTo: (index: number) => void;
};

function useRows(count: number): Rows {
  const scroller = useRef<HTMLDivElement>(null);
  // oxlint-disable-next-line react/incompatible-library -- only values are passed on, none is memoised
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const rows = virtualizer.getVirtualItems();
  return {
    scroller,
    rows,
    first: virtualizer.range?.startIndex ?? 0,
    before: rows[0]?.start ?? 0,
    after: virtualizer.getTotalSize() - (rows.at(-1)?.end ?? 0),
    goTo: (index) => virtualizer.scrollToIndex(index, { align: 'start' }),
  };
}

function TableHead({ columns }: { readonly columns: readonly TableColumn[] }): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <colgroup>
        {columns.map(({ id, width, isText = false }) => (
          <col key={id} style={isText ? undefined : { width }} />
        ))}
        <col style={{ width: ACTIONS_WIDTH }} />
      </colgroup>
      <thead>
        <tr aria-rowindex={1}>
          {columns.map(({ id, name, isText }) => (
            <th key={id} scope="col" className={classNames(isText && styles.stateCell)}>
              {name}
            </th>
          ))}
          <th scope="col">{t('heatmap.table.actions')}</th>
        </tr>
      </thead>
    </>
  );
}

function Space({ height, columns }: { readonly height: number; readonly columns: number }): ReactNode {
  if (height <= 0) return null;
  return (
    <tr aria-hidden className={styles.space}>
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}

type LayerSelectProps = {
  readonly model: HeatmapModel;
  /** Layer of the first visible row. */
  readonly layer: number;
  readonly onChange: (layer: number) => void;
};

/** Selects a layer to go to; the choices show what each layer retains. */
function LayerSelect({ model, layer, onChange }: LayerSelectProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const choices = model.data.moeLayers.map((block, index) => {
    const retained = model.kept?.retained[index] ?? NaN;
    const name = t('heatmap.table.layer', { block });
    const share = format.percent(retained);
    const label = Number.isNaN(retained) ? name : t('heatmap.table.layerRetaining', { layer: name, share });
    return { id: String(index), label };
  });
  return (
    <div className={styles.layerSelect}>
      <Select
        label={t('heatmap.table.goTo')}
        choices={choices}
        value={String(layer)}
        onChange={(id) => onChange(Number(id))}
      />
    </div>
  );
}
