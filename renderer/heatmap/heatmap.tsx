// Layers × experts as a picture that can be hovered over, navigated by keys and marked.
import {
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
import kit from '../kit/primitives.module.css';
import { useFormat } from '../kit/use-format.ts';
import { useCellText } from './cell-text.ts';
import type { HeatmapTexts } from './draw.ts';
import styles from './heatmap.module.css';
import { cellRect, type Rect } from './layout.ts';
import { HeatmapLegend } from './legend.tsx';
import { isWithin, toModel, toPicture, toPlace, type HeatmapModel } from './model.ts';
import { HeatmapStore } from './store.ts';
import { currentTheme, watchTheme } from './theme.ts';
import type { Cell, HeatmapProps } from './types.ts';

/** Fills its parent, which must have a height and the background `--bg`. */
export function Heatmap(props: HeatmapProps): ReactNode {
  const { nLayers, nExpert, moeLayers, scores, kept, retained, pins, drops, busy = false } = props;
  const picture = useMemo(
    () => toPicture({ nLayers, nExpert, moeLayers, scores }),
    [nLayers, nExpert, moeLayers, scores],
  );
  const model = useMemo(
    () => toModel(picture, { kept, retained, pins, drops }),
    [picture, kept, retained, pins, drops],
  );
  const texts = useTexts();
  const theme = useSyncExternalStore(watchTheme, currentTheme);
  const [store] = useState(() => new HeatmapStore());
  useLayoutEffect(() => store.show({ model, texts, theme }), [store, model, texts, theme]);
  return (
    <div className={classNames(kit.stack, styles.heatmap)} aria-busy={busy}>
      <HeatmapLegend model={model} theme={theme} busy={busy} />
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
    if (canvas.current && scroller.current) return store.attach(canvas.current, scroller.current);
    return undefined;
  }, [store]);
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
        onPointerMove={(event) => store.hover(event.nativeEvent)}
        onPointerLeave={() => store.hover(null)}
        onClick={(event) => {
          const cell = store.cellAt(event.nativeEvent);
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

function onKey(event: KeyboardEvent, store: HeatmapStore, props: HeatmapProps): void {
  if (event.altKey || event.nativeEvent.isComposing || event.target !== event.currentTarget) return;
  const withControl = event.ctrlKey || event.metaKey;
  const action = withControl ? undefined : keyAction(event.key, store, props);
  if (action === undefined && !store.moveByKey(event.key, withControl)) return;
  event.preventDefault();
  action?.();
}

function keyAction(key: string, store: HeatmapStore, props: HeatmapProps): (() => void) | undefined {
  const { cursor } = store.state();
  const onCell = (act: ((cell: Cell) => void) | undefined): (() => void) | undefined =>
    cursor === null || act === undefined ? undefined : () => act(cursor);
  const actions: Readonly<Record<string, (() => void) | undefined>> = {
    Enter: onCell(props.onActivate),
    p: onCell(props.onTogglePin),
    d: onCell(props.onToggleDrop),
    Escape: onCell(() => store.moveTo(null)),
  };
  return actions[key.length === 1 ? key.toLowerCase() : key];
}

/**
 * The crosshair and the inspected cell. They are elements instead of a second canvas: without a graphics
 * card, a browser copies each whole canvas for every frame in which anything on the page changes.
 */
function Overlay({ store, model, selected = null }: HeatmapProps & PartProps): ReactNode {
  const { layout, cursor } = useSyncExternalStore(store.subscribe, store.state);
  // another model's layout does not fit this one
  if (layout === null || layout.nExpert !== model.nExpert || layout.nLayers !== model.nLayers) return null;
  const { content, dpr } = layout;
  const cell = cursor && cellRect(layout, toPlace(model, cursor));
  return (
    <div className={styles.overlay} style={{ width: content.w / dpr, height: content.h / dpr }}>
      {selected !== null && isWithin(selected, model) && (
        <div className={styles.selected} style={toStyle(cellRect(layout, toPlace(model, selected)), dpr)} />
      )}
      {cell !== null && (
        <>
          <div className={styles.hairs} style={toStyle({ ...cell, x: 0, w: content.w }, dpr)} />
          <div className={styles.hairs} style={toStyle({ ...cell, y: 0, h: content.h }, dpr)} />
          <div className={styles.cell} style={toStyle(cell, dpr)} />
        </>
      )}
    </div>
  );
}

function toStyle({ x, y, w, h }: Rect, dpr: number): CSSProperties {
  return { translate: `${x / dpr}px ${y / dpr}px`, width: w / dpr, height: h / dpr };
}

/** The numbers of the cell under the crosshair, or a summary; screen readers hear a cell that was reached by keys. */
function Readout({ store, model, busy }: PartProps & { readonly busy: boolean }): ReactNode {
  const { t } = useTranslation();
  const cellText = useCellText(model);
  const { cursor, isByKeys } = useSyncExternalStore(store.subscribe, store.state);
  const { nLayers, nExpert } = model;
  const sentence = cursor !== null && isWithin(cursor, model) ? cellText(cursor) : null;
  return (
    <div className={styles.readout}>
      <span role="status" className={classNames(sentence !== null && !isByKeys && styles.unseen)}>
        {isByKeys ? sentence : ''}
      </span>
      {sentence !== null && !isByKeys && <span aria-hidden>{sentence}</span>}
      {sentence === null && (
        <>
          {t('heatmap.summary.size', { layers: nLayers, experts: nExpert })}
          <span className={kit.dim}> · {busy ? t('heatmap.hint.busy') : t('heatmap.hint.idle')}</span>
        </>
      )}
    </div>
  );
}
