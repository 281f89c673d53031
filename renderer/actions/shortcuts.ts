// Keys, the system's menu and files that the system hands over: ways to the actions that start outside the page's elements.
import { useEffect } from 'react';
import { handOver } from '../files/hand-over.ts';
import { matchesKeys } from '../kit/key-names.ts';
import { bridge } from '../state/bridge.ts';
import { availableActions } from './actions.ts';
import { perform, performCommand } from './perform.ts';

/** Elements where keys have another meaning: typing, or choosing in something that floats above the page. */
const TYPING = 'input:not([type="range"], [type="checkbox"], [type="radio"]), textarea, [contenteditable="true"]';
const FLOATING = '[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]';

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.repeat) return;
  const target = event.target instanceof Element ? event.target : document.body;
  const isBare = !event.ctrlKey && !event.metaKey && !/^F\d+$/.test(event.key);
  if (target.closest(FLOATING) !== null || (isBare && target.closest(TYPING) !== null)) return;
  const action = availableActions().find(({ keys }) => keys?.some((combination) => matchesKeys(event, combination)));
  if (action === undefined) return;
  event.preventDefault();
  void perform(action);
}

/** Connects keys and menu to the actions. To be used once, in the frame. */
export function useShortcuts(): void {
  useEffect(() => {
    window.addEventListener('keydown', onKeyDown);
    const stopCommands = bridge().onCommand(performCommand);
    const stopFiles = bridge().onOpenFiles((grants) => void handOver(grants));
    return () => {
      window.removeEventListener('keydown', onKeyDown);
      stopCommands();
      stopFiles();
    };
  }, []);
}
