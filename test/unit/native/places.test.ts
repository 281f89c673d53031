import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { builtFiles, filesOf, thisPlatform } from '../../../native/platforms.ts';

const NATIVE = fileURLToPath(new URL('../../../native', import.meta.url));
const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** A checkout of the native part's sources elsewhere, without anything compiled. */
function checkout(): string {
  const root = mkdtempSync(join(tmpdir(), 'winnow-native-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const folders = [join(NATIVE, 'build'), join(NATIVE, 'prebuilt')];
  cpSync(NATIVE, join(root, 'native'), { recursive: true, filter: (path) => !folders.includes(path) });
  symlinkSync(MODULES, join(root, 'node_modules'), 'junction');
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  return join(root, 'native');
}

/** What the modules there say, in a process of their own. */
function ask(native: string): { key: string; addon: string; server: string; hasServer: boolean } {
  const places = pathToFileURL(join(native, 'places.ts')).href;
  const code = `const { isPrebuiltCurrent, sourceKeys, nativeFiles } = await import('${places}');
    const hasServer = isPrebuiltCurrent('${thisPlatform()}', true);
    console.log(JSON.stringify({ key: sourceKeys().all, ...nativeFiles(), hasServer }))`;
  const { NODE_OPTIONS: _bundles, ...env } = process.env;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    encoding: 'utf8',
    env,
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as ReturnType<typeof ask>;
}

function putPrebuilt(native: string, sources: string): void {
  const folder = join(native, 'prebuilt', thisPlatform());
  mkdirSync(folder, { recursive: true });
  for (const name of filesOf(thisPlatform())) writeFileSync(join(folder, name), 'compiled elsewhere');
  writeFileSync(join(folder, 'stamp.json'), JSON.stringify({ sources }));
}

const folderOf = (addon: string): string => basename(dirname(addon));

test('a prebuilt part is loaded where it is of the sources that are here, wherever they are', () => {
  const [one, other] = [checkout(), checkout()];
  const { key, addon } = ask(one);
  expect(folderOf(addon)).toBe('out');
  putPrebuilt(other, key);
  expect(folderOf(ask(other).addon)).toBe(thisPlatform());
  rmSync(join(other, 'prebuilt', thisPlatform(), filesOf(thisPlatform())[1]));
  expect(folderOf(ask(other).addon)).toBe('out');
});

test("a prebuilt part has llama.cpp's server where it was built with it", () => {
  const native = checkout();
  putPrebuilt(native, ask(native).key);
  expect(ask(native).hasServer).toBe(false);
  const { server } = ask(native);
  expect(folderOf(server)).toBe(thisPlatform());
  writeFileSync(server, 'compiled elsewhere');
  expect(ask(native).hasServer).toBe(true);
  for (const platform of ['win-x64', 'linux-arm64', thisPlatform()])
    expect(builtFiles(platform, true), platform).toEqual([...filesOf(platform), basename(server)]);
});

test('a prebuilt part of other sources is not loaded', () => {
  const native = checkout();
  putPrebuilt(native, ask(native).key);
  appendFileSync(join(native, 'src', 'addon.cpp'), '\n');
  expect(folderOf(ask(native).addon)).toBe('out');
});

test('a released app has no sources, and loads what it brings', () => {
  const native = checkout();
  putPrebuilt(native, 'of the release');
  rmSync(join(native, 'patches'), { recursive: true });
  const places = pathToFileURL(join(native, 'places.ts')).href;
  const code = `console.log((await import('${places}')).nativeFiles().addon)`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    encoding: 'utf8',
    env: {},
  });
  expect(folderOf(stdout.trim())).toBe(thisPlatform());
});
