// What ended a utility process. Electron passes on the status of waitpid: the signal, or as in a shell the signal plus 128.
import { constants } from 'node:os';
import { exitReason } from '../contract/exit-reason.ts';

/** Signals that kill processes; small exit codes are none of these. */
const CRASH_SIGNALS: ReadonlySet<string> = new Set(['SIGABRT', 'SIGKILL', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE']);

/** Returns what ended a utility process, in the form of `exitReason`. */
export function utilityExit(code: number): string {
  const number = code > 128 ? code - 128 : code;
  const signal = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  const isCrash = signal !== undefined && CRASH_SIGNALS.has(signal) && process.platform !== 'win32';
  return exitReason(code, isCrash ? signal : null);
}
