// What the tests need is installed by Debian's own apt, here from an archive in a folder and into another: it downloads
// without installing, so that the machine stays as it is.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

const APT = '/usr/bin/apt-get';
const onDebianAsRoot = process.getuid?.() === 0 && process.arch === 'x64' && existsSync(APT);

const FOR_ALL_TESTS = [
  'g++',
  'cmake',
  'git',
  'make',
  'chromium-headless-shell',
  'fonts-noto-cjk',
  'libvulkan1',
  'mesa-vulkan-drivers',
];
const FOR_WINDOWS = ['wine64', 'g++-mingw-w64-ucrt64'];
const FOR_ARM64 = ['qemu-user-static', 'g++-aarch64-linux-gnu'];

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A Debian where nothing is installed. @param held what its archive has @returns its folder */
function debianWith(held: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'winnow-apt-'));
  folders.push(root);
  for (const folder of ['bin', 'archive', 'state/lists/partial', 'dpkg', 'cache/archives/partial']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  symlinkSync(APT, join(root, 'bin/apt-get'));
  const program = 'any';
  writeFileSync(join(root, 'archive/any.deb'), program);
  const sha256 = createHash('sha256').update(program).digest('hex');
  const entries = held.map(
    (name) =>
      `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: none\nDescription: none\n` +
      `Filename: ./any.deb\nSize: ${program.length}\nSHA256: ${sha256}\n`,
  );
  writeFileSync(join(root, 'archive/Packages'), entries.join('\n'));
  writeFileSync(join(root, 'dpkg/status'), '');
  writeFileSync(join(root, 'sources.list'), `deb [trusted=yes] file:${root}/archive ./\n`);
  const settings = {
    'Dir::State': join(root, 'state'),
    'Dir::State::status': join(root, 'dpkg/status'),
    'Dir::Cache': join(root, 'cache'),
    'Dir::Etc::sourcelist': join(root, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'APT::Sandbox::User': 'root',
    'APT::Get::Download-Only': 'true',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
  writeFileSync(join(root, 'apt.conf'), lines.join(''));
  return root;
}

function prepare(root: string) {
  return spawnSync(process.execPath, ['test/setup/prepare-machine.ts', '--emulators'], {
    encoding: 'utf8',
    env: { PATH: join(root, 'bin'), APT_CONFIG: join(root, 'apt.conf') },
  });
}

/** Locks a file as apt does, and returns once it is locked. */
async function holding(path: string, seconds: number): Promise<void> {
  const lock =
    'use Fcntl; $| = 1; open(my $file, "+>", $ARGV[0]) or die; my $all = pack("s s x4 l! l! i x4", F_WRLCK, 0, 0, 0, 0);' +
    'fcntl($file, F_SETLK, $all) or die; print "held"; sleep $ARGV[1]';
  const holder = spawn('perl', ['-e', lock, path, String(seconds)], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((held, fail) => {
    holder.stdout.once('data', held);
    holder.once('close', fail);
  });
}

test.runIf(onDebianAsRoot)('all that the archive has is installed', () => {
  const { status, stderr } = prepare(debianWith([...FOR_ALL_TESTS, ...FOR_WINDOWS, ...FOR_ARM64]));
  expect(stderr).not.toMatch(/ needs? |skipped/);
  expect(status).toBe(0);
});

test.runIf(onDebianAsRoot).each([
  ['all tests', [...FOR_WINDOWS, ...FOR_ARM64], 'The tests need'],
  ['the tests of another platform', [...FOR_ALL_TESTS, ...FOR_WINDOWS], 'The tests of another platform need qemu'],
] as const)('where apt fails, so do %s', (_name, held, said) => {
  const { status, stderr } = prepare(debianWith(held));
  expect(stderr).toContain(said);
  expect(status).toBe(1);
});

test.runIf(onDebianAsRoot).each(['dpkg/lock-frontend', 'state/lists/lock'])(
  'another that holds %s is waited for',
  async (lock) => {
    const root = debianWith([...FOR_ALL_TESTS, ...FOR_WINDOWS, ...FOR_ARM64]);
    await holding(join(root, lock), 3);
    const { status, stderr } = prepare(root);
    expect(status, stderr).toBe(0);
  },
);
