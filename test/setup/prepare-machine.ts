// Installs what the tests need beyond npm packages: a compiler, CMake, Mesa's software Vulkan device, and Chromium with
// a font for Japanese; with --emulators also Wine, qemu and cross compilers for the tests of other platforms. On Debian as
// root it does so itself; elsewhere it says what is missing.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

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

/** For each other system what its tests are skipped without. */
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

function install(packages: readonly string[]): boolean {
  process.stderr.write(`installing ${packages.join(', ')}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (args: string[]): number | null =>
    spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env }).status;
  // package lists may be old or absent
  return apt(installing(packages)) === 0 || (apt(['update']) === 0 && apt(installing(packages)) === 0);
}

const advice = (packages: readonly string[]): string =>
  `${packages.join(', ')}. On Debian or Ubuntu: sudo apt-get ${installing(packages).join(' ')}\n`;

if (missing.length > 0 && !(isDebianRoot && install(missing))) {
  process.stderr.write(`The tests need ${advice(missing)}`);
  process.exit(1);
}
for (const packages of missingEmulators) {
  if (packages.length > 0 && !(isDebianRoot && install(packages))) {
    process.stderr.write(`Tests of another platform are skipped without ${advice(packages)}`);
  }
}
