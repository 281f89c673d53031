// An app under test as specs see it, the same on the double and on a real Electron: its page, and everything that a
// person at the machine could do to it or see of it.
import type { Page } from '@playwright/test';
import type {
  AskedDialog,
  DialogAnswer,
  Bounds,
  MenuItemState,
  ShownNotification,
} from '../electron-double/protocol.ts';

/** Where an app's code is. */
export type AppCode = {
  /** Its main module, as TypeScript in the checkout. */
  readonly source: string;
  /** Builds it for a real Electron; gives the path that Electron is started with. */
  readonly build: () => string | Promise<string>;
};

export type LaunchOptions = {
  readonly app: AppCode;
  /** The person's home folder; user data lies under it. Launch twice with one home to see what the app remembers. */
  readonly home: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Such as `en-US`. */
  readonly locale?: string;
  readonly colorScheme?: 'light' | 'dark';
};

/** Files on their way over the window. */
export type Drag = { drop(): Promise<void>; leave(): Promise<void> };

export type AppHandle = {
  /** The first window's page, loaded and shown. */
  readonly page: Page;
  /** Real files and folders over the middle of an element, or of the window. */
  dragFiles(paths: readonly string[], selector?: string): Promise<Drag>;
  /** The same, let go at once. */
  dropFiles(paths: readonly string[], selector?: string): Promise<void>;
  /** Queues the answer to the next native dialog, or answers the one that waits. */
  answerDialog(answer: DialogAnswer): Promise<void>;
  /** All native dialogs so far. */
  dialogs(): Promise<readonly AskedDialog[]>;
  /** @throws Error if the application menu has no such item, or it cannot be clicked */
  clickMenu(id: string): Promise<void>;
  menuItem(id: string): Promise<MenuItemState | null>;
  /** 0 to 1; above 1 is "busy"; -1 is none. */
  progressBar(): Promise<number>;
  notifications(): Promise<readonly ShownNotification[]>;
  clickNotification(title: string): Promise<void>;
  /** Paths that were shown in the file manager. */
  revealed(): Promise<readonly string[]>;
  /** Paths in the system's list of recent files, the last one first. */
  recentDocuments(): Promise<readonly string[]>;
  powerBlocked(): Promise<boolean>;
  windowBounds(): Promise<Bounds | null>;
  resizeWindow(bounds: Partial<Bounds>): Promise<void>;
  /** Another program takes the focus, or gives it back. */
  setFocused(focused: boolean): Promise<void>;
  setSystemTheme(theme: 'light' | 'dark'): Promise<void>;
  /** A double click on a file that belongs to the app. */
  openFile(path: string): Promise<void>;
  /** Ends a utility process from outside. @throws Error if none has this name */
  killProcess(serviceName: string): Promise<void>;
  /** The window's close button. */
  closeWindow(): Promise<void>;
  /** Chooses "Quit". @returns the exit code @throws Error if the app does not end, or something was left unanswered */
  quit(): Promise<number | string>;
  /** Waits for the app to end by itself. */
  ended(): Promise<number | string>;
  /** What main, its processes and the pages wrote. */
  logs(): readonly string[];
  /** Ends the app whatever it does. @throws Error if something happened that no test may pass over */
  dispose(): Promise<void>;
};
