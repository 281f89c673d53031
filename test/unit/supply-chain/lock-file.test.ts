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
    }),
  ),
});

const lock = lockSchema.parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');

/** Why each may run something when it is installed; `npm ci --ignore-scripts` leaves all of it out. */
const RUNS_AT_INSTALL: Readonly<Record<string, string>> = {
  'node_modules/better-sqlite3': 'compiles its addon where it brings none for this system',
  'node_modules/cbor-extract': 'chooses its addon; cbor-x works without it',
  'node_modules/node-llama-cpp': 'checks that the addon of its package loads',
};

test('every package is held to a SHA-512', () => {
  expect(packages.length).toBeGreaterThan(100);
  expect(
    packages.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? '')).map(([path]) => path),
  ).toEqual([]);
});

test('none comes from a folder, a repository, or a server without TLS', () => {
  const strange = packages.filter(
    ([, { link, resolved = 'https://' }]) => link === true || !resolved.startsWith('https://'),
  );
  expect(strange.map(([path]) => path)).toEqual([]);
});

test('of the packages of production, no others run anything when they are installed', () => {
  const running = packages.filter(([, { dev, hasInstallScript }]) => dev !== true && hasInstallScript === true);
  expect(running.map(([path]) => path).sort()).toEqual(Object.keys(RUNS_AT_INSTALL).sort());
});
