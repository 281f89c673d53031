// The crosshair: where the pointer hovers, or else where the keys left it while the picture has the focus.
import { useEffect, useEffectEvent, useState, type KeyboardEvent, type RefObject } from 'react';
import { placeAfterKey } from './cursor-keys.ts';
import { placeOf, type HeatmapModel } from './model.ts';
import { followPointer } from './pointer.ts';
import type { HeatmapSurface } from './surface.ts';
import type { Cell, HeatmapActions, Point } from './types.ts';

export type Cursor = {
  /** Where the crosshair is; null: nowhere. */
  readonly cell: Cell | null;
  /** The cell is chosen by keys: a screen reader should hear of it. */
  readonly isByKeys: boolean;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onFocus: () => void;
  readonly onBlur: () => void;
};

export function useCursor(
  scroller: RefObject<HTMLElement | null>,
  surface: HeatmapSurface,
  model: HeatmapModel,
  actions: HeatmapActions,
): Cursor {
  const [hovered, setHovered] = useState<Cell | null>(null);
  const [resting, setResting] = useState<Cell | null>(null);
  const [hasFocus, setHasFocus] = useState(false);
  const { nLayers, nExpert } = model.data;
  const wanted = hovered ?? (hasFocus ? resting : null);
  const cell = wanted !== null && wanted.layer < nLayers && wanted.expert < nExpert ? wanted : null;

  const hover = (next: Cell | null): void => setHovered((now) => (isSame(now, next) ? now : next));
  const openMenu = (at: Point | null): boolean => {
    const target = at === null ? cell : surface.cellAt(at);
    const point = at ?? (cell === null ? null : surface.clientPointOf(cell));
    if (target === null || point === null || actions.onContextMenu === undefined) return false;
    actions.onContextMenu(target, point);
    return true;
  };

  const onHover = useEffectEvent(hover);
  const onPress = useEffectEvent((pressed: Cell) => {
    setResting(pressed);
    actions.onActivate?.(pressed);
  });
  const onMenu = useEffectEvent(openMenu);
  useEffect(() => {
    if (scroller.current === null) return;
    return followPointer(scroller.current, surface, {
      hover: (next) => onHover(next),
      press: (pressed) => onPress(pressed),
      menu: (at) => onMenu(at),
    });
  }, [scroller, surface]);

  const onMove = useEffectEvent((moved: Cell | null) => actions.onCursor?.(moved));
  useEffect(() => onMove(cell), [cell]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.nativeEvent.isComposing) return;
    const withControl = event.ctrlKey || event.metaKey;
    const from = cell === null ? null : placeOf(model, cell);
    const place = placeAfterKey(event.key, withControl, from, model.data);
    if (place !== null) {
      const next = { layer: place.layer, expert: model.expertAt[place.layer * nExpert + place.column]! };
      setHovered(null);
      setResting(next);
      surface.reveal(next);
    } else if (withControl || !act(event.key, cell, surface, actions, () => setResting(null))) {
      return;
    }
    event.preventDefault();
  };

  return {
    cell,
    isByKeys: hovered === null && cell !== null,
    onKeyDown,
    onFocus: () => setHasFocus(true),
    onBlur: () => setHasFocus(false),
  };
}

/** @returns whether the key means something */
function act(
  key: string,
  cell: Cell | null,
  surface: HeatmapSurface,
  { onActivate, onTogglePin, onToggleDrop }: HeatmapActions,
  leave: () => void,
): boolean {
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
      return withCell(leave);
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

function isSame(a: Cell | null, b: Cell | null): boolean {
  return a === b || (a !== null && b !== null && a.layer === b.layer && a.expert === b.expert);
}
