// One BrowserWindow as a page of the browser, with the line between its preload script and main.
import type { BrowserContext, Dialog, Page } from 'playwright-core';
import { toAppAddress } from '../app-address.ts';
import { cloneToText } from '../clone-text.ts';
import { TO_MAIN, TO_PAGE, type KnownFile, type ToPage } from '../protocol.ts';
import type { Peer } from '../peer.ts';
import type { HostCalls, MainCalls } from '../protocol.ts';
import { initScript } from './init-script.ts';

export type WindowOptions = Parameters<HostCalls['openWindow']>[0];
export type WindowHost = {
  readonly main: Peer<HostCalls, MainCalls>;
  readonly log: (line: string) => void;
  readonly problem: (text: string) => void;
};

export class WindowPage {
  readonly id: number;
  readonly page: Page;
  /** Settles when main has been told that its first document can be shown. */
  readonly ready: Promise<unknown>;
  /** The document request that main itself asked for; null for those of the page. */
  expectedUrl: string | null = null;
  readonly #host: WindowHost;
  readonly #outbox: string[] = [];
  #posting = false;
  #closing = false;
  readonly #setReady: () => void;

  private constructor(id: number, page: Page, host: WindowHost) {
    this.id = id;
    this.page = page;
    this.#host = host;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.ready = promise;
    this.#setReady = () => {
      resolve(undefined);
    };
  }

  static async open(context: BrowserContext, options: WindowOptions, host: WindowHost): Promise<WindowPage> {
    const script = await initScript(options.preload);
    const page = await context.newPage();
    const window = new WindowPage(options.windowId, page, host);
    await page.setViewportSize({ width: options.width, height: options.height });
    await page.emulateMedia({ colorScheme: options.dark ? 'dark' : 'light' });
    await page.exposeBinding(TO_MAIN, ({ frame }, text: string) => {
      const url = toAppAddress(frame.url());
      host.main.post('pageMessage', { windowId: window.id, url, text });
    });
    await page.addInitScript({ content: script });
    window.#listen();
    return window;
  }

  /** @returns null when it has loaded, else what went wrong in Electron's words */
  async load(browserUrl: string): Promise<string | null> {
    this.expectedUrl = browserUrl;
    try {
      await this.page.goto(browserUrl, { waitUntil: 'load' });
      return null;
    } catch (error) {
      return failureName(error);
    }
  }

  /** No page of this window connects by it any more. Chromium would be told by its command line only. */
  async closeWebRtc(): Promise<void> {
    await this.page.addInitScript(() => Reflect.deleteProperty(window, 'RTCPeerConnection'));
  }

  /** @returns false if the page's beforeunload kept it open */
  async close(): Promise<boolean> {
    this.#closing = true;
    if (this.page.isClosed()) return true;
    const kept = new Promise<boolean>((resolve) => {
      this.page.once('close', () => {
        resolve(false);
      });
      this.page.once('dialog', () => {
        resolve(true);
      });
    });
    await this.page.close({ runBeforeUnload: true });
    this.#closing = !(await kept);
    return this.#closing;
  }

  /** In order, and lost where there is no document to take them, as in Electron. */
  post(text: string): void {
    this.#outbox.push(text);
    if (!this.#posting) void this.#deliver();
  }

  /** Lets webUtils.getPathForFile know files that the page is about to be given. */
  async introduce(files: readonly KnownFile[]): Promise<void> {
    await this.#receive([cloneToText({ kind: 'files', files } satisfies ToPage)]);
  }

  async #deliver(): Promise<void> {
    this.#posting = true;
    while (this.#outbox.length > 0) {
      await this.#receive(this.#outbox.splice(0)).catch(() => undefined);
    }
    this.#posting = false;
  }

  async #receive(texts: string[]): Promise<void> {
    await this.page.evaluate(
      ([property, messages]) => {
        const take: unknown = Reflect.get(window, property);
        if (typeof take === 'function') (take as (messages: string[]) => void)(messages);
      },
      [TO_PAGE, texts] as const,
    );
  }

  #listen(): void {
    const { page, id: windowId } = this;
    const { main, log } = this.#host;
    page.on('console', (message) => {
      log(`page ${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => {
      log(`page error: ${error.stack ?? error.message}`);
    });
    page.on('framenavigated', (frame) => {
      if (frame === page.mainFrame()) main.post('pageNavigated', { windowId, url: toAppAddress(frame.url()) });
    });
    page.on('load', () => {
      void this.#reportPaint();
    });
    page.on('crash', () => {
      main.post('pageCrashed', { windowId });
    });
    page.on('close', () => {
      if (!this.#closing) main.post('pageClosed', { windowId });
    });
    page.on('dialog', (dialog) => void this.#dismiss(dialog));
    page.on('download', (download) => {
      main.post('downloadStarted', { url: download.url() });
      void download.cancel();
    });
  }

  async #reportPaint(): Promise<void> {
    const painted = (): Promise<void> =>
      new Promise((resolve) => {
        requestAnimationFrame(() => {
          setTimeout(resolve);
        });
      });
    await this.page.evaluate(painted).catch(() => undefined);
    this.#host.main.post('pageReady', { windowId: this.id });
    this.#setReady();
  }

  /** Electron shows alert and confirm natively, and lets beforeunload keep a window open without asking. */
  async #dismiss(dialog: Dialog): Promise<void> {
    if (dialog.type() !== 'beforeunload') this.#host.problem(`The page opened a ${dialog.type()}: ${dialog.message()}`);
    await dialog.dismiss();
  }
}

/** `net::ERR_FAILED` → `ERR_FAILED (-2)` */
function failureName(error: unknown): string {
  const CODES: Readonly<Record<string, number>> = { ERR_FAILED: -2, ERR_ABORTED: -3 };
  const name = /net::(ERR_\w+)/.exec(error instanceof Error ? error.message : '')?.[1] ?? 'ERR_FAILED';
  return `${name} (${CODES[name] ?? -2})`;
}
