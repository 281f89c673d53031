// Keys that work wherever the focus is, except while typing or choosing in something that floats above the page.
import { useEffect } from 'react';
import { matchesKeys } from './key-names.ts';

const TYPING = 'input:not([type="range"], [type="checkbox"], [type="radio"]), textarea, [contenteditable="true"]';
const FLOATING = '[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]';

type Shortcut = {
  /** Key combinations such as "Mod+K". */
  readonly keys: readonly string[];
  readonly perform: () => void;
};

/** Listens to the keys while the component is mounted. */
export function useKeys(shortcuts: readonly Shortcut[]): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.repeat) return;
      const target = event.target instanceof Element ? event.target : document.body;
      const isBare = !event.ctrlKey && !event.metaKey && !/^F\d+$/.test(event.key);
      if (target.closest(FLOATING) !== null || (isBare && target.closest(TYPING) !== null)) return;
      const shortcut = shortcuts.find(({ keys }) => keys.some((combination) => matchesKeys(event, combination)));
      if (shortcut === undefined) return;
      event.preventDefault();
      shortcut.perform();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  });
}
