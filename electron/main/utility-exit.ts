// What ended a utility process. Electron gives what waitpid says: the signal, or with a shell's 128 added to it.
import { constants } from 'node:os';
import { exitReason } from '../contract/exit-reason.ts';

/** Signals that processes die of; small exit codes are none of these. */
const CRASH_SIGNALS: ReadonlySet<string> = new Set(['SIGABRT', 'SIGKILL', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE']);

/** @returns as `exitReason` */
export function utilityExit(code: number): string {
  const number = code > 128 ? code - 128 : code;
  const signal = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  const isCrash = signal !== undefined && CRASH_SIGNALS.has(signal) && process.platform !== 'win32';
  return exitReason(code, isCrash ? signal : null);
}
