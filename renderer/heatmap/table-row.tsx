// One expert in the table.
import { Ban, Pin } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import { cellDetails, type CellDetails } from './cell-details.ts';
import styles from './heatmap-table.module.css';
import type { HeatmapModel } from './model.ts';
import type { Cell, HeatmapProps } from './types.ts';
import type { TableColumn } from './use-table-columns.ts';

type TableRowProps = Pick<HeatmapProps, 'describe' | 'onActivate' | 'onTogglePin' | 'onToggleDrop'> & {
  readonly model: HeatmapModel;
  /** Index among all rows. */
  readonly index: number;
  readonly columns: readonly TableColumn[];
  readonly isSelected: boolean;
};

/** Memoised, so that scrolling renders only rows that become visible. */
export const TableRow = memo(function TableRow({
  model,
  index,
  columns,
  isSelected,
  describe,
  onActivate,
  onTogglePin,
  onToggleDrop,
}: TableRowProps): ReactNode {
  const { t } = useTranslation();
  const cell: Cell = { layer: Math.floor(index / model.data.nExpert), expert: model.expertAt[index]! };
  const details = cellDetails(model, cell, describe);
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
                aria-label={t('heatmap.table.inspect', { block: details.block, expert: cell.expert })}
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
        <Marks details={details} onTogglePin={onTogglePin} onToggleDrop={onToggleDrop} />
      </td>
    </tr>
  );
});

type MarksProps = Pick<HeatmapProps, 'onTogglePin' | 'onToggleDrop'> & { readonly details: CellDetails };

function Marks({ details, onTogglePin, onToggleDrop }: MarksProps): ReactNode {
  const { t } = useTranslation();
  const { layer, expert, block, isPinned, isForbidden } = details;
  const name = { block, expert };
  return (
    <>
      {onTogglePin && (
        <MarkButton name={t('heatmap.table.pin', name)} isOn={isPinned} onClick={() => onTogglePin({ layer, expert })}>
          <Pin size={14} aria-hidden />
        </MarkButton>
      )}
      {onToggleDrop && (
        <MarkButton
          name={t('heatmap.table.forbid', name)}
          isOn={isForbidden}
          onClick={() => onToggleDrop({ layer, expert })}
        >
          <Ban size={14} aria-hidden />
        </MarkButton>
      )}
    </>
  );
}

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
