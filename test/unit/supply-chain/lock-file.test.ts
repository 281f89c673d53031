// What is installed is what was looked at: every package by the hash of its content, and no code of theirs runs at
// installation but what is named here.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';

const lockSchema = z.object({
  lockfileVersion: z.literal(3),
  packages: z.record(
    z.string(),
    z.object({
      version: z.string(),
      resolved: z.string().optional(),
      integrity: z.string().optional(),
      link: z.boolean().optional(),
      dev: z.boolean().optional(),
      hasInstallScript: z.boolean().optional(),
      dependencies: z.record(z.string(), z.string()).default({}),
      optionalDependencies: z.record(z.string(), z.string()).default({}),
    }),
  ),
});

const lock = lockSchema.parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');

const { allowScripts } = z
  .object({ allowScripts: z.record(z.string(), z.boolean()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

/** Why each would run something when it is installed, and whether it may. */
const RUNS_AT_INSTALL: Readonly<Record<string, { why: string; allowed: boolean }>> = {
  'better-sqlite3': { why: 'npm compiles its addon anew, which it brings for every system', allowed: false },
  'cbor-extract': { why: 'chooses its addon; cbor-x works without it', allowed: true },
  'node-llama-cpp': { why: 'checks that the addon of its package loads', allowed: true },
};

test('every package is held to a SHA-512', () => {
  expect(packages.length).toBeGreaterThan(100);
  expect(
    packages.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? '')).map(([path]) => path),
  ).toEqual([]);
});

/** The folders in which Node looks for what a package imports. */
function lookedIn(path: string): readonly string[] {
  const owners = path.split('/node_modules/');
  return ['', ...owners.map((_, index) => `${owners.slice(0, index + 1).join('/node_modules/')}/`)];
}

/**
 * Asked for and not held: compiled addons that could not be had when the lock was made, and of which none is needed. Those of
 * cbor-extract 2.2.3, the version that checks lengths that would wrap around, and one of vite for Windows.
 */
const NOT_HELD = /^(@cbor-extract\/cbor-extract-.+|napi-windows-process-start-time)$/;

test('what any package asks for is held, for other systems too', () => {
  const missing = packages.flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies }).filter(
      (name) => !lookedIn(path).some((folder) => `${folder}node_modules/${name}` in lock.packages),
    ),
  );
  expect(missing.filter((name) => !NOT_HELD.test(name))).toEqual([]);
});

test('none comes from a folder, a repository, or a server without TLS', () => {
  const strange = packages.filter(
    ([, { link, resolved = 'https://' }]) => link === true || !resolved.startsWith('https://'),
  );
  expect(strange.map(([path]) => path)).toEqual([]);
});

test('of the packages of production, no others run anything when they are installed', () => {
  const running = packages.filter(([, { dev, hasInstallScript }]) => dev !== true && hasInstallScript === true);
  expect(running.map(([path]) => path.replace('node_modules/', '')).sort()).toEqual(
    Object.keys(RUNS_AT_INSTALL).sort(),
  );
});

test('npm lets run what is named here, and the Node that everything runs on', () => {
  const allowed = Object.entries(RUNS_AT_INSTALL).map(([name, { allowed }]) => [name, allowed]);
  expect(allowScripts).toEqual({ ...Object.fromEntries(allowed), node: true });
});
