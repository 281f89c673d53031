// A person who comes back to finished work: every screen shows it, in their language and light, and deletes with a way
// back.
import { copyFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { withKey } from '../gguf-key.ts';
import { SCREEN_IDS } from '../pages/frame.ts';
import { ScoreScreen } from '../pages/score-screen.ts';
import { SettingsScreen } from '../pages/settings-screen.ts';
import { SAMPLE_MODEL } from '../sample.ts';
import { expect, test, WORK_MS } from './test.ts';

const TEXTS = fileURLToPath(new URL('../../../electron/contract/text/en', import.meta.url));
const AREAS = readdirSync(TEXTS).flatMap((file) => (file.endsWith('.json') ? [file.replace('.json', '')] : []));
/** A text's key, or a text whose values are missing. */
const UNTRANSLATED = new RegExp(`\\b(${AREAS.join('|')})\\.[a-zA-Z]+(\\.[a-zA-Z]+)*\\b(?!\\w)|\\{\\{|undefined|NaN`);

/** All that the page says: what is seen, and what screen readers hear. */
function saidBy(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const said: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) said.push(walker.currentNode.textContent ?? '');
    for (const element of document.querySelectorAll('*')) {
      for (const name of ['aria-label', 'title', 'placeholder', 'aria-valuetext']) {
        said.push(element.getAttribute(name) ?? '');
      }
    }
    return said.map((text) => text.trim()).filter((text) => text !== '');
  });
}

test('every screen shows the work', async ({ openWork }) => {
  const { app, frame } = await openWork();
  for (const screen of SCREEN_IDS) {
    await frame.go(screen);
    await expect(frame.stage.getByRole('heading', { level: 1 })).toHaveCount(1);
    await expect(app.page.locator('[class*="skeleton"]')).toHaveCount(0);
    await expect(frame.stage.getByRole('alert')).toHaveCount(0);
    expect((await saidBy(app.page)).filter((text) => UNTRANSLATED.test(text))).toEqual([]);
  }
});

test('in Japanese, by the system or by choice', async ({ openWork }) => {
  const { app, frame } = await openWork({ locale: 'ja-JP' });
  const { page } = app;
  await expect(page.locator('html')).toHaveAttribute('lang', 'ja');
  for (const screen of SCREEN_IDS) {
    await page.evaluate((id) => (location.hash = `/${id}`), screen);
    await expect(page.locator('[class*="skeleton"]')).toHaveCount(0);
    await expect(page.getByRole('main').getByRole('heading', { level: 1 })).toHaveText(/[\u3040-\u30ff\u4e00-\u9fff]/);
    expect((await saidBy(page)).filter((text) => UNTRANSLATED.test(text))).toEqual([]);
  }
  expect((await app.menuItem('go-files'))?.label).toBe('ファイル一覧');
  await page.locator('nav a[href="#/settings"]').click();
  await new SettingsScreen(page).setLanguage('English');
  await frame.expectScreen('settings');
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
});

/** Several words of English in a row, which no name of a file, a model or a flag is. */
const ENGLISH = /\b[A-Za-z][a-z]+(?: [a-z]+){3,}\b/;

test('in Japanese, what goes wrong is said in Japanese', async ({ openWork, home }) => {
  const { app } = await openWork({ locale: 'ja-JP' });
  const { page } = app;
  const cut = join(home, 'half.gguf');
  copyFileSync(SAMPLE_MODEL, cut);
  truncateSync(cut, 9_000_000);
  const foreign = join(home, 'picture.gguf');
  writeFileSync(foreign, 'not a model'.repeat(1000));
  const absurd = join(home, 'absurd.gguf');
  writeFileSync(absurd, withKey(readFileSync(SAMPLE_MODEL), 'qwen3moe.expert_used_count', 64));
  const rows = join(home, 'rows.jsonl');
  const bad = [{ prompt: 1, response: 'b' }, { other: 'c' }, { messages: [{ role: 'nobody', content: 'd' }] }, [1], 5];
  const lines = [JSON.stringify({ text: 'A' }), '{"text": ', ...bad.map((row) => JSON.stringify(row))];
  writeFileSync(rows, lines.join('\n'));

  await app.dropFiles([cut, foreign, absurd, rows]);
  await page.getByRole('dialog').getByRole('button', { name: /追加/ }).click();
  await page.getByRole('option', { name: /absurd/ }).click();
  await expect(page.getByRole('main')).toContainText('枝刈りできません', { timeout: WORK_MS });
  const english = async (): Promise<string[]> => (await saidBy(page)).filter((text) => ENGLISH.test(text));
  await page.locator('details:has(li) > summary').last().click();
  await expect(page.locator('details[open] li')).toHaveCount(bad.length + 1);
  expect(await english()).toEqual([]);
});

test('the appearance follows the system until one is chosen, and is remembered', async ({ openWork, open }) => {
  const { app, frame } = await openWork({ colorScheme: 'light' });
  const html = app.page.locator('html');
  await expect(html).toHaveAttribute('data-theme', 'light');
  await app.setSystemTheme('dark');
  await expect(html).toHaveAttribute('data-theme', 'dark');
  await frame.go('settings');
  await new SettingsScreen(app.page).theme('Light').click();
  await expect(html).toHaveAttribute('data-theme', 'light');
  await new SettingsScreen(app.page).theme('Dark').click();
  await expect(html).toHaveAttribute('data-theme', 'dark');
  expect(await app.quit()).toBe(0);
  const again = await open({ colorScheme: 'light' });
  await expect(again.app.page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('a demo set is renamed in its place', async ({ openWork }) => {
  const { app, frame } = await openWork();
  const { page } = app;
  await frame.go('demos');
  const sets = frame.stage.getByRole('grid', { name: 'Demo sets' });
  const rename = async (from: string, to: string, key: 'Enter' | 'Escape'): Promise<void> => {
    await sets.getByRole('row', { name: from }).getByRole('button').click();
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    await expect(sets.getByRole('textbox')).toBeFocused();
    await page.keyboard.type(to);
    await page.keyboard.press(key);
  };
  await rename('french', 'le français', 'Enter');
  await expect(sets.getByRole('row', { name: 'le français' })).toContainText('40 demos');
  await rename('le français', 'nothing', 'Escape');
  await expect(sets.getByRole('row', { name: 'le français' })).toContainText('40 demos');
});

test('what was deleted comes back by Undo', async ({ openWork }) => {
  const { app, frame } = await openWork();
  const { page } = app;
  await frame.go('demos');
  const sets = frame.stage.getByRole('grid', { name: 'Demo sets' });
  const french = sets.getByRole('row', { name: 'french' });
  await expect(french).toContainText('40 demos');
  await french.getByRole('button').click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(french).toBeHidden();
  await expect(frame.news).toContainText('“french” deleted');
  await frame.news.getByRole('button', { name: 'Undo' }).click();
  await expect(french).toContainText('40 demos');

  await frame.go('score');
  const score = new ScoreScreen(page);
  await score.remove.click();
  await expect(score.start).toBeVisible();
  await frame.news.getByRole('button', { name: 'Undo' }).click();
  await expect(score.result).toContainText('12 of 12 demos');
});
