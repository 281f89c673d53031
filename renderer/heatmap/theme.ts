// Reads the interface's colours for the canvas, and reports changes.
import { parseRgb, type HeatmapTheme, type Rgb } from './colour.ts';

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
  const renew = (): void => {
    current = null;
    onChange();
  };
  const observer = new MutationObserver(renew);
  // The language determines the font that the system uses.
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'lang'] });
  forcedColors.addEventListener('change', renew);
  systemIsDark.addEventListener('change', renew);
  return () => {
    observer.disconnect();
    forcedColors.removeEventListener('change', renew);
    systemIsDark.removeEventListener('change', renew);
    current = null;
  };
}

function readTheme(): HeatmapTheme {
  const probe = document.createElement('span');
  // Otherwise the system's text colour would replace every other one.
  probe.style.forcedColorAdjust = 'none';
  probe.hidden = true;
  document.body.append(probe);
  const read = (name: string): Rgb => {
    probe.style.color = `var(${name})`;
    return rgbOf(getComputedStyle(probe).color);
  };
  const theme = {
    bg: read('--bg'),
    bgSunken: read('--bg-sunken'),
    text: read('--text'),
    textDim: read('--text-dim'),
    line: read('--line'),
    accent: read('--accent'),
    dropped: read('--dropped'),
    caution: read('--caution'),
    font: getComputedStyle(document.body).fontFamily,
    forced: forcedColors.matches,
  };
  probe.remove();
  return theme;
}

/** Computed colours can use any colour space; a pixel has red, green and blue. */
function rgbOf(colour: string): Rgb {
  if (colour.startsWith('rgb(')) return parseRgb(colour);
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('This browser has no 2D canvas.');
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}
