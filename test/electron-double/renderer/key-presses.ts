// Menu accelerators: Electron offers a key press to the page first, and to the menu if the page leaves it.
import type { ToMain } from '../page-messages.ts';

export function reportUntakenKeys(toMain: (message: ToMain) => void): void {
  // after every listener of the page; a message, since tests may stop the page's timers
  const { port1, port2 } = new MessageChannel();
  const presses: KeyboardEvent[] = [];
  port2.onmessage = () => {
    const press = presses.shift();
    if (!press || press.defaultPrevented) return;
    const { key, code, ctrlKey: ctrl, metaKey: meta, altKey: alt, shiftKey: shift } = press;
    toMain({ kind: 'key', press: { key, code, ctrl, meta, alt, shift } });
  };
  const onKey = (event: KeyboardEvent): void => {
    // plain typing is no accelerator
    const mayBeAccelerator = event.ctrlKey || event.metaKey || event.altKey || event.key.length > 1;
    if (!event.isTrusted || !mayBeAccelerator) return;
    presses.push(event);
    port1.postMessage(null);
  };
  window.addEventListener('keydown', onKey, { capture: true });
}
