// Reads the interface's colours for the canvas, and reports changes.
import type { HeatmapTheme, Rgb } from './colour.ts';

const forcedColors = matchMedia('(forced-colors: active)');
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

let current: HeatmapTheme | null = null;

/** Returns the current colours: the same object until they change, as long as someone is watching. */
export function currentTheme(): HeatmapTheme {
  current ??= readTheme();
  return current;
}

/** Calls `onChange` when the colours change. @returns a function that ends it */
export function watchTheme(onChange: () => void): () => void {
  const stop = new AbortController();
  const renew = (): void => {
    current = null;
    onChange();
  };
  const observer = new MutationObserver(renew);
  // the language determines the font that the system uses
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'lang'] });
  for (const query of [forcedColors, systemIsDark]) query.addEventListener('change', renew, { signal: stop.signal });
  return () => {
    observer.disconnect();
    stop.abort();
    current = null;
  };
}

function readTheme(): HeatmapTheme {
  const probe = document.createElement('span');
  // otherwise the system's text colour would replace every other one
  probe.style.forcedColorAdjust = 'none';
  probe.hidden = true;
  document.body.append(probe);
  const read = (name: string): Rgb => {
    probe.style.color = `var(${name})`;
    const [red = 0, green = 0, blue = 0] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).map(Number);
    return [red, green, blue];
  };
  const theme = {
    bg: read('--bg'),
    bgSunken: read('--bg-sunken'),
    text: read('--text'),
    textDim: read('--text-dim'),
    accent: read('--accent'),
    dropped: read('--dropped'),
    caution: read('--caution'),
    font: getComputedStyle(document.body).fontFamily,
    forced: forcedColors.matches,
  };
  probe.remove();
  return theme;
}
