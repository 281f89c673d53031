// A folder in the place of Electron's own program, for packing where that cannot be had: everything that electron-builder
// makes of it is real, only the program does nothing.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FuseState } from '@electron/fuses';

/** By which the fuses are found in the program. */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
/** The wire after it: its version, how many fuses there are, and one character for each. */
const FUSES = 9;
const WIRE = Buffer.from([1, FUSES, ...Array.from({ length: FUSES }, () => FuseState.DISABLE)]);

/** Writes what electron-builder looks for in Electron for Linux. */
export function makeElectronStandIn(folder: string): void {
  makeFolders(folder);
  writeFileSync(join(folder, 'electron'), Buffer.concat([Buffer.from(`#!/bin/false\n${SENTINEL}`), WIRE]), {
    mode: 0o755,
  });
}

/** The same for Windows: a program with a version, to whose resources the archive's hash is added. Takes MinGW. */
export function makeWindowsElectronStandIn(folder: string): void {
  makeFolders(folder);
  const [source, resources, object] = ['e.c', 'e.rc', 'e.res'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const bytes = [...Buffer.from(SENTINEL), ...WIRE].join(', ');
  writeFileSync(source, `__attribute__((used)) const char fuses[] = { ${bytes} };\nint main(void) { return 1; }\n`);
  writeFileSync(
    resources,
    `1 VERSIONINFO
BEGIN
  BLOCK "StringFileInfo" BEGIN BLOCK "040904b0" BEGIN VALUE "FileDescription", "stand-in" END END
  BLOCK "VarFileInfo" BEGIN VALUE "Translation", 0x409, 1200 END
END
`,
  );
  execFileSync('x86_64-w64-mingw32ucrt-windres', [resources, '-O', 'coff', '-o', object]);
  execFileSync('x86_64-w64-mingw32ucrt-gcc', ['-s', source, object, '-o', join(folder, 'electron.exe')]);
  for (const path of [source, resources, object]) rmSync(path);
}

function makeFolders(folder: string): void {
  mkdirSync(join(folder, 'resources'), { recursive: true });
  mkdirSync(join(folder, 'locales'));
  for (const name of ['LICENSE', 'LICENSES.chromium.html']) writeFileSync(join(folder, name), '');
}
