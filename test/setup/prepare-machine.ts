// Installs what the tests need beyond npm packages: a compiler, CMake, Mesa's software Vulkan device, and Chromium with
// a font for Japanese; with --emulators also Wine, qemu and cross compilers for the tests of other platforms. On Debian as
// root it does so itself, or fails; elsewhere it says what is missing, and fails unless only other platforms' is.
import { spawnSync, type StdioOptions } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** Another installation that is at work gets that long to end. */
const LOCK_SECONDS = 300;

const ICD_DIR = '/usr/share/vulkan/icd.d';

function hasCommand(name: string): boolean {
  return !spawnSync(name, ['--version'], { stdio: 'ignore' }).error;
}

function hasSoftwareVulkan(): boolean {
  return existsSync(ICD_DIR) && readdirSync(ICD_DIR).some((name) => name.startsWith('lvp_icd'));
}

function hasJapaneseFont(): boolean {
  const fonts = spawnSync('fc-list', [':lang=ja', 'family'], { encoding: 'utf8' });
  return !fonts.error && fonts.stdout.trim() !== '';
}

const missing = [
  ...(hasCommand('g++') || hasCommand('clang++') ? [] : ['g++']),
  ...(hasCommand('cmake') ? [] : ['cmake']),
  ...(hasCommand('git') ? [] : ['git']),
  ...(hasCommand('ninja') || hasCommand('make') ? [] : ['make']),
  ...(hasCommand('chromium-headless-shell') || hasCommand('chromium') ? [] : ['chromium-headless-shell']),
  ...(process.platform !== 'linux' || hasJapaneseFont() ? [] : ['fonts-noto-cjk']),
  ...(process.platform !== 'linux' || hasSoftwareVulkan() ? [] : ['libvulkan1', 'mesa-vulkan-drivers']),
];

/** For each other system what its tests need. */
const missingEmulators =
  !process.argv.includes('--emulators') || process.platform !== 'linux' || process.arch !== 'x64'
    ? []
    : [
        [
          ...(existsSync('/usr/lib/wine/wine64') || hasCommand('wine64') || hasCommand('wine') ? [] : ['wine64']),
          ...(hasCommand('x86_64-w64-mingw32ucrt-g++') ? [] : ['g++-mingw-w64-ucrt64']),
        ],
        [
          ...(hasCommand('qemu-aarch64-static') ? [] : ['qemu-user-static']),
          ...(hasCommand('aarch64-linux-gnu-g++') ? [] : ['g++-aarch64-linux-gnu']),
        ],
      ];

const isDebianRoot = process.platform === 'linux' && process.getuid?.() === 0 && hasCommand('apt-get');

const installing = (packages: readonly string[]): string[] => ['install', '-y', '--no-install-recommends', ...packages];

async function install(packages: readonly string[]): Promise<boolean> {
  process.stderr.write(`installing ${packages.join(', ')}\n`);
  // package lists may be old or absent
  return installNow(packages) || ((await updateLists()) && installNow(packages));
}

function installNow(packages: readonly string[]): boolean {
  return apt(installing(packages), ['ignore', 'ignore', 'inherit']).status === 0;
}

/** apt waits for another that installs, but not for one that updates the lists. */
async function updateLists(): Promise<boolean> {
  const deadline = performance.now() + LOCK_SECONDS * 1000;
  for (;;) {
    const { status, stderr } = apt(['update'], ['ignore', 'ignore', 'pipe']);
    if (status === 0) return true;
    if (!stderr.includes('Could not get lock') || performance.now() > deadline) {
      process.stderr.write(stderr);
      return false;
    }
    await setTimeout(1000);
  }
}

function apt(args: readonly string[], stdio: StdioOptions) {
  return spawnSync('apt-get', ['-o', `DPkg::Lock::Timeout=${LOCK_SECONDS}`, ...args], {
    stdio,
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
  });
}

const advice = (packages: readonly string[]): string =>
  `${packages.join(', ')}. On Debian or Ubuntu: sudo apt-get ${installing(packages).join(' ')}\n`;

if (missing.length > 0 && !(isDebianRoot && (await install(missing)))) {
  process.stderr.write(`The tests need ${advice(missing)}`);
  process.exit(1);
}
for (const packages of missingEmulators) {
  if (packages.length === 0) continue;
  if (!isDebianRoot) {
    process.stderr.write(`Tests of another platform are skipped without ${advice(packages)}`);
  } else if (!(await install(packages))) {
    process.stderr.write(`The tests of another platform need ${advice(packages)}`);
    process.exitCode = 1;
  }
}
