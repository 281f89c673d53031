// `shell`: what the app hands to the desktop. Nothing is opened; tests read what would have been.
import { existsSync } from 'node:fs';
import type { Shell } from 'electron';

/** What tests see of it. */
export const handedOver = { revealed: [] as string[], openedExternally: [] as string[] };

export const shell = {
  showItemInFolder(fullPath: string): void {
    handedOver.revealed.push(fullPath);
  },

  openPath(path: string): Promise<string> {
    if (!existsSync(path)) return Promise.resolve('Failed to open path');
    handedOver.revealed.push(path);
    return Promise.resolve('');
  },

  openExternal(url: string): Promise<void> {
    if (!URL.canParse(url)) return Promise.reject(new Error('Invalid URL'));
    handedOver.openedExternally.push(url);
    return Promise.resolve();
  },
};

shell satisfies Pick<Shell, 'showItemInFolder' | 'openPath' | 'openExternal'>;
