// Small multiples: one block per measure, one line per model, inside and outside the domain side by side on the same
// scale. It is a table, so that screen readers read what the dots show.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import chart from '../../../kit/chart.module.css';
import { classNames } from '../../../kit/class-names.ts';
import type { Interval } from '../../../../electron/contract/interval.ts';
import kit from '../../../kit/primitives.module.css';
import type { MeasureScale } from './measure-scale.ts';
import styles from './prove.module.css';
import { SIDES, type SideName } from './sides.ts';
import type { ProofVariant } from './use-proof.ts';
import { VariantButton } from './variant-name.tsx';

type DotTableProps = {
  readonly label: string;
  /** The classes that set its widths. */
  readonly widths: Readonly<Record<'table' | 'name' | 'value', string | undefined>>;
  readonly corner?: ReactNode;
  /** Content beside the name of a side. */
  readonly note: (side: SideName) => ReactNode;
  readonly children: ReactNode;
};

/** @param props.children its blocks: `DotRows` */
export function DotTable({ label, widths, corner, note, children }: DotTableProps): ReactNode {
  const { t } = useTranslation();
  return (
    <table className={classNames(styles.measures, widths.table)} aria-label={label}>
      <colgroup>
        <col className={widths.name} />
        {SIDES.map((side) => [<col key={`${side} picture`} />, <col key={`${side} value`} className={widths.value} />])}
      </colgroup>
      <thead>
        <tr>
          <td className={classNames(kit.tiny, styles.legend)}>{corner}</td>
          {SIDES.map((side) => (
            <th key={side} scope="col" colSpan={2}>
              {t(`prove.${side}`)} <span className={styles.small}>{note(side)}</span>
            </th>
          ))}
        </tr>
      </thead>
      {children}
    </table>
  );
}

type DotRowsProps = {
  readonly title: ReactNode;
  readonly note: ReactNode;
  readonly scale: MeasureScale;
  readonly tick: (value: number) => string;
  readonly variants: readonly ProofVariant[];
  /** The reference of the variants: the full model's place. */
  readonly full: (side: SideName) => Interval | null;
  /** The full model's figure; if left out, it has no line. */
  readonly fullFigure?: (side: SideName) => ReactNode;
  readonly dot: (side: SideName, variant: ProofVariant) => Interval | null;
  /** Content beside the dot, or in its place. */
  readonly figure: (side: SideName, variant: ProofVariant) => ReactNode;
};

/** A block: the full model's line, one line per variant, and the axis. */
export function DotRows({
  title,
  note,
  scale,
  tick,
  variants,
  full,
  fullFigure,
  dot,
  figure,
}: DotRowsProps): ReactNode {
  const { t } = useTranslation();
  const isDrawn = (side: SideName): boolean =>
    full(side) !== null || variants.some((variant) => dot(side, variant) !== null);
  return (
    <tbody>
      <tr className={styles.measureHead}>
        <th scope="rowgroup" colSpan={5}>
          {title} <span className={styles.small}>{note}</span>
        </th>
      </tr>
      {fullFigure !== undefined && (
        <tr>
          <th scope="row" className={kit.ellipsis}>
            {t('prove.full')}
          </th>
          {SIDES.map((side) => (
            <DotCells key={side} scale={isDrawn(side) ? scale : null} full={full(side)} dot={null}>
              {fullFigure(side)}
            </DotCells>
          ))}
        </tr>
      )}
      {variants.map((variant) => (
        <tr key={variant.key}>
          <th scope="row">
            <VariantButton variant={variant} variants={variants} />
          </th>
          {SIDES.map((side) => (
            <DotCells
              key={side}
              scale={isDrawn(side) ? scale : null}
              full={full(side)}
              dot={dot(side, variant)}
              isPlain={variant.kind === 'gone'}
            >
              {figure(side, variant)}
            </DotCells>
          ))}
        </tr>
      ))}
      <tr aria-hidden className={styles.axis}>
        <td />
        {SIDES.map((side) => (
          <AxisCells key={side} scale={isDrawn(side) ? scale : null} tick={tick} />
        ))}
      </tr>
    </tbody>
  );
}

type DotCellsProps = {
  /** null: there is nothing to draw on this side. */
  readonly scale: MeasureScale | null;
  readonly full: Interval | null;
  readonly dot: Interval | null;
  /** The variant is not the selection itself. */
  readonly isPlain?: boolean;
  readonly children: ReactNode;
};

/** A dot on the scale, with its interval and the line of the full model, and the figure beside it. */
function DotCells({ scale, full, dot, isPlain = false, children }: DotCellsProps): ReactNode {
  return (
    <>
      <td className={styles.plot}>
        {scale !== null && <DotPicture scale={scale} full={full} dot={dot} isPlain={isPlain} />}
      </td>
      <td className={styles.value}>{children}</td>
    </>
  );
}

type DotPictureProps = Omit<Required<DotCellsProps>, 'scale' | 'children'> & { readonly scale: MeasureScale };

function DotPicture({ scale, full, dot, isPlain }: DotPictureProps): ReactNode {
  const x = (value: number): string => `${scale.place(value)}%`;
  return (
    <svg aria-hidden className={styles.picture}>
      {scale.ticks.map((tick) => (
        <line key={tick} x1={x(tick)} x2={x(tick)} y1="0" y2="100%" className={chart.grid} />
      ))}
      {full !== null && (
        <>
          {full.low !== null && full.high !== null && (
            <rect
              x={x(full.low)}
              width={`${scale.place(full.high) - scale.place(full.low)}%`}
              y="0"
              height="100%"
              className={styles.fullBand}
            />
          )}
          <line x1={x(full.value)} x2={x(full.value)} y1="0" y2="100%" className={styles.fullLine} />
        </>
      )}
      {dot !== null && (
        <g className={classNames(styles.dot, isPlain && styles.plain)}>
          {dot.low !== null && dot.high !== null && <line x1={x(dot.low)} x2={x(dot.high)} y1="50%" y2="50%" />}
          <circle cx={x(dot.value)} cy="50%" r="4.5" />
        </g>
      )}
    </svg>
  );
}

function AxisCells({ scale, tick }: Pick<DotCellsProps, 'scale'> & Pick<DotRowsProps, 'tick'>): ReactNode {
  return (
    <>
      <td className={styles.plot}>
        {scale !== null && (
          <svg className={styles.ticks}>
            {scale.ticks.map((value) => (
              <text key={value} x={`${scale.place(value)}%`} y="11">
                {tick(value)}
              </text>
            ))}
          </svg>
        )}
      </td>
      <td />
    </>
  );
}
