// Ends a utility process, whatever it is doing.
import type { UtilityProcess } from 'electron';

/** After this time the process is killed: Electron sends SIGTERM, which llama.cpp's own handlers or a debugger may catch. */
const ASKED_MS = 500;

/** Asks the process to end, and soon forces it. */
export function endUtility(child: UtilityProcess): void {
  const { pid } = child;
  child.kill();
  if (pid === undefined) return;
  const insist = setTimeout(() => process.kill(pid, 'SIGKILL'), ASKED_MS);
  child.once('exit', () => clearTimeout(insist));
}
