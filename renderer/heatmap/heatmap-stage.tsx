// The picture itself: the canvas, and over it the elements that move, scroll and take the focus.
import { useEffect, useEffectEvent, useId, useLayoutEffect, useRef, type ReactNode, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { Crosshair } from './crosshair.tsx';
import styles from './heatmap.module.css';
import { KeepLine } from './keep-line.tsx';
import type { ChromeTexts } from './margins.ts';
import type { HeatmapModel } from './model.ts';
import { followPointer } from './pointer.ts';
import type { HeatmapSurface } from './surface.ts';
import type { Cell, HeatmapProps } from './types.ts';
import type { Cursor } from './use-cursor.ts';

type StageProps = Pick<HeatmapProps, 'label' | 'keep' | 'onKeepChange'> & {
  readonly surface: HeatmapSurface;
  readonly model: HeatmapModel;
  readonly texts: ChromeTexts;
  readonly cursor: Cursor;
  readonly selected: Cell | null;
};

export function HeatmapStage({
  surface,
  model,
  texts,
  cursor,
  label,
  selected,
  keep,
  onKeepChange,
}: StageProps): ReactNode {
  const { t } = useTranslation();
  const helpId = useId();
  const { stage, canvas, scroller, sizer } = useSurfaceElements(surface, cursor);
  return (
    <div ref={stage} className={styles.stage}>
      <canvas ref={canvas} className={styles.canvas} aria-hidden />
      <div
        ref={scroller}
        role="application"
        aria-roledescription={t('heatmap.role')}
        aria-label={label}
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
      {keep !== undefined && model.order === 'score' && (
        <KeepLine surface={surface} keep={keep} nExpert={model.data.nExpert} onChange={onKeepChange} />
      )}
      <p id={helpId} hidden>
        {t('heatmap.help')}
      </p>
    </div>
  );
}

type ElementRefs = {
  readonly stage: RefObject<HTMLDivElement | null>;
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly sizer: RefObject<HTMLDivElement | null>;
};

function useSurfaceElements(surface: HeatmapSurface, cursor: Cursor): ElementRefs {
  const stage = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const sizer = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!stage.current || !canvas.current || !scroller.current || !sizer.current) return;
    return surface.attach({
      stage: stage.current,
      canvas: canvas.current,
      scroller: scroller.current,
      sizer: sizer.current,
    });
  }, [surface]);

  const hover = useEffectEvent((cell: Cell | null) => cursor.hover(cell));
  const press = useEffectEvent((cell: Cell) => cursor.press(cell));
  useEffect(() => {
    if (!scroller.current) return;
    return followPointer(scroller.current, surface, {
      hover: (cell) => hover(cell),
      press: (cell) => press(cell),
    });
  }, [surface]);
  return { stage, canvas, scroller, sizer };
}
