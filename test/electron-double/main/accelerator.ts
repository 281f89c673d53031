// Accelerators: `CommandOrControl+Shift+P` against a key press of a page.
import type { KeyPress } from '../protocol.ts';

type Keys = Omit<KeyPress, 'code'>;

/** Names that differ from those of the web's key events, in lower case. */
const NAMED_KEYS: Readonly<Record<string, string>> = {
  plus: '+',
  space: ' ',
  return: 'enter',
  esc: 'escape',
  up: 'arrowup',
  down: 'arrowdown',
  left: 'arrowleft',
  right: 'arrowright',
};

/** @throws Error for an accelerator without a key, or with two */
export function matchesAccelerator(accelerator: string, press: KeyPress): boolean {
  const wanted = parse(accelerator);
  const modifiers = ['ctrl', 'meta', 'alt'] as const;
  if (modifiers.some((name) => wanted[name] !== press[name])) return false;
  const key = press.key.toLowerCase();
  const keyFits =
    key === wanted.key || press.code.toLowerCase() === `key${wanted.key}` || digitOf(press) === wanted.key;
  // a sign that needs Shift to be typed, such as `?`, carries its Shift within
  const shiftFits = wanted.shift === press.shift || (key === wanted.key && /^[^a-z0-9]$/.test(key));
  return keyFits && shiftFits;
}

function parse(accelerator: string): Keys {
  const parts = accelerator.replace(/\+\+$/, '+Plus').toLowerCase().split('+');
  const mac = process.platform === 'darwin';
  const keys: { -readonly [K in keyof Keys]: Keys[K] } = {
    key: '',
    ctrl: false,
    meta: false,
    alt: false,
    shift: false,
  };
  for (const part of parts) {
    if (part === 'commandorcontrol' || part === 'cmdorctrl') keys[mac ? 'meta' : 'ctrl'] = true;
    else if (part === 'control' || part === 'ctrl') keys.ctrl = true;
    else if (['command', 'cmd', 'super', 'meta'].includes(part)) keys.meta = true;
    else if (part === 'alt' || part === 'option') keys.alt = true;
    else if (part === 'shift') keys.shift = true;
    else if (keys.key === '') keys.key = NAMED_KEYS[part] ?? part;
    else throw new Error(`The accelerator ${accelerator} names two keys.`);
  }
  if (keys.key === '') throw new Error(`The accelerator ${accelerator} names no key.`);
  return keys;
}

function digitOf({ code }: KeyPress): string | undefined {
  return /^Digit(\d)$/.exec(code)?.[1];
}
