// K in the sorted view: a line between the kept and the dropped ranks that is dragged, or moved by keys.
import {
  useRef,
  useState,
  useSyncExternalStore,
  type CSSProperties,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
} from 'react';
import { useTranslation } from 'react-i18next';
import styles from './heatmap.module.css';
import type { HeatmapSurface, SurfaceView } from './surface.ts';

type KeepLineProps = {
  readonly surface: HeatmapSurface;
  readonly keep: number;
  readonly nExpert: number;
  /** Missing: the line only shows K. */
  readonly onChange?: ((keep: number) => void) | undefined;
};

/** Page Up and Page Down move by this part of all experts. */
const PAGE_PART = 1 / 16;

export function KeepLine({ surface, keep, nExpert, onChange }: KeepLineProps): ReactNode {
  const { t } = useTranslation();
  const view = useSyncExternalStore(surface.subscribe, surface.view);
  const [dragged, setDragged] = useState<number | null>(null);
  /** Distance of the pointer from the line. */
  const grabbedAt = useRef(0);
  if (view === null) return null;
  const shown = dragged ?? keep;

  const change = (to: number): void => {
    const next = Math.min(Math.max(to, 1), nExpert);
    if (next !== shown) onChange?.(next);
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    if (onChange === undefined || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const { left, width } = event.currentTarget.getBoundingClientRect();
    grabbedAt.current = event.clientX - (left + width / 2);
    setDragged(shown);
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    if (dragged === null) return;
    const stage = event.currentTarget.offsetParent?.getBoundingClientRect().left ?? 0;
    const next = keepAt(view, event.clientX - stage - grabbedAt.current, nExpert);
    setDragged(next);
    change(next);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = keepAfterKey(event.key, shown, nExpert);
    if (next === null) return;
    event.preventDefault();
    change(next);
  };
  const { style, isOutside, grip: gripSide } = placeOf(view, shown);
  const text = t('heatmap.keep.value', { keep: shown, total: nExpert });
  const grip = (
    <span className={styles.keepGrip} data-side={gripSide} aria-hidden>
      {t('heatmap.keep.short', { keep: shown })}
    </span>
  );
  if (onChange === undefined) {
    return (
      <div className={styles.keepLine} style={style} data-outside={isOutside || undefined} aria-hidden>
        {grip}
      </div>
    );
  }
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={t('heatmap.keep.label')}
      aria-valuemin={1}
      aria-valuemax={nExpert}
      aria-valuenow={shown}
      aria-valuetext={text}
      className={styles.keepLine}
      style={style}
      data-draggable=""
      data-outside={isOutside || undefined}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => setDragged(null)}
      onPointerCancel={() => setDragged(null)}
      onKeyDown={onKeyDown}
    >
      {grip}
    </div>
  );
}

/** Half the width of the longest grip, in CSS pixels. */
const GRIP_HALF = 26;

type LinePlace = {
  readonly style: CSSProperties;
  readonly isOutside: boolean;
  /** Towards which side of the line the grip stands, so that it covers no other label. */
  readonly grip: 'left' | 'right' | 'middle';
};

/** In CSS pixels of the stage. Beyond the view the line waits at its edge. */
function placeOf({ layout, scroll }: SurfaceView, keep: number): LinePlace {
  const { view, cell, gap, dpr } = layout;
  const x = keep * cell.w - scroll.x - gap.w / 2;
  const seen = Math.min(Math.max(x, 0), view.w);
  const room = GRIP_HALF * dpr;
  return {
    style: { transform: `translateX(${(view.x + seen) / dpr}px)`, top: 0, height: (view.y + view.h) / dpr },
    isOutside: Math.abs(seen - x) > cell.w,
    grip: seen > view.w - room ? 'left' : seen < room ? 'right' : 'middle',
  };
}

function keepAt({ layout, scroll }: SurfaceView, x: number, nExpert: number): number {
  const { view, cell, dpr } = layout;
  return Math.min(Math.max(Math.round((x * dpr - view.x + scroll.x) / cell.w), 1), nExpert);
}

function keepAfterKey(key: string, keep: number, nExpert: number): number | null {
  const page = Math.max(Math.round(nExpert * PAGE_PART), 1);
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return keep - 1;
    case 'ArrowRight':
    case 'ArrowUp':
      return keep + 1;
    case 'PageDown':
      return keep - page;
    case 'PageUp':
      return keep + page;
    case 'Home':
      return 1;
    case 'End':
      return nExpert;
    default:
      return null;
  }
}
