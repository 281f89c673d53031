// No test may load the real package: it would fetch Electron's program. And no code outside the shell may import it.
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';

const ROOT = join(import.meta.dirname, '../../..');
const REGISTER = join(ROOT, 'test/electron-double/register.ts');
const DOUBLE = /test\/electron-double\/electron\.ts$/;

function underHook(code: string, type: 'module' | 'commonjs'): string {
  const args = ['--import', REGISTER, `--input-type=${type}`, '--eval', code];
  return execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' }).trim();
}

test('electron is the double for ESM and CommonJS', () => {
  expect(underHook('console.log(import.meta.resolve("electron"))', 'module')).toMatch(DOUBLE);
  expect(underHook('console.log(import.meta.resolve("electron/main"))', 'module')).toMatch(DOUBLE);
  const failure = 'import("electron").catch((error) => console.log(error.message))';
  // it is our module that answers: it misses its host
  expect(underHook(failure, 'module')).toContain('was not started by its host');
  const required = 'try { require("electron") } catch (error) { console.log(error.message) }';
  expect(underHook(required, 'commonjs')).toContain('was not started by its host');
});

test('only main and preload import electron', () => {
  const files = globSync('{electron,native,renderer,resources}/**/*.{ts,tsx}', { cwd: ROOT }).filter(
    (path) => !path.startsWith('native/build'),
  );
  expect(files.length).toBeGreaterThan(50);
  const importers = files.filter((path) => /from 'electron(\/\w+)?'/.test(readFileSync(join(ROOT, path), 'utf8')));
  expect(importers.filter((path) => !/^electron\/(main|preload)\//.test(path))).toEqual([]);
});
