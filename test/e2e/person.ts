// The person at the machine, played inside the main process of a real Electron or of its double: native dialogs are
// answered, and what goes to the desktop is written down instead. What is given to `evaluate` runs over there, and may
// use its arguments only.
import type * as Electron from 'electron';
import type { ElectronApplication, Page } from '@playwright/test';
import { dragFiles, type Drag } from './drag-files.ts';
import { within } from './within.ts';

type DialogAnswer =
  | { readonly kind: 'open'; readonly paths: readonly string[] }
  | { readonly kind: 'save'; readonly path: string }
  | { readonly kind: 'cancel' };

type AskedDialog = { readonly kind: 'open' | 'save' | 'error'; readonly options: unknown };

type Diary = {
  readonly answers: DialogAnswer[];
  readonly asked: AskedDialog[];
  readonly problems: string[];
  readonly notifications: { readonly title: string; readonly body: string }[];
  readonly shown: Electron.Notification[];
  readonly revealed: string[];
  readonly recentDocuments: string[];
  readonly blockers: number[];
  /** 0 to 1; above 1 is "busy"; -1 is none. */
  progressBar: number;
};

declare global {
  var winnowDiary: Diary | undefined;
}

/** A started app. */
export type Running = {
  readonly app: Pick<ElectronApplication, 'evaluate'>;
  readonly page: Page;
  readonly logs: readonly string[];
  /** Outside of main. */
  readonly problems: readonly string[];
  readonly ended: Promise<number | string>;
  hasEnded(): boolean;
  kill(): void;
  /** Starts the program again, with a file. */
  startWith(path: string): Promise<unknown>;
  /** Before the page is given files. */
  introduce(paths: readonly string[]): Promise<void>;
};

/** To be called before the app has shown anything. */
export async function watch(app: Running['app']): Promise<void> {
  await app.evaluate(openDiary);
  await app.evaluate(answerDialogs);
  await app.evaluate(watchDesktop);
}

function openDiary(): void {
  globalThis.winnowDiary = {
    answers: [],
    asked: [],
    problems: [],
    notifications: [],
    shown: [],
    revealed: [],
    recentDocuments: [],
    blockers: [],
    progressBar: -1,
  };
}

function answerDialogs({ dialog }: typeof Electron): void {
  const diary = globalThis.winnowDiary;
  if (!diary) return;
  const take = (kind: AskedDialog['kind'], options: unknown): DialogAnswer => {
    diary.asked.push({ kind, options });
    const answer = diary.answers.shift();
    if (!answer) diary.problems.push(`Nobody answered a native dialog: ${JSON.stringify({ kind, options })}`);
    return answer ?? { kind: 'cancel' };
  };
  dialog.showOpenDialog = (...args: unknown[]) => {
    const answer = take('open', args.at(-1));
    const filePaths = answer.kind === 'open' ? [...answer.paths] : [];
    return Promise.resolve({ canceled: filePaths.length === 0, filePaths });
  };
  dialog.showSaveDialog = (...args: unknown[]) => {
    const answer = take('save', args.at(-1));
    return Promise.resolve({ canceled: answer.kind !== 'save', filePath: answer.kind === 'save' ? answer.path : '' });
  };
  dialog.showErrorBox = (title, content) => {
    diary.asked.push({ kind: 'error', options: { title, content } });
  };
}

function watchDesktop({ app, shell, Notification, powerSaveBlocker, BrowserWindow }: typeof Electron): void {
  const diary = globalThis.winnowDiary;
  if (!diary) return;
  shell.showItemInFolder = (path) => void diary.revealed.push(path);
  Notification.prototype.show = function show(this: Electron.Notification) {
    diary.notifications.push({ title: this.title, body: this.body });
    diary.shown.push(this);
  };
  app.addRecentDocument = (path) => void diary.recentDocuments.unshift(path);
  const start = powerSaveBlocker.start.bind(powerSaveBlocker);
  const stop = powerSaveBlocker.stop.bind(powerSaveBlocker);
  powerSaveBlocker.start = (type) => {
    const id = start(type);
    diary.blockers.push(id);
    return id;
  };
  powerSaveBlocker.stop = (id) => {
    const index = diary.blockers.indexOf(id);
    if (index >= 0) diary.blockers.splice(index, 1);
    return stop(id);
  };
  BrowserWindow.prototype.setProgressBar = (progress: number) => {
    diary.progressBar = progress < 0 ? -1 : progress;
  };
}

export function setSystemTheme(app: Running['app'], theme: 'light' | 'dark'): Promise<void> {
  // the system's own setting is out of reach
  return app.evaluate(({ nativeTheme }, source) => {
    nativeTheme.themeSource = source;
  }, theme);
}

/** A started app as specs see it: its page, and everything that a person at the machine could do to it or see of it. */
export type AppHandle = ReturnType<typeof handleOf>;

export function handleOf(running: Running) {
  const { app, page, logs, ended } = running;
  const diary = <K extends keyof Diary>(key: K): Promise<Diary[K]> =>
    app.evaluate((_electron, name) => {
      if (!globalThis.winnowDiary) throw new Error('the diary is not open');
      return globalThis.winnowDiary[name];
    }, key) as Promise<Diary[K]>;
  /** Real files and folders over the middle of an element, or of the window. */
  const drag = async (paths: readonly string[], selector?: string): Promise<Drag> => {
    await running.introduce(paths);
    return dragFiles(page, paths, selector);
  };
  /** @throws Error if a dialog was not answered, or an answer not asked for */
  const refuseLeftovers = async (): Promise<void> => {
    const unused = (await diary('answers')).map((answer) => `No dialog took the answer ${JSON.stringify(answer)}`);
    const problems = [...running.problems, ...(await diary('problems')), ...unused];
    if (problems.length > 0) throw new Error(problems.join('\n'));
  };
  return {
    page,
    dragFiles: drag,
    dropFiles: async (paths: readonly string[], selector?: string) => (await drag(paths, selector)).drop(),
    /** Queues the answer to the next native dialog. */
    answerDialog: (answer: DialogAnswer) =>
      app.evaluate((_electron, given) => {
        globalThis.winnowDiary?.answers.push(given);
      }, answer),
    dialogs: () => diary('asked'),
    notifications: () => diary('notifications'),
    powerBlocked: async () => (await diary('blockers')).length > 0,
    progressBar: () => diary('progressBar'),
    recentDocuments: () => diary('recentDocuments'),
    revealed: () => diary('revealed'),
    clickMenu: (id: string) =>
      app.evaluate(({ Menu, BrowserWindow }, itemId) => {
        const item = Menu.getApplicationMenu()?.getMenuItemById(itemId);
        if (!item?.enabled || !item.visible) throw new Error(`Nobody can click the menu item ${itemId}.`);
        const click = item.click as (event: undefined, window: unknown) => void;
        click(undefined, BrowserWindow.getFocusedWindow());
      }, id),
    menuItem: (id: string) =>
      app.evaluate(({ Menu }, itemId) => {
        const item = Menu.getApplicationMenu()?.getMenuItemById(itemId);
        if (!item) return null;
        const { label, enabled, accelerator } = item;
        return { label, enabled, accelerator: accelerator?.toString() ?? null };
      }, id),
    clickNotification: (title: string) =>
      app.evaluate((_electron, wanted) => {
        const found = globalThis.winnowDiary?.shown.findLast((shown) => shown.title === wanted);
        if (!found) throw new Error(`No notification with the title “${wanted}” has been shown.`);
        found.emit('click', { preventDefault: () => undefined });
      }, title),
    closeWindow: () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close()),
    resizeWindow: (bounds: Partial<Electron.Rectangle>) =>
      app.evaluate(({ BrowserWindow }, given) => BrowserWindow.getAllWindows()[0]?.setBounds(given), bounds),
    setFocused: (focused: boolean) =>
      app.evaluate(({ BrowserWindow }, on) => {
        const window = BrowserWindow.getAllWindows()[0];
        if (on) window?.focus();
        else window?.blur();
      }, focused),
    windowBounds: () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds() ?? null),
    setSystemTheme: (theme: 'light' | 'dark') => setSystemTheme(app, theme),
    /** A double click on a file that belongs to the app. */
    openFile: async (path: string) => {
      // only macOS tells the running app; elsewhere the desktop starts the program again
      if (process.platform !== 'darwin') await running.startWith(path);
      else
        await app.evaluate(({ app: electron }, file) => {
          electron.emit('open-file', { preventDefault: () => undefined }, file);
        }, path);
    },
    /** Ends a utility process from outside. */
    killProcess: async (serviceName: string) => {
      const pids = await app.evaluate(({ app: electron }, name) => {
        const named = electron.getAppMetrics().filter((metric) => metric.type === 'Utility' && metric.name === name);
        return named.map(({ pid }) => pid);
      }, serviceName);
      if (pids.length === 0) throw new Error(`No utility process is called ${serviceName}.`);
      for (const pid of pids) process.kill(pid, 'SIGKILL');
    },
    /** Chooses "Quit". @returns the exit code */
    quit: async () => {
      await refuseLeftovers();
      await app.evaluate(({ app: electron }) => {
        setTimeout(() => electron.quit());
      });
      return within(20_000, 'the app did not quit', ended);
    },
    /** Waits for the app to end by itself. */
    ended: () => within(20_000, 'the app did not end', ended),
    logs: () => logs,
    /** Ends the app whatever it does. @throws Error if something happened that no test may pass over */
    dispose: async () => {
      const checked = await Promise.allSettled(running.hasEnded() ? [] : [refuseLeftovers()]);
      running.kill();
      await ended;
      for (const check of checked) if (check.status === 'rejected') throw check.reason;
    },
  };
}
