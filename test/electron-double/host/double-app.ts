// An app under test on the double: its main process, its windows in a browser context of its own, and the person at
// the machine.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { DialogAnswers } from './dialog-answers.ts';
import { MainProcess, type MainProcessOptions } from './main-process.ts';
import { routeRequests } from './request-router.ts';
import { WindowPage } from './window-page.ts';
import type { KnownFile } from '../protocol.ts';
import type { Peer } from '../peer.ts';
import type { HostCalls, MainCalls } from '../protocol.ts';

export type DoubleAppOptions = MainProcessOptions & { readonly browser: Browser };

export class DoubleApp {
  readonly logs: string[] = [];
  /** What no test may pass over: unanswered dialogs, windows of pages, … */
  readonly problems: string[] = [];
  readonly dialogs = new DialogAnswers((text) => this.problems.push(text));
  readonly exited: Promise<number | string>;
  readonly main: Peer<HostCalls, MainCalls>;
  readonly #process: MainProcess;
  readonly #context: BrowserContext;
  readonly #windows = new Map<number, WindowPage>();
  readonly #routed: Promise<void>;
  readonly #firstPage = Promise.withResolvers<Page>();

  private constructor(options: MainProcessOptions, context: BrowserContext) {
    this.#context = context;
    this.#process = new MainProcess(options, (line) => this.logs.push(`main: ${line}`));
    this.main = this.#process.peer;
    this.exited = this.#process.exited.then(async (code) => {
      this.#firstPage.reject(new Error(`The app ended (${code}) before it opened a window.`));
      await context.close();
      return code;
    });
    this.#firstPage.promise.catch(() => undefined);
    this.#routed = routeRequests(context, {
      main: this.main,
      windows: this.#windows,
      log: (line) => this.logs.push(line),
    });
    this.#serve();
  }

  static async start({ browser, ...options }: DoubleAppOptions): Promise<DoubleApp> {
    const context = await browser.newContext({ locale: options.locale });
    return new DoubleApp(options, context);
  }

  /** Loaded and ready to be shown. @throws Error if the app ends first */
  firstPage(): Promise<Page> {
    return this.#firstPage.promise;
  }

  /** Makes files known to the window that shows this page. */
  async introduce(page: Page, files: readonly KnownFile[]): Promise<void> {
    const window = [...this.#windows.values()].find((candidate) => candidate.page === page);
    if (!window) throw new Error('This page is not one of the app.');
    await window.introduce(files);
  }

  kill(): void {
    this.#process.kill();
  }

  #serve(): void {
    this.main.serve({
      openWindow: async (options) => {
        await this.#routed;
        const window = await WindowPage.open(this.#context, options, {
          main: this.main,
          log: (line) => this.logs.push(line),
          problem: (text) => this.problems.push(text),
        });
        this.#windows.set(window.id, window);
      },
      loadUrl: async ({ windowId, url, webRtc }) => {
        const window = this.#window(windowId);
        if (!webRtc) await window.closeWebRtc();
        const failure = await window.load(url);
        if (failure === null) void window.ready.then(() => this.#firstPage.resolve(window.page));
        return failure;
      },
      closeWindow: async ({ windowId }) => {
        const closed = await this.#window(windowId).close();
        if (closed) this.#windows.delete(windowId);
        return closed;
      },
      focusWindow: ({ windowId }) => this.#window(windowId).page.bringToFront(),
      resizeWindow: ({ windowId, ...size }) => this.#window(windowId).page.setViewportSize(size),
      setColorScheme: async ({ dark }) => {
        const colorScheme = dark ? 'dark' : 'light';
        const paint = ({ page }: WindowPage): Promise<void> =>
          page.emulateMedia({ colorScheme }).catch((error: unknown) => {
            // nobody sees the colours of a window that was closed meanwhile
            if (!page.isClosed()) throw error;
          });
        await Promise.all([...this.#windows.values()].map(paint));
      },
      setPermissions: ({ granted }) => this.#context.grantPermissions(granted),
      postToPage: ({ windowId, text }) => this.#windows.get(windowId)?.post(text),
      showDialog: ({ kind, options }) => this.dialogs.ask(kind, options),
      showErrorBox: (options) => {
        this.dialogs.asked.push({ kind: 'error', options });
      },
      problem: ({ text }) => {
        this.problems.push(text);
      },
    });
  }

  #window(windowId: number): WindowPage {
    const window = this.#windows.get(windowId);
    if (!window) throw new Error(`window ${windowId} is not open`);
    return window;
  }
}
