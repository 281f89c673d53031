// Where Winnow keeps its data on this machine.
import path from 'node:path';
import { userHomeFolder } from '../base/files/paths.ts';

/**
 * The absolute path of the data folder: `WINNOW_HOME`, or else the platform's user data folder. Creates nothing.
 * @param userFolder the user's home folder, for when the environment does not name a data folder
 */
export function winnowHome(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  userFolder: string = userHomeFolder(),
): string {
  const paths = platform === 'win32' ? path.win32 : path.posix;
  if (env['WINNOW_HOME']) return paths.resolve(env['WINNOW_HOME']);
  if (platform === 'win32') {
    return paths.join(env['APPDATA'] || paths.join(userFolder, 'AppData', 'Roaming'), 'Winnow');
  }
  if (platform === 'darwin') return paths.join(userFolder, 'Library', 'Application Support', 'Winnow');
  const xdg = env['XDG_DATA_HOME'];
  // The XDG specification says to ignore relative paths.
  const base = xdg && paths.isAbsolute(xdg) ? xdg : paths.join(userFolder, '.local', 'share');
  return paths.join(base, 'winnow');
}
