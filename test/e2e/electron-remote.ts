// A real Electron's main process, asked and told things from the test. Each function given to `evaluate` runs over there.
import type { ElectronApplication } from '@playwright/test';
import type { AppHandle } from './app-handle.ts';
import type { Diary } from './electron-person.ts';

function diary<K extends keyof Diary>(app: ElectronApplication, key: K): Promise<Diary[K]> {
  return app.evaluate((_electron, name) => {
    if (!globalThis.winnowDiary) throw new Error('the diary is not open');
    return globalThis.winnowDiary[name];
  }, key) as Promise<Diary[K]>;
}

type Sights = 'dialogs' | 'notifications' | 'powerBlocked' | 'progressBar' | 'recentDocuments' | 'revealed';

export function sightsOf(app: ElectronApplication): Pick<AppHandle, Sights> {
  return {
    dialogs: () => diary(app, 'asked'),
    notifications: () => diary(app, 'notifications'),
    powerBlocked: async () => (await diary(app, 'blockers')).length > 0,
    progressBar: () => diary(app, 'progressBar'),
    recentDocuments: () => diary(app, 'recentDocuments'),
    revealed: () => diary(app, 'revealed'),
  };
}

export function menuOf(app: ElectronApplication): Pick<AppHandle, 'clickMenu' | 'menuItem'> {
  return {
    clickMenu: (id) =>
      app.evaluate(({ Menu, BrowserWindow }, itemId) => {
        const item = Menu.getApplicationMenu()?.getMenuItemById(itemId);
        if (!item?.enabled || !item.visible) throw new Error(`Nobody can click the menu item ${itemId}.`);
        const click = item.click as (event: undefined, window: unknown) => void;
        click(undefined, BrowserWindow.getFocusedWindow());
      }, id),
    menuItem: (id) =>
      app.evaluate(({ Menu }, itemId) => {
        const item = Menu.getApplicationMenu()?.getMenuItemById(itemId);
        if (!item) return null;
        const { label, enabled, visible, accelerator } = item;
        return { label, enabled, visible, accelerator: accelerator?.toString() ?? null };
      }, id),
  };
}

export function windowOf(
  app: ElectronApplication,
): Pick<AppHandle, 'closeWindow' | 'resizeWindow' | 'setFocused' | 'windowBounds'> {
  return {
    closeWindow: () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close()),
    resizeWindow: (bounds) =>
      app.evaluate(({ BrowserWindow }, given) => BrowserWindow.getAllWindows()[0]?.setBounds(given), bounds),
    setFocused: (focused) =>
      app.evaluate(({ BrowserWindow }, on) => {
        const window = BrowserWindow.getAllWindows()[0];
        if (on) window?.focus();
        else window?.blur();
      }, focused),
    windowBounds: () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds() ?? null),
  };
}

export function systemOf(
  app: ElectronApplication,
): Pick<AppHandle, 'answerDialog' | 'clickNotification' | 'killProcess' | 'setSystemTheme'> {
  return {
    answerDialog: (answer) =>
      app.evaluate((_electron, given) => {
        globalThis.winnowDiary?.answers.push(given);
      }, answer),
    clickNotification: (title) =>
      app.evaluate((_electron, wanted) => {
        const found = globalThis.winnowDiary?.shown.findLast((shown) => shown.title === wanted);
        if (!found) throw new Error(`No notification with the title “${wanted}” has been shown.`);
        found.emit('click', { preventDefault: () => undefined });
      }, title),
    killProcess: async (serviceName) => {
      const pids = await app.evaluate(({ app: electron }, name) => {
        const named = electron.getAppMetrics().filter((metric) => metric.type === 'Utility' && metric.name === name);
        return named.map(({ pid }) => pid);
      }, serviceName);
      if (pids.length === 0) throw new Error(`No utility process is called ${serviceName}.`);
      for (const pid of pids) process.kill(pid, 'SIGKILL');
    },
    // the system's own setting is out of reach
    setSystemTheme: (theme) =>
      app.evaluate(({ nativeTheme }, source) => {
        nativeTheme.themeSource = source;
      }, theme),
  };
}

/** How macOS hands a double-clicked file to the app. */
export function tellOfFile(app: ElectronApplication, path: string): Promise<void> {
  return app.evaluate(({ app: electron }, file) => {
    electron.emit('open-file', { preventDefault: () => undefined }, file);
  }, path);
}

/** @throws Error if a dialog was not answered, or an answer not asked for */
export async function refuseLeftovers(app: ElectronApplication): Promise<void> {
  const unused = (await diary(app, 'answers')).map((answer) => `No dialog took the answer ${JSON.stringify(answer)}`);
  const problems = [...(await diary(app, 'problems')), ...unused];
  if (problems.length > 0) throw new Error(problems.join('\n'));
}
