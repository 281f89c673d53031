// How an app is started, the same on the double and on a real Electron.

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
