// npm packages for systems other than this one, which npm does not install: fetched once, as pinned in package-lock.json.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { WinnowError } from '../electron/contract/errors.ts';
import { run } from './compile.ts';
import { BUILD_DIR, NATIVE_DIR } from './places.ts';

export type PinnedPackage = { readonly name: string; readonly version: string; readonly integrity: string };

/** Returns a package as package-lock.json pins it. @throws WinnowError NATIVE_BUILD if the lock does not name it */
export function lockedPackage(name: string): PinnedPackage {
  const lock = JSON.parse(readFileSync(join(NATIVE_DIR, '..', 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; integrity: string } | undefined>;
  };
  const entry = lock.packages[`node_modules/${name}`];
  if (entry === undefined)
    throw new WinnowError('NATIVE_BUILD', `package-lock.json does not name ${name}: run npm install`);
  return { name, version: entry.version, integrity: entry.integrity };
}

/**
 * Fetches and unpacks a package, unless it is there already.
 * @param modules a folder in the form of `node_modules`
 * @returns the package's folder in it
 * @throws WinnowError NATIVE_BUILD if it cannot be fetched, or is not what was pinned
 */
export async function providePackage(pinned: PinnedPackage, modules: string): Promise<string> {
  const folder = join(modules, pinned.name);
  if (installedVersion(folder) === pinned.version) return folder;
  mkdirSync(BUILD_DIR, { recursive: true });
  const download = mkdtempSync(join(BUILD_DIR, 'download-'));
  try {
    // the path that npm passes to its scripts; Windows starts command files only through a shell
    const npm = process.env['npm_execpath'];
    const [program, ...script] = npm === undefined ? ['npm'] : [process.execPath, npm];
    await run(program, [
      ...script,
      'pack',
      '--silent',
      '--pack-destination',
      download,
      `${pinned.name}@${pinned.version}`,
    ]);
    const archive = join(download, readdirSync(download)[0] ?? '');
    const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (integrity !== pinned.integrity) {
      throw new WinnowError('NATIVE_BUILD', `${pinned.name}@${pinned.version} is not what was pinned: ${integrity}`);
    }
    await run('tar', ['-xzf', archive, '-C', download]);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, '..'), { recursive: true });
    renameSync(join(download, 'package'), folder);
  } finally {
    rmSync(download, { recursive: true, force: true });
  }
  return folder;
}

function installedVersion(folder: string): string | null {
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) return null;
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
