// An app under test on the double: the process that runs its main module, with `electron` meaning the double, and its
// window in a browser context of its own.
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, ElectronApplication, Page } from 'playwright-core';
import { Peer } from '../peer.ts';
import { OPTIONS_VARIABLE, type HostCalls, type KnownFile, type MainCalls, type StartOptions } from '../protocol.ts';
import { routeRequests } from './request-router.ts';
import { WindowPage } from './window-page.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export type DoubleAppOptions = StartOptions & {
  readonly browser: Browser;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
};

/** A main process. */
export function forkMain({ browser: _browser, args, env, ...start }: DoubleAppOptions): ChildProcess {
  return fork(here('../main/run-main.ts'), [...args], {
    execArgv: ['--import', here('../register.ts')],
    env: { ...process.env, ...env, [OPTIONS_VARIABLE]: JSON.stringify(start) },
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

export class DoubleApp {
  readonly logs: string[] = [];
  /** What no test may pass over. */
  readonly problems: string[] = [];
  /** Settles with the exit code, or the name of the signal that ended the main process. */
  readonly exited: Promise<number | string>;
  readonly #main: Peer<HostCalls, MainCalls>;
  readonly #process: ChildProcess;
  readonly #context: BrowserContext;
  #window: WindowPage | null = null;
  readonly #firstPage = Promise.withResolvers<Page>();

  private constructor(options: DoubleAppOptions, context: BrowserContext) {
    this.#context = context;
    const child = forkMain(options);
    this.#process = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => this.logs.push(...chunk.toString().split('\n')));
    this.#main = new Peer<HostCalls, MainCalls>({
      send: (message) => {
        if (child.connected) child.send(message, () => undefined);
      },
      onMessage: (listener) => void child.on('message', listener),
    });
    const { promise, resolve } = Promise.withResolvers<number | string>();
    child.on('close', (code, signal) => {
      const reason = code ?? signal ?? 'unknown';
      this.#main.close(`the main process has ended (${reason})`);
      this.#firstPage.reject(new Error(`The app ended (${reason}) before it opened a window.`));
      void context.close().then(() => resolve(reason));
    });
    this.exited = promise;
    this.#firstPage.promise.catch(() => undefined);
    this.#serve();
  }

  static async start(options: DoubleAppOptions): Promise<DoubleApp> {
    const context = await options.browser.newContext({ locale: options.locale });
    return new DoubleApp(options, context);
  }

  /** As Playwright's of a real Electron. */
  readonly evaluate = ((run: unknown, argument: unknown) =>
    this.#main.call('evaluate', { code: String(run), argument })) as ElectronApplication['evaluate'];

  /** Loaded and ready to be shown. @throws Error if the app ends first */
  firstPage(): Promise<Page> {
    return this.#firstPage.promise;
  }

  /** Makes files known to the window. */
  async introduce(files: readonly KnownFile[]): Promise<void> {
    await this.#window?.introduce(files);
  }

  hasEnded(): boolean {
    return !this.#process.connected;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #serve(): void {
    const main = this.#main;
    const log = (line: string): void => void this.logs.push(line);
    const problem = (text: string): void => void this.problems.push(text);
    const routed = routeRequests(this.#context, { main, window: () => this.#window, log });
    main.serve({
      openWindow: async (options) => {
        await routed;
        this.#window = await WindowPage.open(this.#context, options, { main, log, problem });
      },
      loadUrl: async ({ url, webRtc }) => {
        const window = this.#window;
        await window?.load(url, webRtc);
        void window?.ready.then(() => this.#firstPage.resolve(window.page));
      },
      closeWindow: async () => {
        await this.#window?.close();
        this.#window = null;
      },
      resizeWindow: async (size) => this.#window?.page.setViewportSize(size),
      // nobody sees the colours of a window that closes meanwhile
      setColorScheme: async ({ dark }) =>
        this.#window?.page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' }).catch(() => undefined),
      postToPage: ({ text }) => void this.#window?.post(text),
      problem: ({ text }) => problem(text),
    });
  }
}
