// Where the line of K is, and which K a place or a key stands for.
import type { SurfaceView } from './layout.ts';

export type KeepLinePlace = {
  /** In CSS pixels of the stage. */
  readonly x: number;
  readonly height: number;
  /** K is not visible; the line waits at the edge of the view. */
  readonly isOutside: boolean;
  /** On which side of the line its grip is, so that it covers no other label. */
  readonly grip: 'left' | 'right' | 'middle';
};

/** Half the width of the longest grip, in CSS pixels. */
const GRIP_HALF = 26;
/** Page Up and Page Down move by this share of all experts. */
const PAGE_PART = 1 / 16;

export function keepLinePlace({ layout, scroll }: SurfaceView, keep: number): KeepLinePlace {
  const { view, cell, gap, dpr } = layout;
  const x = keep * cell.w - scroll.x - gap.w / 2;
  const seen = Math.min(Math.max(x, 0), view.w);
  const room = GRIP_HALF * dpr;
  return {
    x: (view.x + seen) / dpr,
    height: (view.y + view.h) / dpr,
    isOutside: Math.abs(seen - x) > cell.w,
    grip: seen > view.w - room ? 'left' : seen < room ? 'right' : 'middle',
  };
}

/** @param x in CSS pixels of the stage @returns the nearest border between columns, from 1 to all experts */
export function keepAt({ layout, scroll }: SurfaceView, x: number): number {
  const { view, cell, dpr, nExpert } = layout;
  return clampKeep(Math.round((x * dpr - view.x + scroll.x) / cell.w), nExpert);
}

/** Returns K after a key was pressed; null: the key has no meaning for the line. */
export function keepAfterKey(key: string, keep: number, nExpert: number): number | null {
  const page = Math.max(Math.round(nExpert * PAGE_PART), 1);
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowDown: -1,
    ArrowRight: 1,
    ArrowUp: 1,
    PageDown: -page,
    PageUp: page,
    Home: -nExpert,
    End: nExpert,
  };
  const step = steps[key];
  return step === undefined ? null : clampKeep(keep + step, nExpert);
}

function clampKeep(keep: number, nExpert: number): number {
  return Math.min(Math.max(keep, 1), nExpert);
}
