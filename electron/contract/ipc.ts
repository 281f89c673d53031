// The channels between the preload script and Electron's main process. Without schemas, so that the preload script stays small.
export const IPC = {
  /** Page to engine, and engine to page: envelopes that the main process relays. */
  toEngine: 'winnow:to-engine',
  toPage: 'winnow:to-page',
  /** Paths of dropped or chosen files, which only the preload script can find out. */
  grantPaths: 'winnow:grant-paths',
  pickFiles: 'winnow:pick-files',
  pickTarget: 'winnow:pick-target',
  newTarget: 'winnow:new-target',
  outputFolder: 'winnow:output-folder',
  restartEngine: 'winnow:restart-engine',
  /** Main process to page: a menu item was chosen; the system handed over files. */
  command: 'winnow:command',
  openFiles: 'winnow:open-files',
} as const;
