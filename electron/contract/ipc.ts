// The channels between the preload script and Electron's main process. No schemas here: the preload script stays small.
export const IPC = {
  /** Page to engine, and engine to page: envelopes that main relays. */
  toEngine: 'winnow:to-engine',
  toPage: 'winnow:to-page',
  /** Paths of dropped or chosen files, which only the preload script can tell. */
  grantPaths: 'winnow:grant-paths',
  pickFiles: 'winnow:pick-files',
  pickTarget: 'winnow:pick-target',
  newTarget: 'winnow:new-target',
  outputFolder: 'winnow:output-folder',
  restartEngine: 'winnow:restart-engine',
  /** Main to page: a menu item was chosen; files were handed over by the system. */
  command: 'winnow:command',
  openFiles: 'winnow:open-files',
} as const;
