// The colour bar with its numbers, and what the marks mean.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import { useFormat } from '../kit/use-format.ts';
import { css, droppedColours, hatchOpacity, KEPT_COLOURS, type HeatmapTheme, type Rgb } from './colour.ts';
import styles from './heatmap.module.css';
import type { HeatmapModel } from './model.ts';

type LegendProps = { readonly model: HeatmapModel; readonly theme: HeatmapTheme; readonly busy: boolean };

const STOPS = [0, 32, 64, 96, 128, 160, 192, 224, 255] as const;

export function HeatmapLegend({ model, theme, busy }: LegendProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { kept, pins, drops, hasUnscored, isClipped, brightest } = model;
  const colours = ramp(KEPT_COLOURS);
  const hatch = css(theme.text, hatchOpacity(theme));
  const dropped = `repeating-linear-gradient(135deg, transparent 0 2px, ${hatch} 2px 3px), ${ramp(droppedColours(theme))}`;
  return (
    <div className={classNames(kit.chips, kit.tiny, styles.legend)}>
      <span>{t('heatmap.scale')}</span>
      <span className={kit.inline}>
        {format.percentWhole(0)}
        <span className={styles.bar} style={{ background: colours }} />
        {isClipped ? '≥ ' : ''}
        {format.percent(brightest)}
      </span>
      {kept !== null && (
        <>
          <Key text={t('heatmap.legend.kept')} background={colours} />
          <Key text={t('heatmap.legend.dropped')} background={dropped} />
        </>
      )}
      {pins.length > 0 && <Key text={t('heatmap.legend.pinned')} background={colours} mark="●" />}
      {drops.length > 0 && <Key text={t('heatmap.legend.forbidden')} background={dropped} mark="✕" />}
      {(busy || hasUnscored) && <Key text={t('heatmap.legend.unscored')} background={css(theme.bgSunken)} />}
    </div>
  );
}

function ramp(colours: readonly Rgb[]): string {
  return `linear-gradient(to right, ${STOPS.map((level) => css(colours[level]!)).join(', ')})`;
}

type KeyProps = { readonly text: string; readonly background: string; readonly mark?: string };

function Key({ text, background, mark }: KeyProps): ReactNode {
  return (
    <span className={kit.inline}>
      <span className={styles.swatch} style={{ background }} aria-hidden>
        {mark}
      </span>
      {text}
    </span>
  );
}
