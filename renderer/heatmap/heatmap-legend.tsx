// The colour bar with its numbers, and what the marks mean.
import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import { css, type CellColours } from './colour.ts';
import styles from './heatmap.module.css';
import type { LevelScale } from './magnitude.ts';
import { scaleLabels } from './scale-labels.ts';
import { useShareFormat } from './use-heatmap-texts.ts';

type LegendProps = {
  /** The meaning of the colours. */
  readonly name: string;
  readonly scale: LevelScale;
  readonly colours: CellColours;
  readonly hasKept: boolean;
  readonly hasPins: boolean;
  readonly hasDrops: boolean;
  readonly hasUnscored: boolean;
};

const STOPS = [0, 32, 64, 96, 128, 160, 192, 224, 255] as const;

export const HeatmapLegend = memo(function HeatmapLegend(props: LegendProps): ReactNode {
  const { name, scale, colours, hasKept, hasPins, hasDrops, hasUnscored } = props;
  const { t } = useTranslation();
  const shares = useShareFormat();
  const ramp = (table: CellColours['kept']): string =>
    `linear-gradient(to right, ${STOPS.map((level) => css(table[level]!)).join(', ')})`;
  return (
    <div className={classNames(kit.chips, kit.tiny, styles.legend)}>
      <span>{name}</span>
      <span className={styles.scale}>
        <span className={styles.bar} style={{ background: ramp(colours.kept) }} />
        {scaleLabels(scale, shares).map(({ position, text }) => (
          <span
            key={position}
            className={styles.scaleLabel}
            data-end={position === 0 ? 'start' : position === 1 ? 'end' : undefined}
            style={{ left: `${position * 100}%` }}
          >
            {text}
          </span>
        ))}
      </span>
      {hasKept && (
        <>
          <Key text={t('heatmap.legend.kept')} background={ramp(colours.kept)} />
          <Key text={t('heatmap.legend.dropped')} background={hatched(colours, ramp(colours.dropped))} />
        </>
      )}
      {hasPins && <Key text={t('heatmap.legend.pinned')} mark="dot" background={ramp(colours.kept)} />}
      {hasDrops && (
        <Key text={t('heatmap.legend.forbidden')} mark="cross" background={hatched(colours, ramp(colours.dropped))} />
      )}
      {hasUnscored && <Key text={t('heatmap.legend.unscored')} background={dotted(colours)} />}
    </div>
  );
});

function hatched({ hatch }: CellColours, below: string): string {
  const line = css(hatch[160]!);
  return `repeating-linear-gradient(135deg, transparent 0 2px, ${line} 2px 3px), ${below}`;
}

function dotted({ empty, emptyDots }: CellColours): string {
  return `radial-gradient(${css(emptyDots)} 0.75px, transparent 1px) 0 0 / 4px 4px, ${css(empty)}`;
}

type KeyProps = { readonly text: string; readonly background: string; readonly mark?: 'dot' | 'cross' };

function Key({ text, background, mark }: KeyProps): ReactNode {
  return (
    <span className={kit.inline}>
      <svg className={styles.swatch} style={{ background }} viewBox="0 0 14 14" aria-hidden>
        {mark === 'dot' && <circle cx="7" cy="7" r="3.2" className={styles.dot} />}
        {mark === 'cross' && (
          <>
            <path d="M4 4l6 6m0-6-6 6" className={styles.crossEdge} />
            <path d="M4 4l6 6m0-6-6 6" className={styles.cross} />
          </>
        )}
      </svg>
      {text}
    </span>
  );
}
