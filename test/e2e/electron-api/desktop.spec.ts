// What an app does outside its page: dialogs, task bar, notifications, file manager, theme, paths.
import { join } from 'node:path';
import { DialogAnswers } from '../../electron-double/host/dialog-answers.ts';
import { FIXTURE } from './fixture/fixture-app.ts';
import { expect, expectEvent, test } from './suite.ts';

test('dialogs are answered, in order', async ({ app, invoke }) => {
  const here = import.meta.filename;
  await app.answerDialog({ kind: 'open', paths: [here] });
  await app.answerDialog({ kind: 'save', path: '/tmp/out.gguf' });
  await app.answerDialog({ kind: 'cancel' });
  const filters = [{ name: 'Models', extensions: ['gguf'] }];
  expect(await invoke('open dialog', { filters })).toEqual({ canceled: false, filePaths: [here] });
  expect(await invoke('save dialog', {})).toEqual({ canceled: false, filePath: '/tmp/out.gguf' });
  expect(await invoke('open dialog', {})).toEqual({ canceled: true, filePaths: [] });
  await invoke('error box');
  expect(await app.dialogs()).toMatchObject([
    { kind: 'open', options: { filters } },
    { kind: 'save' },
    { kind: 'open' },
    { kind: 'error', options: { title: 'Title', content: 'What happened' } },
  ]);
});

test('a dialog that nobody answers, and an answer that nobody asked for, are problems', async () => {
  const problems: string[] = [];
  const dialogs = new DialogAnswers((text) => problems.push(text), 20);
  expect(await dialogs.ask('open', { title: 'Pick' })).toEqual({ kind: 'cancel' });
  expect(problems).toEqual([expect.stringContaining('Nobody answered')]);
  const late = dialogs.ask('save', {});
  dialogs.answer({ kind: 'save', path: '/a' });
  expect(await late).toEqual({ kind: 'save', path: '/a' });
  dialogs.answer({ kind: 'cancel' });
  expect(dialogs.takeUnused()).toEqual([{ kind: 'cancel' }]);
});

test('the task bar shows progress', async ({ app, invoke }) => {
  expect(await app.progressBar()).toBe(-1);
  for (const value of [0.25, 2, -1]) {
    await invoke('progress', value);
    expect(await app.progressBar()).toBe(value);
  }
});

test('notifications are shown and can be clicked', async ({ app, page, invoke }) => {
  await invoke('notify', 'Scoring is done', 'model.gguf');
  expect(await app.notifications()).toEqual([{ title: 'Scoring is done', body: 'model.gguf' }]);
  await app.clickNotification('Scoring is done');
  await expect
    .poll(() => page.evaluate(() => window.received))
    .toEqual([['event', 'notification clicked', 'Scoring is done']]);
});

test('files are revealed', async ({ app, invoke }) => {
  await invoke('reveal', '/tmp/a.gguf');
  expect(await app.revealed()).toEqual(['/tmp/a.gguf']);
});

test('sleep is blocked while asked for', async ({ app, invoke }) => {
  expect(await app.powerBlocked()).toBe(false);
  await invoke('block sleep', true);
  expect(await app.powerBlocked()).toBe(true);
  await invoke('block sleep', false);
  expect(await app.powerBlocked()).toBe(false);
});

test('the page follows the theme of the system and of the app', async ({ app, page, invoke }) => {
  const dark = (): Promise<boolean> => page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
  expect(await dark()).toBe(false);
  await app.setSystemTheme('dark');
  await expect.poll(dark).toBe(true);
  expect(await invoke('theme', 'light')).toBe(false);
  await expect.poll(dark).toBe(false);
});

test('paths lie under the home folder of the test', async ({ launch }, testInfo) => {
  const home = testInfo.outputPath('somebody');
  const app = await launch({ app: FIXTURE, home, locale: 'ja-JP' });
  const ask = (...args: unknown[]): Promise<unknown> =>
    app.page.evaluate((all) => window.fixture.invoke(...(all as [string])), args);
  expect(await ask('about')).toEqual({
    version: '1.2.3',
    locale: expect.stringMatching(/^ja/),
    packaged: false,
    userData: join(home, '.config', 'electron-api-fixture'),
  });
  expect(await app.page.evaluate(() => navigator.language)).toMatch(/^ja/);
});

test('the window has a size, a focus, and a size that it goes back to', async ({ app, page, invoke }) => {
  expect(await app.windowBounds()).toMatchObject({ width: 1000, height: 700 });
  await app.resizeWindow({ width: 900, height: 650 });
  expect(await app.windowBounds()).toMatchObject({ width: 900, height: 650 });
  await expect.poll(() => page.evaluate(() => innerWidth)).toBe(900);
  await expectEvent(app, 'shown');
  await app.setFocused(false);
  expect(await invoke('window', null)).toMatchObject({ focused: false });
  expect(await invoke('window', 'focus')).toMatchObject({ focused: true });
  expect(await invoke('window', 'maximize')).toMatchObject({ maximized: true, normal: { width: 900, height: 650 } });
});
