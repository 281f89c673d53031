// The app's window as a page of the browser, with the line between its preload script and main.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';
import { toAppAddress } from '../app-address.ts';
import { cloneToText } from '../clone-text.ts';
import type { Peer } from '../peer.ts';
import { TO_MAIN, TO_PAGE, type HostCalls, type KnownFile, type MainCalls, type ToPage } from '../protocol.ts';

type WindowHost = {
  readonly main: Peer<HostCalls, MainCalls>;
  readonly log: (line: string) => void;
  readonly problem: (text: string) => void;
};

export class WindowPage {
  readonly page: Page;
  /** Settles when main has been told that its first document can be shown. */
  readonly ready: Promise<undefined>;
  /** The document request that main itself asked for; null for those of the page. */
  expectedUrl: string | null = null;
  readonly #outbox: string[] = [];
  #posting = false;

  private constructor(page: Page, { main, log, problem }: WindowHost) {
    this.page = page;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.ready = promise;
    page.on('console', (message) => log(`page ${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => log(`page error: ${error.stack ?? error.message}`));
    page.on('load', async () => {
      await page.evaluate(painted).catch(() => undefined);
      main.post('pageReady', null);
      resolve(undefined);
    });
    page.on('dialog', async (dialog) => {
      problem(`The page opened a ${dialog.type()}: ${dialog.message()}`);
      await dialog.dismiss();
    });
    page.on('download', (download) => {
      main.post('downloadStarted', { url: download.url() });
      void download.cancel();
    });
  }

  static async open(
    context: BrowserContext,
    { preload, width, height, dark }: Parameters<HostCalls['openWindow']>[0],
    host: WindowHost,
  ): Promise<WindowPage> {
    const script = await initScript(preload);
    const page = await context.newPage();
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    await page.exposeBinding(TO_MAIN, ({ frame }, text: string) =>
      host.main.post('pageMessage', { url: toAppAddress(frame.url()), text }),
    );
    await page.addInitScript({ content: script });
    return new WindowPage(page, host);
  }

  /** @param webRtc whether the page can connect by it. Chromium would be told by its command line only */
  async load(browserUrl: string, webRtc: boolean): Promise<void> {
    if (!webRtc) await this.page.addInitScript(() => Reflect.deleteProperty(window, 'RTCPeerConnection'));
    this.expectedUrl = browserUrl;
    await this.page.goto(browserUrl, { waitUntil: 'load' });
  }

  async close(): Promise<void> {
    const closed = this.page.waitForEvent('close');
    // what a page stores as it goes
    await this.page.close({ runBeforeUnload: true });
    await closed;
  }

  /** In order, and lost where there is no document to take them, as in Electron. */
  async post(text: string): Promise<void> {
    this.#outbox.push(text);
    if (this.#posting) return;
    this.#posting = true;
    while (this.#outbox.length > 0) {
      await this.#receive(this.#outbox.splice(0)).catch(() => undefined);
    }
    this.#posting = false;
  }

  /** Lets webUtils.getPathForFile know files that the page is about to be given. */
  async introduce(files: readonly KnownFile[]): Promise<void> {
    await this.#receive([cloneToText({ kind: 'files', files } satisfies ToPage)]);
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
}

function painted(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      setTimeout(resolve);
    });
  });
}

const BOOT = fileURLToPath(new URL('../renderer/boot.ts', import.meta.url));
const GLOBAL = 'ElectronDouble';

/** Sources do not change while tests run. */
let bundled: Promise<string> | undefined;

/** The script that runs before any other in the window: the page's half of the double around the app's built preload script. */
async function initScript(preload: string): Promise<string> {
  bundled ??= bundle();
  return `(() => {
if (window !== window.top) { delete window.${TO_MAIN}; return; }
${await bundled}
${GLOBAL}.boot(${JSON.stringify(process.platform)}, function (require, module, process) {
${await readFile(preload, 'utf8')}
});
})();`;
}

async function bundle(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    build: { write: false, minify: false, target: 'chrome140', lib: { entry: BOOT, formats: ['iife'], name: GLOBAL } },
  });
  const first = [result].flat()[0];
  if (!first || !('output' in first)) throw new Error(`${BOOT} did not build`);
  return first.output[0].code;
}
