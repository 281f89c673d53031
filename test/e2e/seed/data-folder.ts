// Where a person's data lie.
import { join } from 'node:path';
import { winnowHome } from '../../../electron/engine/store/home.ts';

/** Where Winnow keeps its data for a person with this home folder and the environment that the tests give. */
export function dataFolder(home: string): string {
  return winnowHome({}, process.platform, home);
}

/** The database in it. */
export function databaseFile(home: string): string {
  return join(dataFolder(home), 'winnow.db');
}
