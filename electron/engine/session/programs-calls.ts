// Calls about pruned files in other programs.
import type { programsCalls } from '../../contract/api/programs.ts';
import type { CallHandlers } from '../../contract/server.ts';
import { displayPathOf } from '../files/display-path.ts';
import { thisMachine } from '../library/places.ts';
import { openIn } from '../programs/open-in.ts';
import { needsFolder, programFolders } from '../programs/program-folders.ts';
import type { Services } from './services.ts';
import { readSettings } from './settings.ts';
import { writtenFile } from './written-file.ts';

/** The calls `programs.*`. */
export function programsHandlers(services: Services): Pick<CallHandlers, keyof typeof programsCalls> {
  const { context, grants, native, undo } = services;
  const { store, host } = context;
  return {
    'programs.list': async () =>
      (await programFolders(thisMachine())).map(({ program, folder }) => ({
        program,
        displayPath: folder === null ? null : displayPathOf(folder),
        isHere: folder !== null || !needsFolder(program),
      })),
    'programs.open': async ({ exportId, program, folder }, signal) => {
      const { outputPath } = await writtenFile(store, exportId);
      await native.ensure();
      const { ctx, placement } = readSettings(store);
      const named = folder === null ? null : grants.path(folder, 'read');
      const request = { model: outputPath, program, folder: named, ctx, placement };
      const { opened, takeBack } = await openIn(request, host, thisMachine(), signal);
      return { ...opened, undoId: takeBack === null ? null : undo.add(takeBack).undoId };
    },
  };
}
