// What ended a process, in the words that the engine and its hosts share: Node's for signals.

/** Windows has exit codes where other systems have signals. */
const SIGNALS_OF_WINDOWS: ReadonlyMap<number, string> = new Map([
  // abort() of the C runtime, by "fail fast"; without that, as on Wine; and Node's own
  [0xc000_0409, 'SIGABRT'],
  [3, 'SIGABRT'],
  [134, 'SIGABRT'],
  // access violation, stack overflow
  [0xc000_0005, 'SIGSEGV'],
  [0xc000_00fd, 'SIGSEGV'],
  // a page of a mapped file that cannot be read
  [0xc000_0006, 'SIGBUS'],
  [0xc000_001d, 'SIGILL'],
  [0xc000_0094, 'SIGFPE'],
]);

/**
 * @param code as the system or Electron gives it, signed or not
 * @param signal what ended it, where the system knows signals
 * @returns such as "signal SIGKILL" or "exit code 1"
 */
export function exitReason(code: number | null, signal: string | null, platform = process.platform): string {
  const known = signal ?? (platform === 'win32' && code !== null ? SIGNALS_OF_WINDOWS.get(code >>> 0) : undefined);
  return known === undefined ? `exit code ${code}` : `signal ${known}`;
}
