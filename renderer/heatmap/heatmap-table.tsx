// The heatmap's numbers as a table, for those who do not see the picture or want to read values. Only the rows in sight
// are in the document.
import { Ban, Pin } from 'lucide-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import { Select } from '../kit/select.tsx';
import { useFormat } from '../kit/use-format.ts';
import { cellDetails } from './cell-details.ts';
import styles from './heatmap.module.css';
import type { HeatmapModel } from './model.ts';
import type { Cell, HeatmapProps } from './types.ts';
import { useTableColumns, type TableColumn } from './use-table-columns.ts';
import { useHeatmapModel } from './use-heatmap-model.ts';

const ROW_HEIGHT = 28;
const ACTIONS_WIDTH = 76;

/** Fills its parent, which must have a height. Layers in order, experts in the order of the picture's columns. */
export function HeatmapTable(props: HeatmapProps): ReactNode {
  const { label, describe, selected = null } = props;
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const model = useHeatmapModel(props);
  const { nLayers, nExpert } = model.data;
  const columns = useTableColumns(model, describe !== undefined);

  // eslint-disable-next-line react-hooks/incompatible-library -- nothing that it returns is passed on or memoised
  const virtualizer = useVirtualizer({
    count: nLayers * nExpert,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const rows = virtualizer.getVirtualItems();
  const before = rows[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (rows.at(-1)?.end ?? 0);

  return (
    <div className={styles.tableView}>
      <LayerSelect
        model={model}
        layer={Math.floor((virtualizer.range?.startIndex ?? 0) / nExpert)}
        onChange={(layer) => virtualizer.scrollToIndex(layer * nExpert, { align: 'start' })}
      />
      <div ref={scroller} className={styles.tableScroller}>
        <table
          className={styles.table}
          style={{ minWidth: columns.reduce((sum, { width }) => sum + width, ACTIONS_WIDTH) }}
          aria-label={label}
          aria-rowcount={nLayers * nExpert + 1}
        >
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
          <tbody>
            <Space height={before} columns={columns.length + 1} />
            {rows.map(({ index }) => {
              const layer = Math.floor(index / nExpert);
              return (
                <Row
                  key={index}
                  index={index}
                  model={model}
                  columns={columns}
                  isSelected={selected?.layer === layer && selected.expert === model.expertAt[index]}
                  describe={describe}
                  onActivate={props.onActivate}
                  onTogglePin={props.onTogglePin}
                  onToggleDrop={props.onToggleDrop}
                />
              );
            })}
            <Space height={after} columns={columns.length + 1} />
          </tbody>
        </table>
      </div>
    </div>
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
  /** Of the first row in sight. */
  readonly layer: number;
  readonly onChange: (layer: number) => void;
};

/** Goes to a layer; names what each retains. */
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

type RowProps = Pick<HeatmapProps, 'describe' | 'onActivate' | 'onTogglePin' | 'onToggleDrop'> & {
  readonly model: HeatmapModel;
  /** Among all rows. */
  readonly index: number;
  readonly columns: readonly TableColumn[];
  readonly isSelected: boolean;
};

/** Scrolling draws only the rows that come into sight. */
const Row = memo(function Row({
  model,
  index,
  columns,
  isSelected,
  describe,
  onActivate,
  onTogglePin,
  onToggleDrop,
}: RowProps): ReactNode {
  const { t } = useTranslation();
  const cell: Cell = { layer: Math.floor(index / model.data.nExpert), expert: model.expertAt[index]! };
  const details = cellDetails(model, cell, describe);
  const name = { block: details.block, expert: cell.expert };
  return (
    <tr aria-rowindex={index + 2} {...(isSelected && { 'aria-current': true })}>
      {columns.map(({ id, isText, textOf }) =>
        id === 'expert' ? (
          <th key={id} scope="row">
            {onActivate === undefined ? (
              cell.expert
            ) : (
              <button
                type="button"
                className={classNames(styles.cellButton, styles.expertButton)}
                aria-label={t('heatmap.table.inspect', name)}
                onClick={() => onActivate(cell)}
              >
                {cell.expert}
              </button>
            )}
          </th>
        ) : (
          <td key={id} className={classNames(isText && styles.stateCell)}>
            {textOf(details)}
          </td>
        ),
      )}
      <td>
        {onTogglePin && (
          <MarkButton name={t('heatmap.table.pin', name)} isOn={details.isPinned} onClick={() => onTogglePin(cell)}>
            <Pin size={14} aria-hidden />
          </MarkButton>
        )}
        {onToggleDrop && (
          <MarkButton
            name={t('heatmap.table.forbid', name)}
            isOn={details.isForbidden}
            onClick={() => onToggleDrop(cell)}
          >
            <Ban size={14} aria-hidden />
          </MarkButton>
        )}
      </td>
    </tr>
  );
});

type MarkButtonProps = {
  readonly name: string;
  readonly isOn: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
};

function MarkButton({ name, isOn, onClick, children }: MarkButtonProps): ReactNode {
  return (
    <button
      type="button"
      className={classNames(styles.cellButton, styles.markButton)}
      aria-label={name}
      aria-pressed={isOn}
      title={name}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
