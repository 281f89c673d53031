// All choices of one model in one picture: the size of the file on the horizontal axis, its cost on the vertical one,
// inside and outside the domain.
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { JudgedChoice } from '../../electron/contract/api/evaluations.ts';
import { SEVERE_LOSS, SMALL_LOSS, type VerdictSide } from '../../electron/contract/verdict.ts';
import { HeightTicks } from '../kit/chart-ticks.tsx';
import chart from '../kit/chart.module.css';
import { classNames } from '../kit/class-names.ts';
import { useFormat } from '../kit/use-format.ts';
import { useWidth } from '../kit/use-width.ts';
import { useRatioFormat } from '../measures/use-ratio-format.ts';
import { choicesScale, type ChoicesScale } from './choices-scale.ts';
import { ChoicesTable } from './choices-table.tsx';
import styles from './choices.module.css';

const HEIGHT = 300;
const LEFT = 44;
/** Half the width of the last size's label. */
const RIGHT = 36;
const TOP = 12;
const BOTTOM = 40;

type ChoicesPictureProps = {
  /** Measured choices of one model; at least one. */
  readonly choices: readonly JudgedChoice[];
  /** Hash of the current choice. */
  readonly current: string | null;
  /** Makes another choice the current one. */
  readonly onTake: (choice: JudgedChoice) => void;
};

export function ChoicesPicture({ choices, current, onTake }: ChoicesPictureProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const [ref, width] = useWidth();
  const [pointed, setPointed] = useState<string | null>(null);
  const right = Math.max(LEFT + 1, width - RIGHT);
  const scale = choicesScale(choices, { left: LEFT, right, top: TOP, bottom: HEIGHT - BOTTOM });
  const full = choices[0]?.verdict.bytes.full ?? 0;
  // the current choice above the others, the one under the pointer above all
  const rank = ({ hash }: JudgedChoice): number => (hash === pointed ? 2 : hash === current ? 1 : 0);
  return (
    <div className={styles.choices}>
      <figure ref={ref} className={styles.figure} aria-hidden>
        <p className={chart.caption}>{t('verdict.picture.loss')}</p>
        <svg width="100%" height={HEIGHT}>
          <Grounds scale={scale} right={right} />
          {scale.xTicks.map((tick) => (
            <text key={tick} x={scale.x(tick)} y={HEIGHT - BOTTOM + 16} className={chart.tickX}>
              {format.bytes(tick)}
            </text>
          ))}
          <text x={(LEFT + right) / 2} y={HEIGHT - 6} className={chart.tickX}>
            {t('verdict.picture.size')}
          </text>
          <g className={styles.full}>
            <circle cx={scale.x(full)} cy={scale.y(1)} r="4" />
            <text x={scale.x(full) - 8} y={scale.y(1) - 8}>
              {t('verdict.picture.full')}
            </text>
          </g>
          {choices
            .toSorted((a, b) => rank(a) - rank(b))
            .map((choice) => (
              <ChoiceMark
                key={choice.hash}
                choice={choice}
                scale={scale}
                isCurrent={choice.hash === current}
                isPointed={choice.hash === pointed}
                onPoint={setPointed}
                onTake={onTake}
              />
            ))}
        </svg>
        <figcaption className={chart.caption}>
          <Pointed choice={choices.find(({ hash }) => hash === (pointed ?? current))} />
          <p>
            {t('verdict.picture.legend', {
              small: format.percentWhole(SMALL_LOSS - 1),
              severe: format.percentWhole(SEVERE_LOSS - 1),
            })}
          </p>
        </figcaption>
      </figure>
      <ChoicesTable choices={choices} current={current} pointed={pointed} onTake={onTake} onPoint={setPointed} />
    </div>
  );
}

/** The areas where a loss is small, and where it is severe. */
function Grounds({ scale, right }: { readonly scale: ChoicesScale; readonly right: number }): ReactNode {
  const format = useFormat();
  const width = right - LEFT;
  const [small, severe] = [scale.y(SMALL_LOSS), scale.y(SEVERE_LOSS)];
  return (
    <>
      <rect x={LEFT} width={width} y={small} height={Math.max(0, HEIGHT - BOTTOM - small)} className={styles.small} />
      <rect x={LEFT} width={width} y={TOP} height={Math.max(0, severe - TOP)} className={styles.severe} />
      <HeightTicks
        left={LEFT}
        right={right}
        ticks={scale.yTicks.map((tick) => ({
          y: scale.y(tick),
          label: `×${format.score(tick)}`,
          className: tick === 1 ? styles.reference : undefined,
        }))}
      />
    </>
  );
}

type ChoiceMarkProps = {
  readonly choice: JudgedChoice;
  readonly scale: ChoicesScale;
  readonly isCurrent: boolean;
  readonly isPointed: boolean;
  readonly onPoint: (hash: string | null) => void;
  readonly onTake: (choice: JudgedChoice) => void;
};

/** Filled marks inside the domain, hollow ones outside, with their intervals. */
function ChoiceMark({ choice, scale, isCurrent, isPointed, onPoint, onTake }: ChoiceMarkProps): ReactNode {
  const { hash, verdict } = choice;
  const x = scale.x(verdict.bytes.pruned);
  const dots: readonly (readonly [VerdictSide | null, string | undefined, number])[] = [
    [verdict.outside, chart.hollow, 3],
    [verdict.inside ?? verdict.unknown, chart.solid, -3],
  ];
  return (
    <g
      className={classNames(chart.mark, styles.mark, isCurrent && styles.current, isPointed && styles.pointed)}
      onPointerEnter={() => onPoint(hash)}
      onPointerLeave={() => onPoint(null)}
      onClick={() => onTake(choice)}
    >
      {dots.map(
        ([side, className, offset]) =>
          side !== null && (
            <g key={offset} className={className}>
              {side.ratio.low !== null && side.ratio.high !== null && (
                <line x1={x + offset} x2={x + offset} y1={scale.y(side.ratio.low)} y2={scale.y(side.ratio.high)} />
              )}
              <circle cx={x + offset} cy={scale.y(side.ratio.value)} r={isPointed || isCurrent ? 6 : 5} />
            </g>
          ),
      )}
      {/* easier to hit than a dot */}
      <rect x={x - 12} width="24" y={TOP} height={HEIGHT - TOP - BOTTOM} className={styles.target} />
    </g>
  );
}

function Pointed({ choice }: { readonly choice: JudgedChoice | undefined }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const ratio = useRatioFormat();
  // its line is always there, so that nothing below moves
  if (choice === undefined) return <p className={styles.pointedLine} />;
  const { name, verdict } = choice;
  const figures = [
    ...(verdict.inside ? [t('verdict.picture.insideValue', { ratio: ratio.value(verdict.inside.ratio.value) })] : []),
    ...(verdict.outside
      ? [t('verdict.picture.outsideValue', { ratio: ratio.value(verdict.outside.ratio.value) })]
      : []),
  ];
  return (
    <p className={styles.pointedLine}>
      <strong>{name}</strong> {[format.bytes(verdict.bytes.pruned), ...figures].join(' · ')}
    </p>
  );
}
