// Files from the desktop: real drag and drop, real File objects, and the way back to their paths.
import { mkdirSync, writeFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './suite.ts';

test('dropped files and folders have contents and paths', async ({ app, page }, testInfo) => {
  const folder = testInfo.outputPath('dropped');
  mkdirSync(join(folder, 'models'), { recursive: true });
  const text = join(folder, 'demos.jsonl');
  const large = join(folder, 'ひと 大.gguf');
  writeFileSync(text, '{"prompt": "p"}\n');
  writeFileSync(large, 'GGUF');
  truncateSync(large, 5 * 2 ** 30);
  await app.dropFiles([text, large, join(folder, 'models')], '#target');
  await expect.poll(() => page.evaluate(() => window.dropped.length)).toBe(1);
  const [files = []] = await page.evaluate(() => window.dropped);
  expect(files).toMatchObject([
    { name: 'demos.jsonl', size: 16, path: text, isFolder: false, head: '{"pr', inside: 'target' },
    { name: 'ひと 大.gguf', size: 5 * 2 ** 30, path: large, isFolder: false, head: 'GGUF', inside: 'target' },
    { name: 'models', path: join(folder, 'models'), isFolder: true, inside: 'target' },
  ]);
});

test('files may pass over the window and leave again', async ({ app, page }) => {
  await page.evaluate(() => {
    window.keys = [];
    for (const type of ['dragenter', 'dragover', 'dragleave']) {
      window.addEventListener(type, (event) => {
        window.keys = [...window.keys, `${type} ${String((event as DragEvent).dataTransfer?.types.includes('Files'))}`];
      });
    }
  });
  const drag = await app.dragFiles([import.meta.filename]);
  await drag.leave();
  await expect
    .poll(() => page.evaluate(() => [...new Set(window.keys)]))
    .toEqual(['dragenter true', 'dragover true', expect.stringMatching(/^dragleave/)]);
  expect(await page.evaluate(() => window.dropped)).toEqual([]);
});

test('a file that a script made has no path; what is no file is refused', async ({ page }) => {
  const seen = await page.evaluate(() => {
    const made = window.fixture.pathOf(new File(['text'], 'made.txt'));
    try {
      return [made, window.fixture.pathOfNothing()];
    } catch (error) {
      return [made, error instanceof TypeError || error instanceof Error];
    }
  });
  expect(seen).toEqual(['', true]);
});
