// A folder in the place of Electron's own program, for packing where that cannot be had: everything that electron-builder
// makes of it is real, only the program does nothing.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FuseState } from '@electron/fuses';

/** By which the fuses are found in the program. */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
/** The wire after it: its version, how many fuses there are, and one character for each. */
const FUSES = 9;
const WIRE = Buffer.from([1, FUSES, ...Array.from({ length: FUSES }, () => FuseState.DISABLE)]);

/** Writes what electron-builder looks for in Electron for Linux. */
export function makeElectronStandIn(folder: string): void {
  mkdirSync(join(folder, 'resources'), { recursive: true });
  mkdirSync(join(folder, 'locales'));
  writeFileSync(join(folder, 'electron'), Buffer.concat([Buffer.from(`#!/bin/false\n${SENTINEL}`), WIRE]), {
    mode: 0o755,
  });
  for (const name of ['LICENSE', 'LICENSES.chromium.html']) writeFileSync(join(folder, name), '');
}
