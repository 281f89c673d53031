// The crosshair and the inspected cell. They are elements instead of a second canvas: without a graphics card, a
// browser copies each whole canvas for every frame in which anything on the page changes.
import { useSyncExternalStore, type CSSProperties, type ReactNode } from 'react';
import { classNames } from '../kit/class-names.ts';
import styles from './crosshair.module.css';
import { rectOf, type Rect, type SurfaceView } from './layout.ts';
import { chromeParts, type ChromeTexts } from './margins.ts';
import { placeOf, type HeatmapModel } from './model.ts';
import type { HeatmapSurface } from './surface.ts';
import type { Cell, Point } from './types.ts';

type CrosshairProps = {
  readonly surface: HeatmapSurface;
  readonly model: HeatmapModel;
  readonly texts: ChromeTexts;
  /** null: there is no crosshair. */
  readonly cursor: Cell | null;
  readonly selected: Cell | null;
};

export function Crosshair({ surface, model, texts, cursor, selected }: CrosshairProps): ReactNode {
  const view = useSyncExternalStore(surface.subscribe, surface.view);
  if (view === null) return null;
  const { dpr, view: box } = view.layout;
  return (
    <div className={styles.layer} aria-hidden>
      <div className={styles.window} style={boxOf(box, dpr)}>
        {selected !== null && <Frame view={view} model={model} cell={selected} className={styles.selected} line={2} />}
        {cursor !== null && <Hairs view={view} model={model} cell={cursor} />}
      </div>
      {cursor !== null && <Chips view={view} model={model} texts={texts} cell={cursor} />}
    </div>
  );
}

type PartProps = { readonly view: SurfaceView; readonly model: HeatmapModel; readonly cell: Cell };

/** Two lines along the layer and two along the column, and a frame around the cell. */
function Hairs({ view, model, cell }: PartProps): ReactNode {
  const { layout } = view;
  const { dpr, view: box } = layout;
  const hair = deviceLine(1, dpr);
  const { x, y, w, h } = outset(within(view, model, cell), hair);
  // The ends of the lines stay outside the view.
  const beyond = 4 * hair;
  const row = { x: -beyond, y, w: box.w + 2 * beyond, h };
  const column = { x, y: -beyond, w, h: box.h + 2 * beyond };
  return (
    <>
      <div className={styles.hairs} style={boxOf(row, dpr)} />
      <div className={styles.hairs} style={boxOf(column, dpr)} />
      <Frame view={view} model={model} cell={cell} className={styles.cell} line={1} />
    </>
  );
}

type FrameProps = PartProps & {
  readonly className: string | undefined;
  /** Thickness in CSS pixels. */
  readonly line: number;
};

function Frame({ view, model, cell, className, line }: FrameProps): ReactNode {
  const { dpr } = view.layout;
  const rect = outset(within(view, model, cell), deviceLine(line, dpr));
  return <div className={classNames(styles.frame, className)} style={boxOf(rect, dpr)} />;
}

/** Layer, column and what the layer retains, on the axes in inverted colours. */
function Chips({ view: { layout, scroll }, model, texts, cell }: PartProps & Pick<CrosshairProps, 'texts'>): ReactNode {
  const { dpr, view } = layout;
  const place = placeOf(model, cell);
  const parts = chromeParts(layout);
  const { x, y, w, h } = rectOf(layout, scroll, place);
  const middle = { x: x + Math.floor(w / 2), y: y + Math.floor(h / 2) };
  const retained = model.kept?.retained[place.layer] ?? NaN;
  const hasRow = middle.y >= view.y && middle.y <= view.y + view.h;
  const hasColumn = middle.x >= view.x && middle.x <= view.x + view.w;
  const number = model.order === 'index' ? place.column : place.column + 1;
  return (
    <>
      {hasRow && (
        <Chip side="right" at={{ x: parts.labelX, y: middle.y }} dpr={dpr}>
          {model.data.moeLayers[place.layer]}
        </Chip>
      )}
      {hasRow && !Number.isNaN(retained) && (
        <Chip side="left" at={{ x: parts.barLabelX, y: middle.y }} dpr={dpr}>
          {texts.percent(retained)}
        </Chip>
      )}
      {hasColumn && (
        <Chip side="middle" at={{ x: middle.x, y: parts.ticksY }} dpr={dpr}>
          {number}
        </Chip>
      )}
    </>
  );
}

type ChipProps = {
  /** The part of the label that is at the point. */
  readonly side: 'left' | 'right' | 'middle';
  readonly at: Point;
  readonly dpr: number;
  readonly children: ReactNode;
};

function Chip({ side, at, dpr, children }: ChipProps): ReactNode {
  return (
    <div className={styles.chipPlace} data-side={side} style={{ translate: `${at.x / dpr}px ${at.y / dpr}px` }}>
      <span className={styles.chip}>{children}</span>
    </div>
  );
}

/** The rectangle of the cell in the view, in device pixels. */
function within({ layout, scroll }: SurfaceView, model: HeatmapModel, cell: Cell): Rect {
  const rect = rectOf(layout, scroll, placeOf(model, cell));
  return { ...rect, x: rect.x - layout.view.x, y: rect.y - layout.view.y };
}

/** Thickness of a border in device pixels: browsers draw whole pixels. */
function deviceLine(css: number, dpr: number): number {
  return Math.max(Math.floor(css * dpr), 1);
}

function outset({ x, y, w, h }: Rect, by: number): Rect {
  return { x: x - by, y: y - by, w: w + 2 * by, h: h + 2 * by };
}

function boxOf({ x, y, w, h }: Rect, dpr: number): CSSProperties {
  return { translate: `${x / dpr}px ${y / dpr}px`, width: w / dpr, height: h / dpr };
}
