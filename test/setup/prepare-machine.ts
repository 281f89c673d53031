// Installs what the tests need beyond npm packages: a compiler, CMake, Mesa's software Vulkan device, and Chromium with
// a font for Japanese. On Debian as root it does so itself; elsewhere it says what is missing.
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
  ...(hasCommand('chromium') ? [] : ['chromium']),
  ...(process.platform !== 'linux' || hasJapaneseFont() ? [] : ['fonts-noto-cjk']),
  ...(process.platform !== 'linux' || hasSoftwareVulkan() ? [] : ['libvulkan1', 'mesa-vulkan-drivers']),
];

if (missing.length > 0) {
  const isDebianRoot = process.platform === 'linux' && process.getuid?.() === 0 && hasCommand('apt-get');
  const install = ['install', '-y', '--no-install-recommends', ...missing];
  if (!isDebianRoot) {
    process.stderr.write(
      `The tests need ${missing.join(', ')}. On Debian or Ubuntu: sudo apt-get ${install.join(' ')}\n`,
    );
    process.exit(1);
  }
  process.stderr.write(`installing ${missing.join(', ')}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (args: string[]): number | null =>
    spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env }).status;
  // package lists may be old or absent
  if (apt(install) !== 0 && (apt(['update']) !== 0 || apt(install) !== 0)) process.exit(1);
}
