// Size across, damage up: filled marks in the domain, hollow ones outside, squares for files with all experts, and the frontier as a line.
import type { KeyboardEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { fitPlot, type FitPlot, type PlotPoint } from '../../../electron/contract/fit-plot.ts';
import { fitSentence } from '../../../electron/contract/fit-texts.ts';
import type { FitFindings } from '../../../electron/contract/fit.ts';
import { HeightTicks } from '../../kit/chart-ticks.tsx';
import chart from '../../kit/chart.module.css';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { useLocale } from '../../kit/translate.ts';
import table from '../../kit/table.module.css';
import { useFormat } from '../../kit/use-format.ts';
import { useWidth } from '../../kit/use-width.ts';
import styles from './new.module.css';
import { useFileTexts } from './file-texts.ts';

const HEIGHT = 280;
const LEAST_WIDTH = 240;
const RADIUS = 5;
/** How close a pointer has to be, in CSS pixels. */
const REACH = 14;

type FitPictureProps = {
  readonly result: FitFindings;
  /** Index of the file that is pointed at. */
  readonly pointed: number | null;
  readonly onPoint: (file: number | null) => void;
};

/** The picture. Arrow keys move from file to file like the pointer; the line below shows the numbers. */
export function FitPicture({ result, pointed, onPoint }: FitPictureProps): ReactNode {
  const { t } = useTranslation();
  const locale = useLocale();
  const [ref, width] = useWidth();
  const plot = fitPlot(result, { width: Math.max(LEAST_WIDTH, width), height: HEIGHT });
  if (plot === null) return null;
  const bySize = [...new Set(plot.points.toSorted((a, b) => a.x - b.x).map(({ file }) => file))];
  const step = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const at = pointed === null ? (by > 0 ? -1 : bySize.length) : bySize.indexOf(pointed);
    onPoint(bySize[Math.min(bySize.length - 1, Math.max(0, at + by))] ?? null);
  };
  return (
    <figure ref={ref} className={styles.figure}>
      <p className={chart.caption}>{t('fit.loss')}</p>
      <svg
        width="100%"
        height={HEIGHT}
        role="img"
        aria-label={t('fit.picture', { sentence: fitSentence(result, locale) })}
        tabIndex={0}
        onKeyDown={step}
        onBlur={() => onPoint(null)}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          onPoint(nearest(plot, event.clientX - box.left, event.clientY - box.top));
        }}
        onPointerLeave={() => onPoint(null)}
      >
        <Axes plot={plot} />
        <polyline points={plot.frontier.map(({ x, y }) => `${x},${y}`).join(' ')} className={styles.frontier} />
        {plot.points.map((point) => (
          <Mark
            key={`${point.file} ${point.isInside}`}
            point={point}
            isBest={point.file === result.best}
            isPointed={point.file === pointed}
          />
        ))}
      </svg>
      <figcaption className={classNames(chart.caption, styles.caption)} aria-live="polite">
        {pointed === null ? <Legend /> : <Pointed result={result} file={pointed} />}
      </figcaption>
    </figure>
  );
}

function nearest({ points }: FitPlot, x: number, y: number): number | null {
  const distance = (point: PlotPoint): number => Math.hypot(point.x - x, point.y - y);
  const [first] = points.toSorted((a, b) => distance(a) - distance(b));
  return first !== undefined && distance(first) <= REACH ? first.file : null;
}

function Axes({ plot: { area, xTicks, yTicks } }: { readonly plot: FitPlot }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { left, right, bottom } = area;
  // on narrow pictures, every second size has a label
  const every = (right - left) / Math.max(1, xTicks.length) < 60 ? 2 : 1;
  const named = xTicks.filter((_, index) => index % every === 0);
  const sizes = format.sizes(named.map(({ bytes }) => bytes));
  return (
    <>
      <HeightTicks
        left={left}
        right={right}
        ticks={yTicks.map(({ y, ratio }) => ({ y, label: `×${format.score(ratio)}` }))}
      />
      {named.map(({ x, bytes }, index) => (
        <text key={bytes} x={x} y={bottom + 15} className={chart.tickX}>
          {sizes[index]}
        </text>
      ))}
      <text x={(left + right) / 2} y={bottom + 30} className={chart.tickX}>
        {t('fit.size')}
      </text>
    </>
  );
}

type MarkProps = { readonly point: PlotPoint; readonly isBest: boolean; readonly isPointed: boolean };

function Mark({ point: { x, y, whisker, isInside, isPlain }, isBest, isPointed }: MarkProps): ReactNode {
  const r = isPointed ? RADIUS + 2 : RADIUS;
  return (
    <g className={classNames(chart.mark, styles.mark, isPlain && styles.plain, isInside ? chart.solid : chart.hollow)}>
      {whisker !== null && <line x1={x} x2={x} y1={whisker.top} y2={whisker.bottom} />}
      {isPlain ? <rect x={x - r} y={y - r} width={2 * r} height={2 * r} /> : <circle cx={x} cy={y} r={r} />}
      {isBest && isInside && <circle cx={x} cy={y} r={r + 4} className={styles.ring} />}
    </g>
  );
}

function Legend(): ReactNode {
  const { t } = useTranslation();
  return (
    <span className={classNames(kit.chips, styles.legend)}>
      <span>
        <span className={classNames(table.keySolid, styles.keyPruned)} aria-hidden /> {t('findings.fit.legend.fewer')}
      </span>
      <span>
        <span className={classNames(table.keySolid, styles.keySquare, styles.keyPlain)} aria-hidden />{' '}
        {t('findings.fit.legend.plain')}
      </span>
      <span>
        <span className={table.keySolid} aria-hidden />{' '}
        <span className={classNames(table.keySolid, styles.keySquare)} aria-hidden /> {t('findings.fit.legend.solid')}
      </span>
      <span>
        <span className={table.keyHollow} aria-hidden />{' '}
        <span className={classNames(table.keyHollow, styles.keySquare)} aria-hidden /> {t('findings.fit.legend.hollow')}
      </span>
      <span>
        <span className={styles.keyInterval} aria-hidden /> {t('findings.fit.legend.interval')}
      </span>
      <span>
        <span className={styles.keyFrontier} aria-hidden /> {t('findings.fit.legend.frontier')}
      </span>
      <span>
        <span className={classNames(table.keyHollow, styles.keyBest)} aria-hidden /> {t('findings.fit.legend.best')}
      </span>
    </span>
  );
}

function Pointed({ result, file: index }: { readonly result: FitFindings; readonly file: number }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const texts = useFileTexts(result);
  const file = result.files[index];
  if (file === undefined) return null;
  const figures = [
    format.bytes(file.bytes),
    ...(file.klMean ? [t('fit.insideValue', { ratio: texts.divergence(file.klMean) })] : []),
    ...(file.klOutside ? [t('fit.outsideValue', { ratio: texts.divergence(file.klOutside) })] : []),
  ];
  return (
    <>
      <strong>{[texts.experts(file), texts.type(file)].join(' · ')}</strong> {figures.join(' · ')}
    </>
  );
}
