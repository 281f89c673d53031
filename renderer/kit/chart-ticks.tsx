// The numbers of a drawn scale.
import type { ReactNode } from 'react';
import styles from './chart.module.css';

/** Distance between a number and the left end of the scale. */
const ASIDE = 6;

type Tick = {
  readonly y: number;
  readonly label: string;
  /** Class of a line that matters more than the others. */
  readonly className?: string | undefined;
};

type HeightTicksProps = { readonly ticks: readonly Tick[]; readonly left: number; readonly right: number };

/** Lines across the chart, with their numbers on the left. */
export function HeightTicks({ ticks, left, right }: HeightTicksProps): ReactNode {
  return ticks.map(({ y, label, className = styles.grid }) => (
    <g key={y}>
      <line x1={left} x2={right} y1={y} y2={y} className={className} />
      <text x={left - ASIDE} y={y} className={styles.tickY}>
        {label}
      </text>
    </g>
  ));
}
