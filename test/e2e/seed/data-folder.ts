// Where a person's data lie.
import { winnowHome } from '../../../electron/engine/store/engine-context.ts';

/** Where Winnow keeps its data for a person with this home folder and the environment that the tests give. */
export function dataFolder(home: string): string {
  return winnowHome({}, process.platform, home);
}
