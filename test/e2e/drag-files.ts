// Real drag and drop: the browser itself makes the events and the File objects, which read the files on disk.
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Page } from '@playwright/test';
import type { KnownFile } from '../electron-double/protocol.ts';

/** Files on their way over the window. */
export type Drag = { drop(): Promise<void> };

type DragType = 'dragEnter' | 'dragOver' | 'drop';
type Point = { readonly x: number; readonly y: number };

/** By what the page sees of a file, and webUtils.getPathForFile finds its path again. */
export function knownFiles(paths: readonly string[]): KnownFile[] {
  return paths.map((path) => {
    const { size, mtimeMs } = statSync(path);
    return { path, name: basename(path), sizeBytes: size, lastModifiedMs: Math.floor(mtimeMs) };
  });
}

/** Moves files and folders over the middle of an element, or of the window. */
export async function dragFiles(page: Page, paths: readonly string[], selector = 'html'): Promise<Drag> {
  const target = await middleOf(page, selector);
  const session = await page.context().newCDPSession(page);
  const send = async (type: DragType, { x, y }: Point): Promise<void> => {
    const data = { items: [], files: [...paths], dragOperationsMask: 1 };
    await session.send('Input.dispatchDragEvent', { type, x, y, data });
  };
  await send('dragEnter', target);
  await send('dragOver', target);
  return {
    drop: async () => {
      // as a hand does: what the page answered to the one before may still be on its way
      await frame(page);
      await send('dragOver', target);
      await frame(page);
      await send('drop', target);
      await session.detach();
    },
  };
}

/** Until the page has been drawn again. */
function frame(page: Page): Promise<void> {
  return page.evaluate(() => new Promise<void>((resolve) => requestAnimationFrame(() => resolve())));
}

async function middleOf(page: Page, selector: string): Promise<Point> {
  if (selector === 'html') {
    return page.evaluate(() => ({ x: Math.round(innerWidth / 2), y: Math.round(innerHeight / 2) }));
  }
  const box = await page.locator(selector).boundingBox();
  if (!box) throw new Error(`${selector} is not visible: nothing can be dropped on it`);
  return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) };
}
