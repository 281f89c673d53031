// For which machine a file of native code is, told by its first bytes alone.
import { closeSync, openSync, readSync } from 'node:fs';

/** ELF's `e_machine`. */
const ELF_MACHINES: Readonly<Record<number, string>> = { 0x28: 'arm', 0x3e: 'x64', 0xb7: 'arm64', 0xf3: 'riscv64' };
/** Mach-O, of 32 and 64 bits in both byte orders, and several in one file. */
const MACH_O = new Set(['feedface', 'feedfacf', 'cefaedfe', 'cffaedfe', 'cafebabe']);

/** @returns such as "linux-x64"; "win32" for any program of Windows, "darwin" for any of macOS; null: no native code */
export function machineOf(path: string): string | null {
  const head = Buffer.alloc(20);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  if (head.toString('latin1', 0, 4) === '\u007fELF') return `linux-${ELF_MACHINES[head.readUInt16LE(18)] ?? 'other'}`;
  if (head.toString('latin1', 0, 2) === 'MZ') return 'win32';
  return MACH_O.has(head.toString('hex', 0, 4)) ? 'darwin' : null;
}
