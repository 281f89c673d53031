// The crosshair: where the pointer hovers, otherwise where the keys left it while the picture has the focus.
import { useEffect, useEffectEvent, useState, type KeyboardEvent } from 'react';
import { placeAfterKey } from './cursor-keys.ts';
import { placeOf, type HeatmapModel } from './model.ts';
import type { PointerReports } from './pointer.ts';
import type { HeatmapSurface } from './surface.ts';
import type { Cell, HeatmapActions } from './types.ts';

export type Cursor = PointerReports & {
  /** The cell of the crosshair; null: there is none. */
  readonly cell: Cell | null;
  /** The cell was chosen by keys, so screen readers should announce it. */
  readonly isByKeys: boolean;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onFocus: () => void;
  readonly onBlur: () => void;
};

export function useCursor(surface: HeatmapSurface, model: HeatmapModel, actions: HeatmapActions): Cursor {
  const [hovered, setHovered] = useState<Cell | null>(null);
  const [resting, setResting] = useState<Cell | null>(null);
  const [hasFocus, setHasFocus] = useState(false);
  const wanted = hovered ?? (hasFocus ? resting : null);
  const cell = wanted !== null && exists(wanted, model) ? wanted : null;

  const moved = useEffectEvent((to: Cell | null) => actions.onCursor?.(to));
  useEffect(() => moved(cell), [cell]);

  const moveTo = (next: Cell | null): void => {
    setHovered(null);
    setResting(next);
    if (next !== null) surface.reveal(next);
  };
  return {
    cell,
    isByKeys: hovered === null && cell !== null,
    hover: (next) => setHovered((now) => (isSame(now, next) ? now : next)),
    press: (pressed) => {
      setResting(pressed);
      actions.onActivate?.(pressed);
    },
    onKeyDown: (event) => {
      if (event.altKey || event.nativeEvent.isComposing) return;
      if (move(event, cell, model, moveTo) || act(event, cell, surface, actions, moveTo)) event.preventDefault();
    },
    onFocus: () => setHasFocus(true),
    onBlur: () => setHasFocus(false),
  };
}

type MoveTo = (cell: Cell | null) => void;

/** @returns whether the key moves the crosshair */
function move(event: KeyboardEvent, cell: Cell | null, model: HeatmapModel, moveTo: MoveTo): boolean {
  const from = cell === null ? null : placeOf(model, cell);
  const place = placeAfterKey(event.key, event.ctrlKey || event.metaKey, from, model.data);
  if (place === null) return false;
  const { layer, column } = place;
  moveTo({ layer, expert: model.expertAt[layer * model.data.nExpert + column]! });
  return true;
}

/** @returns whether the key has another meaning */
function act(
  { key, ctrlKey, metaKey }: KeyboardEvent,
  cell: Cell | null,
  surface: HeatmapSurface,
  { onActivate, onTogglePin, onToggleDrop }: HeatmapActions,
  moveTo: MoveTo,
): boolean {
  if (ctrlKey || metaKey) return false;
  const withCell = (action: ((cell: Cell) => void) | undefined): boolean => {
    if (cell === null || action === undefined) return false;
    action(cell);
    return true;
  };
  switch (key) {
    case 'Enter':
      return withCell(onActivate);
    case 'p':
    case 'P':
      return withCell(onTogglePin);
    case 'd':
    case 'D':
      return withCell(onToggleDrop);
    case 'Escape':
      return withCell(() => moveTo(null));
    case '+':
    case '=':
      surface.zoom('in');
      return true;
    case '-':
      surface.zoom('out');
      return true;
    case '0':
      surface.zoom('fit');
      return true;
    default:
      return false;
  }
}

function exists({ layer, expert }: Cell, { data }: HeatmapModel): boolean {
  return layer < data.nLayers && expert < data.nExpert;
}

function isSame(a: Cell | null, b: Cell | null): boolean {
  return a === b || (a !== null && b !== null && a.layer === b.layer && a.expert === b.expert);
}
