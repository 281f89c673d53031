// K in the sorted view: a line between the kept and the dropped ranks that can be dragged, or moved by keys.
import {
  useRef,
  useState,
  useSyncExternalStore,
  type HTMLAttributes,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
} from 'react';
import { useTranslation } from 'react-i18next';
import styles from './heatmap.module.css';
import { keepAfterKey, keepAt, keepLinePlace } from './keep-line-place.ts';
import type { SurfaceView } from './layout.ts';
import type { HeatmapSurface } from './surface.ts';

type KeepLineProps = {
  readonly surface: HeatmapSurface;
  readonly keep: number;
  readonly nExpert: number;
  /** Undefined: the line only shows K. */
  readonly onChange: ((keep: number) => void) | undefined;
};

export function KeepLine({ surface, keep, nExpert, onChange }: KeepLineProps): ReactNode {
  const { t } = useTranslation();
  const view = useSyncExternalStore(surface.subscribe, surface.view);
  const { shown, handlers } = useKeepDrag(view, keep, nExpert, onChange);
  if (view === null) return null;
  const { x, height, isOutside, grip } = keepLinePlace(view, shown);
  const slider = onChange !== undefined && {
    ...handlers,
    role: 'slider',
    tabIndex: 0,
    'aria-label': t('heatmap.keep.label'),
    'aria-valuemin': 1,
    'aria-valuemax': nExpert,
    'aria-valuenow': shown,
    'aria-valuetext': t('heatmap.keep.value', { keep: shown, total: nExpert }),
    'data-draggable': '',
  };
  return (
    <div
      className={styles.keepLine}
      style={{ translate: `${x}px`, height }}
      data-outside={isOutside || undefined}
      {...(slider || { 'aria-hidden': true })}
    >
      <span className={styles.keepGrip} data-side={grip} aria-hidden>
        {t('heatmap.keep.short', { keep: shown })}
      </span>
    </div>
  );
}

type Drag = {
  /** K under the pointer during a drag, which the caller may follow more slowly. */
  readonly shown: number;
  readonly handlers: HTMLAttributes<HTMLDivElement>;
};

function useKeepDrag(
  view: SurfaceView | null,
  keep: number,
  nExpert: number,
  onChange: ((keep: number) => void) | undefined,
): Drag {
  const [dragged, setDragged] = useState<number | null>(null);
  /** Distance between the pointer and the line. */
  const grabbedAt = useRef(0);
  const shown = dragged ?? keep;
  const change = (next: number): void => {
    if (next !== shown) onChange?.(next);
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const { left, width } = event.currentTarget.getBoundingClientRect();
    grabbedAt.current = event.clientX - (left + width / 2);
    setDragged(shown);
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    if (dragged === null || view === null) return;
    const stageX = event.currentTarget.offsetParent?.getBoundingClientRect().left ?? 0;
    const next = keepAt(view, event.clientX - stageX - grabbedAt.current);
    setDragged(next);
    change(next);
  };
  const onPointerUp = (): void => setDragged(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = keepAfterKey(event.key, shown, nExpert);
    if (next === null) return;
    event.preventDefault();
    change(next);
  };
  return { shown, handlers: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp, onKeyDown } };
}
