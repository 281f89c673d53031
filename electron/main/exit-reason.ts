// What ended a utility process, in Node's words. Electron gives what waitpid says: the signal, or with a shell's 128
// added to it.
import { constants } from 'node:os';

/** Signals that processes die of; small exit codes are none of these. */
const CRASH_SIGNALS: ReadonlySet<string> = new Set(['SIGABRT', 'SIGKILL', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE']);

/** @returns such as "signal SIGKILL" or "exit code 1" */
export function exitReason(code: number): string {
  const number = code > 128 ? code - 128 : code;
  const signal = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  const isCrash = signal !== undefined && CRASH_SIGNALS.has(signal) && process.platform !== 'win32';
  return isCrash ? `signal ${signal}` : `exit code ${code}`;
}
