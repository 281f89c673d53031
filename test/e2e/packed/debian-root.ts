// A Debian to install packages in: this one, with all changes kept apart from it.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type DebianRoot = {
  /** Where its root lies. */
  readonly path: string;
  /** Runs a program in it. @returns what it writes @throws Error if it fails */
  readonly run: (command: string, ...args: string[]) => string;
  readonly remove: () => void;
};

/** @returns what is said where none can be had: only root may lay one file system over another */
export function makeDebianRoot(): DebianRoot | string {
  if (spawnSync('dpkg', ['--version']).error) return 'this is no Debian';
  const folder = mkdtempSync(join(tmpdir(), 'winnow-debian-'));
  const path = join(folder, 'root');
  // on a file system of its own: what changes is not laid over itself
  const changes = join(folder, 'changes');
  for (const one of [changes, path]) mkdirSync(one);
  const remove = (): void => {
    for (const mounted of [path, changes]) spawnSync('umount', [mounted]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', changes], { stdio: 'pipe' });
    for (const name of ['upper', 'work']) mkdirSync(join(changes, name));
    const layers = `lowerdir=/,upperdir=${join(changes, 'upper')},workdir=${join(changes, 'work')}`;
    execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', layers, path], { stdio: 'pipe' });
  } catch (error) {
    remove();
    return String((error as { stderr?: Buffer }).stderr ?? error).trim();
  }
  return {
    path,
    run: (command, ...args) => execFileSync('chroot', [path, command, ...args], { encoding: 'utf8', stdio: 'pipe' }),
    remove,
  };
}
