// One variant's place on the scale, with its interval and the line of the full model.
import type { ReactNode } from 'react';
import { classNames } from '../../kit/class-names.ts';
import type { Interval, Measure } from '../../measures/combine.ts';
import type { MeasureScale } from './measure-scale.ts';
import styles from './prove.module.css';
import { useMeasureFormat } from './use-measure-format.ts';

type DotCellProps = {
  readonly scale: MeasureScale;
  readonly full: Interval | null;
  readonly dot: Interval | null;
  readonly isPlain: boolean;
};

export function DotCell({ scale, full, dot, isPlain }: DotCellProps): ReactNode {
  const x = (value: number): string => `${scale.place(value)}%`;
  return (
    <td className={styles.plot}>
      <svg aria-hidden className={styles.picture}>
        {scale.ticks.map((tick) => (
          <line key={tick} x1={x(tick)} x2={x(tick)} y1="0" y2="100%" className={styles.grid} />
        ))}
        {full !== null && (
          <>
            <rect
              x={x(full.low)}
              width={`${scale.place(full.high) - scale.place(full.low)}%`}
              y="0"
              height="100%"
              className={styles.fullBand}
            />
            <line x1={x(full.value)} x2={x(full.value)} y1="0" y2="100%" className={styles.fullLine} />
          </>
        )}
        {dot !== null && (
          <g className={classNames(styles.dot, isPlain && styles.plain)}>
            <line x1={x(dot.low)} x2={x(dot.high)} y1="50%" y2="50%" />
            <circle cx={x(dot.value)} cy="50%" r="4.5" />
          </g>
        )}
      </svg>
    </td>
  );
}

/** The axis below a block. */
export function TickCell({ measure, scale }: { readonly measure: Measure; readonly scale: MeasureScale }): ReactNode {
  const format = useMeasureFormat();
  return <Ticks scale={scale} label={(tick) => format.tick(measure, tick)} />;
}

type TicksProps = { readonly scale: MeasureScale; readonly label: (tick: number) => string };

/** The axis below a block whose figures are of another kind. */
export function Ticks({ scale, label }: TicksProps): ReactNode {
  return (
    <>
      <td className={styles.plot}>
        <svg className={styles.ticks}>
          {scale.ticks.map((tick) => (
            <text key={tick} x={`${scale.place(tick)}%`} y="11">
              {label(tick)}
            </text>
          ))}
        </svg>
      </td>
      <td />
    </>
  );
}
