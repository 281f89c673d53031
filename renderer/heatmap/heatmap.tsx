// Layers × experts as a picture that is hovered over, walked through by keys, zoomed and marked.
import {
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type ReactNode,
  type Ref,
} from 'react';
import { useTranslation } from 'react-i18next';
import { cellDetails } from './cell-details.ts';
import { pixelColours } from './cell-pixels.ts';
import { cellColours } from './colour.ts';
import { Crosshair } from './crosshair.tsx';
import { HeatmapLegend } from './heatmap-legend.tsx';
import { HeatmapReadout } from './heatmap-readout.tsx';
import styles from './heatmap.module.css';
import { KeepLine } from './keep-line.tsx';
import { HeatmapSurface } from './surface.ts';
import { currentTheme, watchTheme } from './theme.ts';
import type { HeatmapHandle, HeatmapProps } from './types.ts';
import { useCellText } from './use-cell-text.ts';
import { useCursor } from './use-cursor.ts';
import { useHeatmapExports } from './use-heatmap-exports.ts';
import { useHeatmapModel } from './use-heatmap-model.ts';
import { useChromeTexts } from './use-heatmap-texts.ts';
import { ZoomButtons } from './zoom-buttons.tsx';

/** Fills its parent, which must have a height and stand on `--bg`. */
export function Heatmap({ ref, ...props }: HeatmapProps & { readonly ref?: Ref<HeatmapHandle> }): ReactNode {
  const { label, keep, onKeepChange, busy = false, selected = null, describe } = props;
  const { t } = useTranslation();
  const [surface] = useState(() => new HeatmapSurface());
  const stage = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const sizer = useRef<HTMLDivElement>(null);
  const helpId = useId();

  const model = useHeatmapModel(props);
  const { nLayers, nExpert } = model.data;
  const texts = useChromeTexts(model.order);
  const { sentence } = useCellText();
  const theme = useSyncExternalStore(watchTheme, currentTheme);
  const colours = useMemo(() => cellColours(model.scale.diverging, theme), [model.scale.diverging, theme]);
  const pixels = useMemo(() => pixelColours(colours, theme.bg), [colours, theme]);
  const drawing = useMemo(() => ({ model, texts, theme, colours: pixels }), [model, texts, theme, pixels]);
  const cursor = useCursor(scroller, surface, model, props);
  const details = cursor.cell === null ? null : cellDetails(model, cursor.cell, describe);

  useLayoutEffect(() => {
    if (!stage.current || !canvas.current || !scroller.current || !sizer.current) return;
    return surface.attach({
      stage: stage.current,
      canvas: canvas.current,
      scroller: scroller.current,
      sizer: sizer.current,
    });
  }, [surface]);
  useLayoutEffect(() => surface.show(drawing), [surface, drawing]);
  const exports = useHeatmapExports(drawing, colours, props);
  useImperativeHandle(ref, () => exports, [exports]);

  const hasLine = keep !== undefined && model.order === 'score';
  return (
    <div className={styles.heatmap} aria-busy={busy}>
      <HeatmapReadout model={model} details={details} hasDescription={describe !== undefined} busy={busy} />
      <div className={styles.head}>
        <HeatmapLegend
          scale={model.scale}
          kind={props.scale}
          colours={colours}
          hasKept={model.kept !== null}
          hasPins={props.pins.length > 0}
          hasDrops={props.drops.length > 0}
          hasUnscored={busy || model.hasUnscored}
        />
        <ZoomButtons surface={surface} />
      </div>
      <div ref={stage} className={styles.stage}>
        <canvas ref={canvas} className={styles.canvas} />
        <div
          ref={scroller}
          role="application"
          aria-roledescription={t('heatmap.role')}
          aria-label={t('heatmap.label', { label, layers: nLayers, experts: nExpert })}
          aria-describedby={helpId}
          tabIndex={0}
          className={styles.scroller}
          onKeyDown={cursor.onKeyDown}
          onFocus={cursor.onFocus}
          onBlur={cursor.onBlur}
        >
          <div ref={sizer} />
        </div>
        <Crosshair surface={surface} model={model} texts={texts} cursor={cursor.cell} selected={selected} />
        {hasLine && <KeepLine surface={surface} keep={keep} nExpert={nExpert} onChange={onKeepChange} />}
      </div>
      <p id={helpId} hidden>
        {t('heatmap.help')}
      </p>
      <p role="status" className={styles.unseen}>
        {cursor.isByKeys && details !== null ? sentence(details, nExpert) : ''}
      </p>
    </div>
  );
}
