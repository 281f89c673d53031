// Where the window was when it was last closed.
import { readFileSync, writeFileSync } from 'node:fs';
import type { BrowserWindow, Rectangle } from 'electron';
import { z } from 'zod';

const placeSchema = z.object({
  x: z.int().exactOptional(),
  y: z.int().exactOptional(),
  width: z.int().min(640),
  height: z.int().min(480),
  maximized: z.boolean(),
});
type Place = z.infer<typeof placeSchema>;

const FIRST_PLACE: Place = { width: 1280, height: 800, maximized: false };

/** The part of the title bar that must be visible: enough to move the window by. */
const HANDLE = { width: 120, height: 24 };

/** Reads the window's last place. @param screens now connected: if the screen of the window is gone, the system places it */
export function readPlace(file: string, screens: readonly Rectangle[]): Place {
  try {
    const place = placeSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    if (screens.some((screen) => canBeMoved(place, screen))) return place;
    const { width, height, maximized } = place;
    return { width, height, maximized };
  } catch {
    return FIRST_PLACE;
  }
}

/** Saves where the window is, for the next start. */
export function rememberPlace(file: string, window: Pick<BrowserWindow, 'getNormalBounds' | 'isMaximized'>): void {
  try {
    writeFileSync(file, JSON.stringify({ ...window.getNormalBounds(), maximized: window.isMaximized() }));
  } catch {
    // the window closes anyway; next time it opens where it did before
  }
}

function canBeMoved({ x, y, width }: Place, screen: Rectangle): boolean {
  if (x === undefined || y === undefined) return false;
  const seen = Math.min(x + width, screen.x + screen.width) - Math.max(x, screen.x);
  return seen >= HANDLE.width && y >= screen.y && y + HANDLE.height <= screen.y + screen.height;
}
