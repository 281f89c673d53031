// What a component holds while another screen is shown: leaving a screen loses nothing.
import { useCallback } from 'react';
import { create } from 'zustand';

const useKept = create<Readonly<Record<string, unknown>>>()(() => ({}));

/**
 * Like `useState`, but outlives the component until the window is closed; see `useViewState` for what outlives that too.
 * @param name "<screen>.<thing>", with what it belongs to where there are several; always of the same type
 * @param first until something is set
 */
export function useKeptState<T>(name: string, first: T): [T, (value: T) => void] {
  const kept = useKept((all) => all[name]);
  const set = useCallback((value: T) => useKept.setState({ [name]: value }), [name]);
  return [kept === undefined ? first : (kept as T), set];
}
