/** The modules that Winnow's processes and threads start with; from the repository's root. */
export const PROCESS_ENTRIES = [
  'electron/cli/start.ts',
  'electron/engine/app/session/engine-process.ts',
  'electron/engine/base/backend/worker.ts',
  'electron/engine/base/backend/watching-thread.ts',
  'electron/engine/models/hub/hub-worker.ts',
  'electron/engine/demos/reader.ts',
  'electron/engine/demos/renderer.ts',
  'electron/main/main.ts',
] as const;
