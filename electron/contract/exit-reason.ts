// What ended a process, in terms shared by the engine and its hosts: Node's names of signals.

/** Windows uses exit codes where other systems have signals. */
const SIGNALS_OF_WINDOWS: ReadonlyMap<number, string> = new Map([
  // abort() of the C runtime, by "fail fast"; the same without it, as on Wine; and Node's own
  [0xc000_0409, 'SIGABRT'],
  [3, 'SIGABRT'],
  [134, 'SIGABRT'],
  // access violation, stack overflow
  [0xc000_0005, 'SIGSEGV'],
  [0xc000_00fd, 'SIGSEGV'],
  // a page of a mapped file could not be read
  [0xc000_0006, 'SIGBUS'],
  [0xc000_001d, 'SIGILL'],
  [0xc000_0094, 'SIGFPE'],
]);

/**
 * @param code as the system or Electron reports it, signed or unsigned
 * @param signal the signal that ended the process, on systems that have signals
 * @returns a text such as "signal SIGKILL" or "exit code 1"
 */
export function exitReason(code: number | null, signal: string | null, platform = process.platform): string {
  const name = signal ?? (platform === 'win32' && code !== null ? SIGNALS_OF_WINDOWS.get(code >>> 0) : undefined);
  return name === undefined ? `exit code ${code}` : `signal ${name}`;
}
