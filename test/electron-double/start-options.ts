// What the host tells the main process in its environment.

export type StartOptions = {
  /** Path of the app's main module. */
  readonly main: string;
  readonly locale: string;
  /** Whether the system prefers dark colours. */
  readonly dark: boolean;
};

export const OPTIONS_VARIABLE = 'ELECTRON_DOUBLE_OPTIONS';
