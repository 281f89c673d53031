// State that a component keeps while another screen is shown, so that leaving a screen loses nothing.
import { useCallback } from 'react';
import { create } from 'zustand';

const useKept = create<Readonly<Record<string, unknown>>>()(() => ({}));

/** Keeps a value before the component that uses it is there. @param name as in `useKeptState` */
export function keepState(name: string, value: unknown): void {
  useKept.setState({ [name]: value });
}

/**
 * Like `useState`, but outlives the component until the window is closed; `useViewState` outlives that too.
 * @param name "<screen>.<thing>", plus the id of what it belongs to if there are several; always used with the same
 *   type
 * @param first the initial value
 */
export function useKeptState<T>(name: string, first: T): [T, (value: T) => void] {
  const kept = useKept((all) => all[name]);
  const set = useCallback((value: T) => useKept.setState({ [name]: value }), [name]);
  return [kept === undefined ? first : (kept as T), set];
}
