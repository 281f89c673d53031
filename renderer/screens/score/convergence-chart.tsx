// When the demos are enough: how much of the final choice the first n demos find already.
import { scaleLinear } from 'd3-scale';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallResult } from '../../../electron/contract/api.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import type { Criterion } from '../../../electron/contract/criteria.ts';
import { errorToData } from '../../../electron/contract/errors.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { NumberField } from '../../kit/number-field.tsx';
import { Skeleton } from '../../kit/skeleton.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useCall } from '../../state/calls.ts';
import styles from './score.module.css';

const WIDTH = 560;
const HEIGHT = 180;
const LEFT = 44;
const BOTTOM = 24;
const TOP = 8;
const RIGHT = 12;

type ConvergenceProps = { readonly run: Run; readonly criterion: Criterion };

export function Convergence({ run, criterion }: ConvergenceProps): ReactNode {
  const { t } = useTranslation();
  const [keep, setKeep] = useState(() => Math.max(run.nExpertUsed, Math.floor(run.nExpert / 2)));
  const isEnough = run.scoredDemos >= 2;
  const { data, error } = useCall(
    'runs.convergence',
    { runId: run.id, criterion, keep },
    { enabled: isEnough, keepPrevious: true },
  );
  if (!isEnough) return <p className={styles.dim}>{t('score.convergenceEarly')}</p>;
  return (
    <div className={styles.convergence}>
      <div className={styles.convergenceSide}>
        <NumberField label={t('score.keep')} value={keep} minValue={1} maxValue={run.nExpert} onChange={setKeep} />
        <p role="status">{data === undefined ? '' : <Verdict data={data} />}</p>
      </div>
      {error !== null && <ErrorPanel error={errorToData(error)} />}
      {error === null && (data === undefined ? <Skeleton width={WIDTH} height={HEIGHT} /> : <Chart data={data} />)}
    </div>
  );
}

type ConvergenceData = CallResult<'runs.convergence'>;

function Verdict({ data: { enoughAt, points } }: { readonly data: ConvergenceData }): ReactNode {
  const { t } = useTranslation();
  const demos = points.at(-1)?.demos ?? 0;
  return enoughAt === null || enoughAt >= demos ? t('score.notEnough') : t('score.enough', { count: enoughAt });
}

function Chart({ data: { points, enoughAt } }: { readonly data: ConvergenceData }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const last = points.at(-1);
  const lowest = Math.min(0.5, ...points.map(({ low }) => low));
  const x = scaleLinear([1, Math.max(2, last?.demos ?? 2)], [LEFT, WIDTH - RIGHT]);
  const y = scaleLinear([Math.floor(lowest * 10) / 10, 1], [HEIGHT - BOTTOM, TOP]);
  const line = points.map(({ demos, found }) => `${x(demos)},${y(found)}`).join(' ');
  const upper = points.map(({ demos, high }) => `${x(demos)},${y(high)}`);
  const lower = points.map(({ demos, low }) => `${x(demos)},${y(low)}`).reverse();
  return (
    <figure className={styles.figure}>
      <svg
        role="img"
        aria-label={t('score.convergenceLabel', {
          found: format.percent(points[0]?.found ?? 0),
          demos: last?.demos ?? 0,
        })}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        className={styles.chart}
      >
        {y.ticks(5).map((tick) => (
          <g key={tick}>
            <line x1={LEFT} x2={WIDTH - RIGHT} y1={y(tick)} y2={y(tick)} className={styles.grid} />
            <text x={LEFT - 6} y={y(tick)} className={styles.tickY}>
              {format.percent(tick)}
            </text>
          </g>
        ))}
        {x
          .ticks(6)
          .filter(Number.isInteger)
          .map((tick) => (
            <text key={tick} x={x(tick)} y={HEIGHT - 8} className={styles.tickX}>
              {tick}
            </text>
          ))}
        <polygon points={[...upper, ...lower].join(' ')} className={styles.band} />
        <polyline points={line} className={styles.curve} />
        {enoughAt !== null && (
          <line x1={x(enoughAt)} x2={x(enoughAt)} y1={TOP} y2={HEIGHT - BOTTOM} className={styles.enough} />
        )}
      </svg>
      <figcaption className={styles.dim}>{t('score.convergenceCaption')}</figcaption>
    </figure>
  );
}
