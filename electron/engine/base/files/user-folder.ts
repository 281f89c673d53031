// The user's home folder.
import { homedir, userInfo } from 'node:os';

/** Where HOME is set to nothing, `homedir` is nothing, and data would go to wherever Winnow is started. */
export function userHomeFolder(): string {
  return homedir() || userInfo().homedir;
}
