// What the two halves of the double say to each other: the process that runs main, and the host (the test's own
// process) that owns the browser. Values that pages and main exchange travel as opaque text (clone-text.ts).

/** What the host tells the main process in its environment. */
export type StartOptions = {
  /** Path of the app's main module. */
  readonly main: string;
  readonly locale: string;
  /** Whether the system prefers dark colours. */
  readonly dark: boolean;
};

export const OPTIONS_VARIABLE = 'ELECTRON_DOUBLE_OPTIONS';

// Native dialogs as tests see them: what was asked, and what the person answers.

export type DialogKind = 'open' | 'save';

export type DialogAnswer =
  | { readonly kind: 'open'; readonly paths: readonly string[] }
  | { readonly kind: 'save'; readonly path: string }
  | { readonly kind: 'cancel' };

export type AskedDialog = { readonly kind: DialogKind | 'error'; readonly options: unknown };

export type Bounds = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** What main does that a person would see or hear, for tests to look at. */
export type Observed = {
  /** The focused (else first) window's last value of setProgressBar; -1 is none. */
  readonly progressBar: number;
  readonly notifications: readonly ShownNotification[];
  /** Paths that were shown in the file manager. */
  readonly revealed: readonly string[];
  readonly recentDocuments: readonly string[];
  readonly powerBlocked: boolean;
  readonly bounds: Bounds | null;
};

export type ShownNotification = { readonly title: string; readonly body: string };

export type MenuItemState = {
  readonly label: string;
  readonly enabled: boolean;
  readonly visible: boolean;
  readonly accelerator: string | null;
};

export type SchemeAnswer =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly headers: [string, string][];
      readonly body: Uint8Array;
    }
  | { readonly kind: 'failed' };

/** Main asks the host. Addresses are the app's own (`app://…`). */
export type HostCalls = {
  openWindow(p: { windowId: number; width: number; height: number; preload: string | null; dark: boolean }): void;
  /** @param p.webRtc whether the page can connect by it. @returns null when the page has loaded, else Chromium's name for what went wrong */
  loadUrl(p: { windowId: number; url: string; webRtc: boolean }): string | null;
  /** @returns false if the page's beforeunload kept it open */
  closeWindow(p: { windowId: number }): boolean;
  focusWindow(p: { windowId: number }): void;
  resizeWindow(p: { windowId: number; width: number; height: number }): void;
  setColorScheme(p: { dark: boolean }): void;
  /** Playwright's names; everything else is denied. */
  setPermissions(p: { granted: string[] }): void;
  postToPage(p: { windowId: number; text: string }): void;
  showDialog(p: { kind: DialogKind; options: unknown }): DialogAnswer;
  showErrorBox(p: { title: string; content: string }): void;
  /** Something happened that no test may pass over. */
  problem(p: { text: string }): void;
};

/** The host tells main what happened in the browser, and what the person at the machine does. */
export type MainCalls = {
  pageMessage(p: { windowId: number; url: string; text: string }): void;
  pageNavigated(p: { windowId: number; url: string }): void;
  pageReady(p: { windowId: number }): void;
  pageCrashed(p: { windowId: number }): void;
  /** The page went away without main asking for it. */
  pageClosed(p: { windowId: number }): void;
  /** @returns true if main prevented it */
  navigationRequested(p: { windowId: number; url: string; isMainFrame: boolean }): boolean;
  /** @returns whether the session's listener cancels it */
  requestCancelled(p: { url: string }): boolean;
  /** A link with a target of its own; windows never open. */
  windowRequested(p: { url: string }): void;
  schemeRequest(p: { url: string; method: string; headers: [string, string][]; body: Uint8Array | null }): SchemeAnswer;
  downloadStarted(p: { url: string }): void;
  observe(p: null): Observed;
  menuItem(p: { id: string }): MenuItemState | null;
  clickMenu(p: { id: string }): void;
  clickNotification(p: { title: string }): void;
  setSystemTheme(p: { dark: boolean }): void;
  quit(p: null): void;
  closeWindowByUser(p: null): void;
  setFocused(p: { focused: boolean }): void;
  setBoundsByUser(p: Partial<Bounds>): void;
  openFile(p: { path: string }): void;
  /** @returns the ids of the processes that were killed */
  killUtility(p: { serviceName: string }): number[];
};

// What a page's half of the double (renderer/) and main exchange, as cloned text.

export type Invocation = { readonly id: number; readonly channel: string; readonly args: readonly unknown[] };

export type ToMain =
  | ({ readonly kind: 'invoke' } & Invocation)
  | { readonly kind: 'send'; readonly channel: string; readonly args: readonly unknown[] }
  /** window.open(url) */
  | { readonly kind: 'open'; readonly url: string };

export type ToPage =
  | { readonly kind: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly text: string }
  | { readonly kind: 'message'; readonly channel: string; readonly args: readonly unknown[] }
  | { readonly kind: 'files'; readonly files: readonly KnownFile[] };

/** A file or folder that a test hands to the page; webUtils.getPathForFile finds its path by the other three. */
export type KnownFile = {
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly lastModifiedMs: number;
};

/** The binding through which pages speak, and the property through which they are spoken to. */
export const TO_MAIN = '__electronDoubleToMain';
export const TO_PAGE = '__electronDoubleToPage';
