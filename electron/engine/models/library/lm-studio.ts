// Which folder LM Studio works in, and which one its user chose for models.
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { pathOf, type LmStudioFolders, type Machine } from './places.ts';
import { readSmallFile, readSmallJson } from './small-file.ts';

const settings = z.object({ downloadsFolder: z.string().min(1) });

/** By LM Studio's own order: its variable, its pointer file, the folder of old versions where there is one, the default. */
export async function lmStudioFolders(machine: Machine): Promise<LmStudioFolders> {
  const paths = pathOf(machine);
  const { env, userFolder } = machine;
  const old = paths.join(userFolder, '.cache', 'lm-studio');
  const pointed = (await readSmallFile(paths.join(userFolder, '.lmstudio-home-pointer')))?.trim();
  const named = [env['LMSTUDIO_HOME'], pointed].find((folder) => folder !== undefined && paths.isAbsolute(folder));
  const home = named ?? (existsSync(old) ? old : paths.join(userFolder, '.lmstudio'));
  const chosen = settings.safeParse(await readSmallJson(paths.join(home, 'settings.json'))).data?.downloadsFolder;
  return {
    home: paths.resolve(home),
    downloads: chosen !== undefined && paths.isAbsolute(chosen) ? paths.resolve(chosen) : null,
  };
}
