// Where the focus is in a table, and how keys move it.

/** @returns the index of the row that contains the element; undefined: there is none */
export function rowIndex(target: EventTarget): number | undefined {
  const row = target instanceof Element ? target.closest('[role="row"][data-index]') : null;
  const index = row?.getAttribute('data-index');
  return index === null || index === undefined ? undefined : Number(index);
}

/** Focuses a row: at once if it is rendered, so that fast keys are not lost; otherwise in the next frame. */
export function focusRow(table: HTMLElement | null, index: number): void {
  const focus = (): boolean => {
    const row = table?.querySelector<HTMLElement>(`[role="row"][data-index="${index}"]`);
    row?.focus({ preventScroll: true });
    return Boolean(row);
  };
  if (!focus()) requestAnimationFrame(focus);
}

/** Right and left move from the row through its buttons and back. @returns whether the focus moved */
export function moveInsideRow(target: EventTarget, key: string): boolean {
  if (!(target instanceof HTMLElement) || target instanceof HTMLInputElement) return false;
  const row = target.closest<HTMLElement>('[role="row"]');
  if (row === null) return false;
  const stops = [row, ...row.querySelectorAll<HTMLElement>('button:not(:disabled), [role="button"], a[href]')];
  const next = stops[stops.indexOf(target) + (key === 'ArrowRight' ? 1 : -1)];
  next?.focus();
  return next !== undefined;
}
