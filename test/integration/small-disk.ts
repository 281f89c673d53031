// A disk of its own that the tests of a block can fill. Where the system lets nobody mount one, they are skipped and say why.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, type TestContext } from 'vitest';

/**
 * Mounts it before the tests of the block that calls this, and unmounts it after them.
 * @param folder is made
 * @returns for each test to call first: skips it where there is no disk
 */
export function smallDisk(folder: string, megabytes: number): (test: Pick<TestContext, 'skip'>) => void {
  let problem = '';
  beforeAll(() => {
    mkdirSync(folder);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'pipe' });
    } catch (error) {
      problem = `no small disk to fill: ${String(error)}`;
    }
  });
  afterAll(() => {
    if (problem === '') execFileSync('umount', [folder]);
  });
  return ({ skip }) => {
    if (problem !== '') skip(problem);
  };
}
