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

/** Main asks the host about its one window. Addresses are the app's own (`app://…`). */
export type HostCalls = {
  openWindow(p: { width: number; height: number; preload: string; dark: boolean }): void;
  /** @param p.webRtc whether the page can connect by it */
  loadUrl(p: { url: string; webRtc: boolean }): void;
  closeWindow(p: null): void;
  resizeWindow(p: { width: number; height: number }): void;
  setColorScheme(p: { dark: boolean }): void;
  postToPage(p: { text: string }): void;
  /** Something happened that no test may pass over. */
  problem(p: { text: string }): void;
};

/** The host tells main what happened in the browser. */
export type MainCalls = {
  /** Runs a function's source with the double of `electron` and an argument. */
  evaluate(p: { code: string; argument: unknown }): unknown;
  pageMessage(p: { url: string; text: string }): void;
  pageReady(p: null): void;
  /** @returns true if main prevented it */
  navigationRequested(p: { url: string; isMainFrame: boolean }): boolean;
  /** @returns whether the session's listener cancels it */
  requestCancelled(p: { url: string }): boolean;
  schemeRequest(p: { url: string; method: string; headers: [string, string][]; body: Uint8Array | null }): {
    status: number;
    headers: [string, string][];
    body: Uint8Array;
  };
  downloadStarted(p: { url: string }): void;
};

// What a page's half of the double (renderer/) and main exchange, as cloned text.

export type ToMain =
  | { readonly kind: 'invoke'; readonly id: number; readonly channel: string; readonly args: readonly unknown[] }
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
