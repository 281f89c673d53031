// Ends a utility process, whatever it does.
import type { UtilityProcess } from 'electron';

/** Electron asks by SIGTERM, which llama.cpp's own handlers or a debugger may take. */
const ASKED_MS = 500;

/** Asks it to end, and does not wait long. */
export function endUtility(child: UtilityProcess): void {
  const { pid } = child;
  child.kill();
  if (pid === undefined) return;
  const insist = setTimeout(() => process.kill(pid, 'SIGKILL'), ASKED_MS);
  child.once('exit', () => clearTimeout(insist));
}
