// The user's home folder.
import { homedir, userInfo } from 'node:os';

/** If HOME is empty, `homedir` returns an empty string, and data would go to whatever folder Winnow is started in. */
export function userHomeFolder(): string {
  return homedir() || userInfo().homedir;
}
