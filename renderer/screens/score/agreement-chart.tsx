// The value of a choice by n demos for the held-back half of the demos: how much of that half's score it holds, and how
// many of its kept experts it shares, as a mean over random halves and as their band. The axis of demos is logarithmic,
// since the first few matter most.
import { scaleLinear, scaleLog } from 'd3-scale';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallResult } from '../../../electron/contract/api.ts';
import { ENOUGH_HELD } from '../../../electron/contract/api/runs.ts';
import { HeightTicks } from '../../kit/chart-ticks.tsx';
import chart from '../../kit/chart.module.css';
import { useFormat } from '../../kit/use-format.ts';
import { useWidth } from '../../kit/use-width.ts';
import { milestones } from './milestones.ts';
import styles from './score.module.css';

export const AGREEMENT_HEIGHT = 168;
const LEFT = 40;
const RIGHT = 12;
const TOP = 8;
const BOTTOM = 22;
/** Width of a number of demos, with room beside it. */
const TICK_WIDTH = 28;

export function AgreementChart({ data }: { readonly data: CallResult<'runs.agreement'> }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const [ref, width] = useWidth();
  const { points, enoughAt } = data;
  const demos = points.at(-1)?.demos ?? 2;
  const lowest = Math.min(0.9, ...points.flatMap(({ low, held }) => [low, held]));
  const x = scaleLog([1, Math.max(2, demos)], [LEFT, Math.max(LEFT + 1, width - RIGHT)]);
  const y = scaleLinear([Math.floor(lowest * 10) / 10, 1], [AGREEMENT_HEIGHT - BOTTOM, TOP]);
  const at = (n: number, share: number): string => `${x(n)},${y(share)}`;
  const upper = points.map((point) => at(point.demos, point.high));
  const lower = points.map((point) => at(point.demos, point.low)).reverse();
  const marked = milestones(points);
  return (
    <figure ref={ref}>
      <svg
        role="img"
        aria-label={t('score.agreementLabel', { agreed: format.percent(points.at(-1)?.agreed ?? 0) })}
        width="100%"
        height={AGREEMENT_HEIGHT}
      >
        <HeightTicks
          left={LEFT}
          right={width - RIGHT}
          ticks={y.ticks(4).map((tick) => ({ y: y(tick), label: format.percentWhole(tick) }))}
        />
        {marked
          .filter((point, index) => index === marked.length - 1 || x(demos) - x(point.demos) >= TICK_WIDTH)
          .map((point) => (
            <text key={point.demos} x={x(point.demos)} y={AGREEMENT_HEIGHT - 6} className={chart.tickX}>
              {format.count(point.demos)}
            </text>
          ))}
        <polygon points={[...upper, ...lower].join(' ')} className={styles.band} />
        <polyline points={points.map((point) => at(point.demos, point.agreed)).join(' ')} className={styles.common} />
        <line x1={LEFT} x2={width - RIGHT} y1={y(ENOUGH_HELD)} y2={y(ENOUGH_HELD)} className={styles.enough} />
        <polyline points={points.map((point) => at(point.demos, point.held)).join(' ')} className={styles.curve} />
        {marked.map((point) => (
          <circle key={point.demos} cx={x(point.demos)} cy={y(point.held)} r="3" className={styles.point} />
        ))}
        {enoughAt !== null && (
          <line x1={x(enoughAt)} x2={x(enoughAt)} y1={TOP} y2={AGREEMENT_HEIGHT - BOTTOM} className={styles.enough} />
        )}
      </svg>
    </figure>
  );
}
