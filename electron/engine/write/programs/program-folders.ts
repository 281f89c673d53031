// Finds the models folders of other programs on this machine.
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PROGRAMS, type Program } from '../../../contract/api/programs.ts';
import { lmStudioFolders, modelPlaces, type Machine } from '../../models/library/places.ts';

/** The folder that a program takes models from; null: there is none on this machine. */
export async function programFolder(program: Program, machine: Machine): Promise<string | null> {
  const lmStudio = await lmStudioFolders(machine);
  if (program === 'lm-studio') {
    const folder = lmStudio.downloads ?? join(lmStudio.home, 'models');
    return (await isFolder(folder)) ? folder : null;
  }
  if (program !== 'jan') return null;
  const places = modelPlaces(machine, lmStudio).filter(({ origin }) => origin === 'jan');
  for (const { path } of places.filter((place) => place.path.includes('llamacpp'))) {
    // Jan creates the folder itself with the first model; its data folder exists from the first start
    if (await isFolder(dirname(dirname(path)))) return path;
  }
  return null;
}

/** Whether a program takes models from a folder of its own. */
export function needsFolder(program: Program): boolean {
  return program === 'lm-studio' || program === 'jan';
}

/** The folders of all programs. */
export async function programFolders(machine: Machine): Promise<{ program: Program; folder: string | null }[]> {
  return Promise.all(PROGRAMS.map(async (program) => ({ program, folder: await programFolder(program, machine) })));
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
