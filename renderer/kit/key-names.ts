// The notation of key combinations: "Mod" is Command on a Mac and Control elsewhere.

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

const NAMES: Readonly<Record<string, string>> = {
  Mod: IS_MAC ? '⌘' : 'Ctrl',
  Shift: IS_MAC ? '⇧' : 'Shift',
  Alt: IS_MAC ? '⌥' : 'Alt',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  Space: '␣',
};

/** Returns the combination for tooltips and `title`: "Ctrl+K", "⌘K". */
export function keyText(keys: string): string {
  return keys
    .split('+')
    .map((key) => NAMES[key] ?? key)
    .join(IS_MAC ? '' : '+');
}

type KeyPress = {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
};

/** Whether the key press is the combination. Shift is ignored for symbols: keyboards differ in which ones need it. */
export function matchesKeys(event: KeyPress, keys: string): boolean {
  const parts = keys.split('+');
  const key = parts.at(-1) ?? '';
  const mod = IS_MAC ? event.metaKey : event.ctrlKey;
  const otherMod = IS_MAC ? event.ctrlKey : event.metaKey;
  if (otherMod || mod !== parts.includes('Mod') || event.altKey !== parts.includes('Alt')) return false;
  const isSymbol = /^[^\p{L}\p{N}]$/u.test(key);
  if (!isSymbol && event.shiftKey !== parts.includes('Shift')) return false;
  return event.key.toLowerCase() === (key === 'Space' ? ' ' : key.toLowerCase());
}
