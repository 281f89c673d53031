// Calls about using pruned files in other programs.
import type { Program, programsCalls } from '../../../contract/api/programs.ts';
import type { CallResult } from '../../../contract/api.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { displayPathOf } from '../../base/files/display-path.ts';
import { writeTextFile } from '../../base/files/user-files.ts';
import { thisMachine } from '../../models/library/places.ts';
import { modelfileOf, needsFolder, openIn, programFolders } from '../../write/programs/open-in.ts';
import type { Services } from './services.ts';
import { contextMadeFor, writtenFile } from './named-files.ts';

type Copy = NonNullable<CallResult<'programs.list'>[number]['copy']>;

/** Time between reports to the page of how much was copied. */
const TELL_MS = 100;

/** The calls `programs.*`. */
export function programsHandlers(services: Services): CallHandlers<keyof typeof programsCalls> {
  const { context, grants, native } = services;
  const { host } = context;
  const copies = new Map<Program, Copy>();
  return {
    'programs.list': async () =>
      (await programFolders(thisMachine())).map(({ program, folder }) => ({
        program,
        displayPath: folder === null ? null : displayPathOf(folder),
        isHere: folder !== null || !needsFolder(program),
        copy: copies.get(program) ?? null,
      })),
    'programs.open': async ({ file, program, folder, ctx: asked }, signal) => {
      const model =
        file.kind === 'file'
          ? grants.path(file.grant, 'read')
          : (await writtenFile(context.store, file.exportId)).outputPath;
      const exportId = file.kind === 'file' ? null : file.exportId;
      await native.ensure();
      const { placement, ctx: usual } = services.settings();
      const madeFor = await contextMadeFor(context.store, model);
      const ctx = asked ?? madeFor ?? usual;
      const named = folder === null ? null : grants.path(folder, 'folder');
      const request = { model, program, folder: named, ctx, isMadeFor: ctx === madeFor, placement };
      const tell = (): void => services.emit('copying', { program, copy: copies.get(program) ?? null });
      let told = -Infinity;
      const onProgress = (done: number, total: number): void => {
        copies.set(program, { exportId, done, total });
        const now = performance.now();
        if (now - told < TELL_MS) return;
        told = now;
        tell();
      };
      try {
        return await openIn(request, host, thisMachine(), { signal, onProgress });
      } finally {
        if (copies.delete(program)) tell();
      }
    },
    'programs.modelfile': async ({ exportId, target }, signal) => {
      const { outputPath } = await writtenFile(context.store, exportId);
      await native.ensure();
      const { placement, ctx: usual } = services.settings();
      const madeFor = await contextMadeFor(context.store, outputPath);
      const how = { ctx: madeFor ?? usual, isMadeFor: madeFor !== null, placement };
      const text = await modelfileOf({ model: outputPath, ...how }, host, signal);
      await grants.write(target, (path) => writeTextFile(path, text));
    },
  };
}
