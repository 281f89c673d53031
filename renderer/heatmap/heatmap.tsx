// Layers × experts as a picture that can be hovered over, navigated by keys, zoomed and marked.
import { Maximize, Minus, Plus } from 'lucide-react';
import {
  memo,
  useEffect,
  useEffectEvent,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
} from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import { IconButton } from '../kit/icon-button.tsx';
import kit from '../kit/primitives.module.css';
import { useFormat } from '../kit/use-format.ts';
import { useCellText } from './cell-text.ts';
import type { HeatmapTexts } from './draw.ts';
import styles from './heatmap.module.css';
import { rectOf, type Layout, type Rect } from './layout.ts';
import { HeatmapLegend } from './legend.tsx';
import { isWithin, modelOf, pictureOf, placeOf, type HeatmapModel } from './model.ts';
import { HeatmapStore } from './store.ts';
import { currentTheme, watchTheme } from './theme.ts';
import type { Cell, HeatmapProps } from './types.ts';

/** Zoom per pixel of the wheel, as an exponent. */
const WHEEL_ZOOM = 0.01;
const WHEEL_MOST = 40;

/** Fills its parent, which must have a height and the background `--bg`. */
export function Heatmap(props: HeatmapProps): ReactNode {
  const { nLayers, nExpert, moeLayers, scores, kept, pins, drops, busy = false } = props;
  const picture = useMemo(
    () => pictureOf({ nLayers, nExpert, moeLayers, scores }),
    [nLayers, nExpert, moeLayers, scores],
  );
  const model = useMemo(() => modelOf(picture, { kept, pins, drops }), [picture, kept, pins, drops]);
  const texts = useTexts();
  const theme = useSyncExternalStore(watchTheme, currentTheme);
  const [store] = useState(() => new HeatmapStore());
  useLayoutEffect(() => store.show({ model, texts, theme }), [store, model, texts, theme]);
  return (
    <div className={classNames(kit.stack, styles.heatmap)} aria-busy={busy}>
      <div className={styles.head}>
        <HeatmapLegend model={model} theme={theme} busy={busy} />
        <ZoomButtons store={store} />
      </div>
      <Stage {...props} store={store} model={model} />
      <Readout store={store} model={model} busy={busy} />
    </div>
  );
}

function useTexts(): HeatmapTexts {
  const { t } = useTranslation();
  const format = useFormat();
  return useMemo(
    () => ({
      layers: t('heatmap.axis.layer'),
      ranks: t('heatmap.axis.rank'),
      retained: t('heatmap.axis.retained'),
      layersKeeping: t('heatmap.axis.layersKeeping'),
      percent: format.percent,
    }),
    [t, format],
  );
}

type PartProps = { readonly store: HeatmapStore; readonly model: HeatmapModel };

/** The canvas, and over it the elements that scroll and take the focus. */
function Stage({ store, model, ...props }: HeatmapProps & PartProps): ReactNode {
  const { t } = useTranslation();
  const helpId = useId();
  const canvas = useRef<HTMLCanvasElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (canvas.current && scroller.current) return store.attach({ canvas: canvas.current, scroller: scroller.current });
    return undefined;
  }, [store]);
  const onWheel = useEffectEvent((event: WheelEvent) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const turn = Math.min(Math.max(event.deltaY, -WHEEL_MOST), WHEEL_MOST);
    store.zoomBy(Math.exp(-turn * WHEEL_ZOOM), pointOf(event));
  });
  useEffect(() => {
    const element = scroller.current;
    const listener = (event: WheelEvent): void => onWheel(event);
    // React's own listeners cannot keep the page from zooming
    element?.addEventListener('wheel', listener, { passive: false });
    return () => element?.removeEventListener('wheel', listener);
  }, []);
  return (
    <div className={styles.stage}>
      <canvas ref={canvas} className={styles.canvas} aria-hidden />
      <div
        ref={scroller}
        role="application"
        aria-roledescription={t('heatmap.role')}
        aria-label={t('heatmap.label', { label: props.label, layers: model.nLayers, experts: model.nExpert })}
        aria-describedby={helpId}
        tabIndex={0}
        className={styles.scroller}
        onKeyDown={(event) => onKey(event, store, props)}
        onBlur={() => store.moveTo(null)}
        onPointerMove={(event) => store.hover(pointOf(event))}
        onPointerLeave={() => store.hover(null)}
        onClick={(event) => {
          const cell = store.cellAt(pointOf(event));
          if (cell !== null) props.onActivate?.(cell);
        }}
      >
        <Overlay store={store} model={model} {...props} />
      </div>
      <p id={helpId} hidden>
        {t('heatmap.help')}
      </p>
    </div>
  );
}

function pointOf({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }): {
  x: number;
  y: number;
} {
  return { x: clientX, y: clientY };
}

function onKey(event: KeyboardEvent, store: HeatmapStore, props: HeatmapProps): void {
  if (event.altKey || event.nativeEvent.isComposing || event.target !== event.currentTarget) return;
  const withControl = event.ctrlKey || event.metaKey;
  const action = withControl ? undefined : actionOf(event.key, store, props);
  if (action === undefined && !store.moveByKey(event.key, withControl)) return;
  event.preventDefault();
  action?.();
}

function actionOf(key: string, store: HeatmapStore, props: HeatmapProps): (() => void) | undefined {
  const { cursor } = store.state();
  const onCell = (act: ((cell: Cell) => void) | undefined): (() => void) | undefined =>
    cursor === null || act === undefined ? undefined : () => act(cursor);
  const actions: Readonly<Record<string, (() => void) | undefined>> = {
    Enter: onCell(props.onActivate),
    p: onCell(props.onTogglePin),
    d: onCell(props.onToggleDrop),
    Escape: onCell(() => store.moveTo(null)),
    '+': () => store.zoom('in'),
    '=': () => store.zoom('in'),
    '-': () => store.zoom('out'),
    '0': () => store.zoom('fit'),
  };
  return actions[key.length === 1 ? key.toLowerCase() : key];
}

/**
 * The crosshair, the inspected cell and the line of K. They are elements instead of a second canvas: without a graphics
 * card, a browser copies each whole canvas for every frame in which anything on the page changes.
 */
function Overlay({ store, model, selected = null, keep, onKeepChange }: HeatmapProps & PartProps): ReactNode {
  const { layout, cursor } = useSyncExternalStore(store.subscribe, store.state);
  // another model's layout does not fit this one
  if (layout === null || layout.nExpert !== model.nExpert || layout.nLayers !== model.nLayers) return null;
  const { content, dpr } = layout;
  const cell = cursor && rectOf(layout, placeOf(model, cursor));
  return (
    <div className={styles.overlay} style={{ width: content.w / dpr, height: content.h / dpr }}>
      {selected !== null && isWithin(selected, model) && (
        <div className={styles.selected} style={boxOf(rectOf(layout, placeOf(model, selected)), dpr)} />
      )}
      {cell !== null && (
        <>
          <div className={styles.hairs} style={boxOf({ ...cell, x: 0, w: content.w }, dpr)} />
          <div className={styles.hairs} style={boxOf({ ...cell, y: 0, h: content.h }, dpr)} />
          <div className={styles.cell} style={boxOf(cell, dpr)} />
        </>
      )}
      {keep !== undefined && <KeepLine layout={layout} keep={keep} onChange={onKeepChange} />}
    </div>
  );
}

function boxOf({ x, y, w, h }: Rect, dpr: number): CSSProperties {
  return { translate: `${x / dpr}px ${y / dpr}px`, width: w / dpr, height: h / dpr };
}

type KeepLineProps = {
  readonly layout: Layout;
  readonly keep: number;
  /** undefined: the line only shows K. */
  readonly onChange: ((keep: number) => void) | undefined;
};

/** A line between the kept and the dropped ranks that can be dragged; the slider beside the picture is for keys. */
function KeepLine({ layout: { cell, gap, dpr, nExpert }, keep, onChange }: KeepLineProps): ReactNode {
  const line = useRef<HTMLDivElement>(null);
  const keepAt = (clientX: number): number => {
    const { left = 0 } = line.current?.parentElement?.getBoundingClientRect() ?? {};
    return Math.min(Math.max(Math.round(((clientX - left) * dpr) / cell.w), 1), nExpert);
  };
  return (
    <div
      ref={line}
      aria-hidden
      className={styles.keepLine}
      style={{ left: (keep * cell.w - gap.w / 2) / dpr }}
      data-draggable={onChange && ''}
      onClick={(event) => event.stopPropagation()}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
        const next = keepAt(event.clientX);
        if (next !== keep) onChange?.(next);
      }}
    />
  );
}

/** Zooms by mouse, for users who do not know the keys. */
const ZoomButtons = memo(function ZoomButtons({ store }: { readonly store: HeatmapStore }): ReactNode {
  const { t } = useTranslation();
  const { layout } = useSyncExternalStore(store.subscribe, store.state);
  const zoom = layout?.zoom ?? 1;
  const buttons = [
    { id: 'out', icon: Minus, keys: '−', isDisabled: zoom <= 1 },
    { id: 'in', icon: Plus, keys: '+', isDisabled: zoom >= (layout?.zoomMax ?? 1) },
    { id: 'fit', icon: Maximize, keys: '0', isDisabled: zoom <= 1 },
  ] as const;
  return (
    <div className={classNames(kit.row, kit.tiny)} role="group" aria-label={t('heatmap.zoom.label')}>
      {buttons.map(({ id, ...button }) => (
        <IconButton key={id} size="small" label={t(`heatmap.zoom.${id}`)} onPress={() => store.zoom(id)} {...button} />
      ))}
    </div>
  );
});

/** The numbers of the cell under the crosshair, or a summary; screen readers hear a cell that was reached by keys. */
function Readout({ store, model, busy }: PartProps & { readonly busy: boolean }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const cellText = useCellText(model);
  const { cursor, isByKeys } = useSyncExternalStore(store.subscribe, store.state);
  const { nLayers, nExpert, moeLayers, worst, retained } = model;
  const sentence = cursor !== null && isWithin(cursor, model) ? cellText.sentence(cursor) : null;
  return (
    <div className={styles.readout}>
      <span role="status" className={classNames(sentence !== null && !isByKeys && styles.unseen)}>
        {isByKeys ? sentence : ''}
      </span>
      {sentence !== null && !isByKeys && <span aria-hidden>{sentence}</span>}
      {sentence === null && (
        <>
          {t('heatmap.summary.size', { layers: nLayers, experts: nExpert })}
          {worst !== null &&
            t('heatmap.summary.worst', {
              block: moeLayers[worst],
              share: format.percent(retained?.[worst] ?? 0),
            })}
          <span className={kit.dim}> · {busy ? t('heatmap.hint.busy') : t('heatmap.hint.idle')}</span>
        </>
      )}
    </div>
  );
}
