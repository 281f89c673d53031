// `shell`: what the app hands to the desktop. Nothing is opened; tests read what would have been.
import type { Shell } from 'electron';

/** Paths that were shown in the file manager. */
export const revealed: string[] = [];

export const shell = {
  showItemInFolder(fullPath: string): void {
    revealed.push(fullPath);
  },
};

shell satisfies Pick<Shell, 'showItemInFolder'>;
