// Small multiples: inside and outside the domain side by side, one row per mix, one line per criterion, all on one
// scale. The table holds the same data, so the pictures are hidden from screen readers.
import { scaleLinear } from 'd3-scale';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Criterion } from '../../../../electron/contract/criteria.ts';
import { HeightTicks } from '../../../kit/chart-ticks.tsx';
import chart from '../../../kit/chart.module.css';
import { classNames } from '../../../kit/class-names.ts';
import { useFormat } from '../../../kit/use-format.ts';
import { useWidth } from '../../../kit/use-width.ts';
import type { Interval } from '../../../../electron/contract/interval.ts';
import { SIDES } from '../proof/sides.ts';
import type { Side } from '../texts/comparison.ts';
import styles from './criteria.module.css';
import { ratioOf } from './findings.ts';
import type { Column, Line, MixMode } from './matrix.ts';
import { ratioScale, spread, type RatioScale } from './ratio-scale.ts';
import type { Criteria } from './use-criteria.ts';

/** One shape per criterion, so that lines can be told apart without colour. Around the origin, in CSS pixels. */
const MARKERS: Readonly<Record<Criterion, string>> = {
  'easy-ep': 'M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0',
  reap: 'M-3.5,-3.5h7v7h-7z',
  ean: 'M0,-4.5L4.5,3.5H-4.5z',
  man: 'M-4.5,-1.5h3v-3h3v3h3v3h-3v3h-3v-3h-3z',
  gate: 'M0,4.5L4.5,-3.5H-4.5z',
  frequency: 'M0,-5L5,0L0,5L-5,0z',
  random: 'M-3.5,-3.5L3.5,3.5M3.5,-3.5L-3.5,3.5',
};

const HEIGHT = 220;
const LEFT = 36;
const TOP = 10;
const BOTTOM = 24;
/** Room for the names of the lines. */
const RIGHT = 112;
const LABEL_GAP = 15;
/** Distance of a name from the end of its line. */
const LABEL_DISTANCE = 18;

export function CriteriaPictures({ criteria: { matrix, comparison } }: { readonly criteria: Criteria }): ReactNode {
  const { t } = useTranslation();
  const { lines, mixes, columns } = matrix;
  const drawn = SIDES.flatMap((side) =>
    lines.flatMap(({ cells, isOwn }) =>
      cells.flatMap(({ key }) => {
        const ratio = ratioOf(comparison[side], key);
        if (ratio === null) return [];
        const { value, low, high } = ratio;
        return isOwn ? [low ?? value, value, high ?? value] : [value];
      }),
    ),
  );
  const scale = ratioScale(drawn, [HEIGHT - BOTTOM, TOP]);
  return (
    <div className={styles.pictures} aria-hidden>
      {mixes.map((mix) =>
        SIDES.map((side) => (
          <Picture
            key={`${mix} ${side}`}
            title={[t(`prove.${side}`), ...(mixes.length > 1 ? [t(`choose.mixes.${mix}`)] : [])].join(', ')}
            mix={mix}
            columns={columns}
            scale={scale}
            lines={lines.filter((line) => line.mix === mix)}
            side={comparison[side]}
          />
        )),
      )}
    </div>
  );
}

type PictureProps = {
  readonly title: string;
  readonly mix: MixMode;
  readonly columns: readonly Column[];
  readonly lines: readonly Line[];
  readonly side: Side;
  readonly scale: RatioScale;
};

function Picture({ title, columns, lines, side, scale }: PictureProps): ReactNode {
  const format = useFormat();
  const [ref, width] = useWidth();
  const least = Math.min(0.5, ...columns.map(({ share }) => share));
  const right = Math.max(LEFT + 1, width - RIGHT);
  const x = scaleLinear([1, least], [LEFT, right]);
  const own = columns.find(({ isOwn }) => isOwn);
  return (
    <figure ref={ref} className={styles.picture}>
      <figcaption>{title}</figcaption>
      <svg width="100%" height={HEIGHT}>
        {own !== undefined && (
          <line x1={x(own.share)} x2={x(own.share)} y1={TOP} y2={HEIGHT - BOTTOM} className={styles.ownColumn} />
        )}
        <HeightTicks
          left={LEFT}
          right={right}
          ticks={scale.ticks.map((tick) => ({
            y: scale.place(tick),
            label: `×${format.score(tick)}`,
            className: tick === 1 ? styles.full : undefined,
          }))}
        />
        {[1, ...columns.map(({ share }) => share)].map((share) => (
          <text
            key={share}
            x={x(share)}
            y={HEIGHT - 7}
            className={classNames(chart.tickX, share === own?.share && styles.ownTick)}
          >
            {format.percentWhole(share)}
          </text>
        ))}
        <Lines lines={lines} side={side} scale={scale} right={right} place={(share) => x(share)} />
      </svg>
    </figure>
  );
}

type LinesProps = {
  readonly lines: readonly Line[];
  readonly side: Side;
  readonly scale: RatioScale;
  readonly place: (share: number) => number;
  readonly right: number;
};

type Point = { readonly x: number; readonly y: number; readonly ratio: Interval };

/** The lines, with their names at their ends. The selection's own line is drawn last, above the others. */
function Lines({ lines, side, scale, place, right }: LinesProps): ReactNode {
  const { t } = useTranslation();
  const drawn = lines
    .toSorted((a, b) => Number(a.isOwn) - Number(b.isOwn))
    .flatMap((line) => {
      const points = line.cells.map(({ key, column }): Point | null => {
        const ratio = ratioOf(side, key);
        return ratio && { x: place(column.share), y: scale.place(ratio.value), ratio };
      });
      const last = points.findLast((point) => point !== null);
      return last ? [{ line, points, last }] : [];
    });
  const labels = spread(
    drawn.map(({ last }) => last.y),
    LABEL_GAP,
    HEIGHT - BOTTOM,
  );
  const start = { x: place(1), y: scale.place(1) };
  return drawn.map(({ line, points, last }, index) => (
    <g
      key={line.id}
      className={classNames(styles.line, line.isOwn && styles.own, line.criterion === 'random' && styles.random)}
    >
      <path d={pathOf([start, ...points])} className={styles.stroke} />
      {points.map(
        (point) =>
          point !== null && (
            <g key={point.x} className={styles.point}>
              {line.isOwn && point.ratio.low !== null && point.ratio.high !== null && (
                <line x1={point.x} x2={point.x} y1={scale.place(point.ratio.low)} y2={scale.place(point.ratio.high)} />
              )}
              <path d={MARKERS[line.criterion]} transform={`translate(${point.x} ${point.y})`} />
            </g>
          ),
      )}
      <path
        d={`M${last.x + 7},${last.y}L${Math.max(last.x + 7, right + LABEL_DISTANCE - 8)},${labels[index] ?? 0}`}
        className={styles.leader}
      />
      <text x={right + LABEL_DISTANCE - 4} y={labels[index]} className={styles.name}>
        {t(`experts.criteria.${line.criterion}.name`)}
      </text>
    </g>
  ));
}

/** The path has a gap where something was not measured. */
function pathOf(points: readonly (Pick<Point, 'x' | 'y'> | null)[]): string {
  return points
    .flatMap((point, index) =>
      point === null ? [] : `${index > 0 && points[index - 1] ? 'L' : 'M'}${point.x},${point.y}`,
    )
    .join('');
}
