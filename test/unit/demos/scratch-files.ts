// Files that live as long as one test file, in a folder of their own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Gives a function that writes a file into a fresh folder and returns its path; the folder goes at the end. */
export function scratchFiles(): { write: (name: string, content: string | Uint8Array) => string; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'winnow-demos-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    folder,
    write: (name, content) => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
  };
}
