// What is packed for people to install: small, of this platform alone, and the same program as the checkout.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { buildProcesses } from '../../../electron/build-app.ts';
import { runElectronBuilder } from '../../../electron/package-app.ts';
import { packPart } from '../../../electron/package-parts.ts';
import { softwareGpu } from '../../integration/software-gpu.ts';
import { homeEnvironment } from '../home-environment.ts';
import { expect, onElectron, test } from '../launch.ts';
import { FatalScreen } from '../pages/fatal-screen.ts';
import { Welcome } from '../pages/welcome.ts';
import { NewScreen } from '../pages/new-screen.ts';
import { Frame } from '../pages/frame.ts';
import { ScoreScreen } from '../pages/score-screen.ts';
import { fewDemos } from '../sample.ts';
import { makeDebianRoot } from './debian-root.ts';
import { makeElectronStandIn } from './electron-stand-in.ts';
import { machineOf } from './machine-of.ts';
import { openArchive } from './open-archive.ts';

test.skip(onElectron, 'a real Electron is packed by the project "gated"');
test.skip(process.platform !== 'linux', 'the stand-in for Electron is one of Linux');

const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));
const WORK_MS = 180_000;
/** Unpacked, beside Electron itself. */
const MOST_BYTES = 100e6;
/** Where Winnow's own part lies; all else is Electron's. */
const OWN = 'resources';
const KINDS = ['js', 'mjs', 'cjs', 'json', 'node', 'so', 'gguf', 'jsonl', 'txt', 'md', 'css', 'html', 'svg'];
/** Files without one of these endings. */
const LICENCES = /^(LICEN[CS]E|NOTICE|COPYING|BSD)[\w.-]*$/i;

/** Packages that are published without the text of their licence. */
const LICENSED_BY_NAME_ALONE = ['@simple-git/argv-parser', 'simple-git'];

const onDebian = !spawnSync('dpkg-deb', ['--version']).error;

/** A file of the packed app, by its path in it. */
type Packed = { readonly path: string; readonly bytes: number; readonly machine: string | null };

/** For processes that run what was packed: nothing of the tests' bundles. */
const PLAIN_NODE = { NODE_OPTIONS: '', WINNOW_BUNDLES: '' };

let folder = '';
let unpacked = '';
let deb = '';
let ownBytes = 0;
/** The app's root, from then on that the archive is a folder. */
let app = '';
let files: readonly Packed[] = [];

/** @returns a program that makes packages as electron-builder asks fpm to */
function makeFpm(parent: string): string {
  const program = join(parent, 'fpm');
  const script = fileURLToPath(new URL('fpm-stand-in.ts', import.meta.url));
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`, { mode: 0o755 });
  return program;
}

/** The newest release of glibc whose symbols a file uses, by its tables. */
function glibcOf(path: string): number {
  const table = execFileSync('objdump', ['--dynamic-syms', path], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return Math.max(...[...table.matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor)));
}

function filesIn(root: string): Packed[] {
  return globSync('**/*', { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { path: path.slice(root.length + 1), bytes: statSync(path).size, machine: machineOf(path) };
    });
}

test.beforeAll(({}, testInfo) => {
  testInfo.setTimeout(2 * WORK_MS);
  // nothing that is missing may be found in the checkout: modules are looked for in all folders above
  folder = mkdtempSync(join(tmpdir(), 'winnow-packed-'));
  const electron = join(folder, 'electron');
  makeElectronStandIn(electron);
  buildProcesses();
  const packages = join(folder, 'packages');
  const output = `-c.directories.output=${packages}`;
  runElectronBuilder(['--dir', `-c.electronDist=${electron}`, output]);
  unpacked = join(packages, 'linux-unpacked');
  if (onDebian) {
    process.env['CUSTOM_FPM_PATH'] = makeFpm(folder);
    runElectronBuilder(['--linux', 'deb', '--prepackaged', unpacked, output]);
    deb = join(packages, globSync('*.deb', { cwd: packages })[0] ?? '');
  }
  const archive = statSync(join(unpacked, OWN, 'app.asar')).size;
  const beside = filesIn(join(unpacked, OWN)).filter(({ path }) => path !== 'app.asar');
  ownBytes = archive + beside.reduce((sum, { bytes }) => sum + bytes, 0);
  app = openArchive(join(unpacked, OWN));
  files = filesIn(join(unpacked, OWN));
});

test.afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('it is small', () => {
  expect(ownBytes).toBeLessThan(MOST_BYTES);
  // it is the whole app that was weighed
  expect(ownBytes).toBeGreaterThan(statSync(join(CHECKOUT, 'resources/sample/winnow-sample-Q8_0.gguf')).size);
});

test('native code is of this platform alone', () => {
  const native = files.filter(({ machine }) => machine !== null);
  expect(new Set(native.map(({ machine }) => machine))).toEqual(new Set([`linux-${process.arch}`]));
  const names = native.map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
  expect(names).toEqual(
    expect.arrayContaining(['winnow.node', 'libggml-rpc.so', 'libllama-winnow.so', 'llama-addon.node']),
  );
  expect(names.filter((name) => /cuda|vulkan/.test(name))).toEqual([]);
});

test('no file is of a kind that nothing reads', () => {
  const strange = files
    .map(({ path }) => path)
    .filter((path) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      return !LICENCES.test(name) && !KINDS.includes(name.slice(name.lastIndexOf('.') + 1));
    });
  // for Debian electron-builder adds what AppArmor is told of the program
  expect(strange).toEqual(onDebian ? ['apparmor-profile'] : []);
});

test('the licence of every package comes along', () => {
  const packages = globSync('app.asar/**/node_modules/{*,@*/*}/package.json', { cwd: join(unpacked, OWN) }).map(
    dirname,
  );
  expect(packages.length).toBeGreaterThan(50);
  const without = packages.filter(
    (path) => !readdirSync(join(unpacked, OWN, path)).some((name) => LICENCES.test(name)),
  );
  expect(without.map((path) => path.slice('app.asar/node_modules/'.length)).sort()).toEqual(LICENSED_BY_NAME_ALONE);
});

test('the fuses are set', async () => {
  const fuses = await getCurrentFuseWire(join(unpacked, 'winnow'));
  expect(fuses[FuseV1Options.RunAsNode]).toBe(FuseState.DISABLE);
  expect(fuses[FuseV1Options.OnlyLoadAppFromAsar]).toBe(FuseState.ENABLE);
  expect(fuses[FuseV1Options.EnableEmbeddedAsarIntegrityValidation]).toBe(FuseState.ENABLE);
});

/** A program that starts node-llama-cpp as Winnow's chats do, and writes one of its properties. */
const startLlama = (gpu: string, property: string): string => `
  const { getLlama } = await import('node-llama-cpp');
  const llama = await getLlama({ gpu: ${gpu}, build: 'never', skipDownload: true });
  process.stdout.write(String(llama.${property}));
`;

/** Runs a script by plain Node, in no way that the tests' own processes start. @returns what it writes */
async function runPlain(script: string, args: readonly string[], cwd: string, env = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], {
    cwd,
    env: { ...process.env, ...PLAIN_NODE, ...homeEnvironment(cwd), ...env },
  });
  return stdout;
}

/** Runs what is imported from the app's own packages. */
function runInApp(name: string, code: string, cwd: string, env = {}): Promise<string> {
  const script = join(app, `${name}.mjs`);
  writeFileSync(script, code);
  return runPlain(script, [], cwd, env);
}

test('it prunes the sample to the very bytes that the checkout does', async ({}, testInfo) => {
  test.setTimeout(3 * WORK_MS);
  const demos = fewDemos('python', 12, testInfo.outputPath('python.jsonl'));
  const pruned = async (name: string, commandLine: string, sample: string): Promise<string> => {
    const cwd = testInfo.outputPath(name);
    mkdirSync(cwd, { recursive: true });
    const model = join(sample, 'winnow-sample-Q8_0.gguf');
    const winnow = (...args: string[]): Promise<string> => runPlain(commandLine, args, cwd);
    await winnow('score', model, '--demos', demos, '--out', 'scores.json');
    await winnow('select', '--scores', 'scores.json', '--keep', '0.5', '-o', 'mask.json');
    await winnow('prune', model, '--choice', 'mask.json', '-o', 'pruned.gguf');
    return createHash('sha256')
      .update(readFileSync(join(cwd, 'pruned.gguf')))
      .digest('hex');
  };
  const packed = await pruned('packed', join(app, 'electron/cli/winnow.js'), `${app}.unpacked/resources/sample`);
  const checkout = await pruned(
    'checkout',
    join(CHECKOUT, 'electron/cli/winnow.ts'),
    join(CHECKOUT, 'resources/sample'),
  );
  expect(packed).toBe(checkout);
});

test('every package that it imports is there, and loads', async ({}, testInfo) => {
  const sources = globSync('electron/**/*.js', { cwd: app }).map((path) => readFileSync(join(app, path), 'utf8'));
  const imported = sources.flatMap((source) =>
    [...source.matchAll(/(?:^(?:import .*|\} )from |\bimport\()'([\w@][\w@/.:-]*)'/gm)].map(([, name = '']) => name),
  );
  const packages = [...new Set(imported)].filter((name) => !name.startsWith('node:') && !name.startsWith('electron'));
  expect(packages).toEqual(expect.arrayContaining(['apache-arrow', 'better-sqlite3', 'node-llama-cpp', 'zod']));
  const imports = `await Promise.all(${JSON.stringify(packages)}.map((name) => import(name)));`;
  const llama = startLlama('false', 'buildType');
  expect(await runInApp('load-packages', `${imports}\n${llama}`, testInfo.outputDir)).toBe('prebuilt');
});

test('its window opens, and scores the sample', async ({ launch }) => {
  test.setTimeout(2 * WORK_MS);
  const { page } = await launch({
    app: { source: join(app, 'electron/main/main.js'), build: () => app },
    env: PLAIN_NODE,
  });
  await new Welcome(page).sample.click();
  await new NewScreen(page).find.waitFor();
  await new Frame(page).go('score');
  await new ScoreScreen(page).start.click();
  await expect(new ScoreScreen(page).goChoose).toBeVisible({ timeout: WORK_MS });
});

test('a part for graphics cards is found where it is unpacked', async ({}, testInfo) => {
  test.setTimeout(WORK_MS);
  const part = packPart('vulkan', testInfo.outputDir);
  execFileSync('tar', ['-xzf', part, '-C', join(unpacked, OWN)]);
  const env = softwareGpu();
  const doctor = await runPlain(join(app, 'electron/cli/winnow.js'), ['doctor', '--json'], testInfo.outputDir, env);
  const { devices, gpu_backends: installed } = JSON.parse(doctor) as Record<string, unknown>;
  expect(installed).toEqual(['vulkan']);
  expect(devices).toContainEqual(expect.objectContaining({ backend: 'Vulkan' }));
  expect(await runInApp('chat-device', startLlama("'vulkan'", 'gpu'), testInfo.outputDir, env)).toBe('vulkan');
});

test.describe('on a system that lacks something', () => {
  /** The system loads what is unpacked; without Electron, Node takes SQLite from the archive's folder. */
  const filesOf = (path: string): string[] => [`${app}.unpacked`, app].map((root) => join(root, path));
  const addon = (): string[] => filesOf('native/build/out/winnow.node').filter((file) => existsSync(file));
  const sqlite = (): string[] => filesOf(`node_modules/better-sqlite3/prebuilds/linux-${process.arch}.node`);
  const sound = new Map<string, Buffer>();

  test.beforeAll(() => {
    for (const file of [...addon(), ...sqlite()]) sound.set(file, readFileSync(file));
  });

  test.afterEach(() => {
    for (const [file, bytes] of sound) writeFileSync(file, bytes);
  });

  /** Exchanges a name in the tables of native code. */
  const patch = (files: readonly string[], from: string, to: string): void => {
    for (const file of files) {
      const text = readFileSync(file, 'latin1');
      expect(text).toContain(`${from}\0`);
      writeFileSync(file, text.replaceAll(`${from}\0`, `${to}\0`), 'latin1');
    }
  };
  const askForNewerGlibc = (files: readonly string[]): void => {
    const glibc = `GLIBC_2.${glibcOf(files[0] ?? '')}`;
    patch(files, glibc, glibc.replace('_2', '_9'));
  };

  const errorOf = (command: string, cwd: string): Promise<string> =>
    runPlain(join(app, 'electron/cli/winnow.js'), [command], cwd).catch(
      (error: unknown) => (error as { stderr: string }).stderr,
    );
  const GLIBC_OLD = /This system has glibc 2\.\d+, but Winnow needs 9\.\d+ or newer\./;

  test('an old glibc is told before anything is loaded, by command line and window', async ({ launch }, testInfo) => {
    askForNewerGlibc(addon());
    expect(await errorOf('doctor', testInfo.outputDir)).toMatch(GLIBC_OLD);
    const { page } = await launch({
      app: { source: join(app, 'electron/main/main.js'), build: () => app },
      env: PLAIN_NODE,
    });
    await expect(new FatalScreen(page).message).toContainText(GLIBC_OLD);
  });

  test('a library that is missing is told by its name', async ({}, testInfo) => {
    patch(addon(), 'libstdc++.so.6', 'libstdc++.so.9');
    expect(await errorOf('doctor', testInfo.outputDir)).toContain('The library libstdc++.so.9 is missing.');
  });

  test('the same of SQLite: what it asks for, and what it does not find', async ({}, testInfo) => {
    askForNewerGlibc(sqlite());
    expect(await errorOf('runs', testInfo.outputDir)).toMatch(GLIBC_OLD);
    for (const [file, bytes] of sound) writeFileSync(file, bytes);
    patch(sqlite(), 'libstdc++.so.6', 'libstdc++.so.9');
    expect(await errorOf('runs', testInfo.outputDir)).toContain('The library libstdc++.so.9 is missing.');
  });
});

test.describe('as a package of Debian', () => {
  test.skip(!onDebian, 'dpkg-deb makes and installs it');

  test('says what it needs', () => {
    const field = (name: string): string =>
      execFileSync('dpkg-deb', ['--field', deb, name], { encoding: 'utf8' }).trim();
    const glibc = Math.max(
      ...files.filter(({ path }) => /\.(node|so)$/.test(path)).map(({ path }) => glibcOf(join(unpacked, OWN, path))),
    );
    expect(field('Depends').split(', ')).toEqual(
      expect.arrayContaining(['libgtk-3-0', 'libnss3', `libc6 (>= 2.${glibc})`]),
    );
    expect(field('Depends')).toContain('libstdc++6 (>= ');
    expect(glibc).toBeLessThanOrEqual(34);
    expect(field('Architecture')).toBe(process.arch === 'x64' ? 'amd64' : process.arch);
    expect(field('Section')).toBe('science');
    expect(field('Description')).toContain('Prune Mixture-of-Experts language models for one domain');
  });

  test('comes with icons, opens its files, and leaves models and data behind', () => {
    const root = makeDebianRoot();
    if (typeof root === 'string') {
      test.skip(true, `there is no root to install in: ${root}`);
      return;
    }
    try {
      const within = (path: string): string => join(root.path, path);
      cpSync(deb, within('/tmp/winnow.deb'));
      const kept = ['/home/someone/.config/Winnow/winnow.db', '/home/someone/models/pruned.gguf'];
      for (const path of kept) {
        mkdirSync(dirname(within(path)), { recursive: true });
        writeFileSync(within(path), 'kept');
      }
      // what Electron needs is not on every machine that runs tests
      root.run('dpkg', '--force-depends', '--install', '/tmp/winnow.deb');
      expect(root.run('dpkg-query', '--show', '--showformat=${db:Status-Status}', 'winnow')).toBe('installed');
      expect(realpathSync(within('/opt/Winnow/winnow'))).toBe(within('/opt/Winnow/winnow'));
      expect(root.run('readlink', '--canonicalize', '/usr/bin/winnow').trim()).toBe('/opt/Winnow/winnow');
      const entry = readFileSync(within('/usr/share/applications/winnow.desktop'), 'utf8');
      expect(entry).toContain('Exec=/opt/Winnow/winnow %U');
      expect(entry).toContain('StartupWMClass=winnow\n');
      const icons = globSync('usr/share/icons/hicolor/*/apps/winnow.png', { cwd: root.path });
      expect(icons.map((path) => path.split('/')[4])).toEqual(expect.arrayContaining(['16x16', '48x48', '256x256']));

      root.run('dpkg', '--purge', 'winnow');
      expect(existsSync(within('/opt/Winnow'))).toBe(false);
      expect(existsSync(within('/usr/share/applications/winnow.desktop'))).toBe(false);
      expect(() => lstatSync(within('/usr/bin/winnow'))).toThrow('ENOENT');
      for (const path of kept) expect(readFileSync(within(path), 'utf8')).toBe('kept');
    } finally {
      root.remove();
    }
  });
});
