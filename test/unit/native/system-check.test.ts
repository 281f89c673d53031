// What is missing for native code, in one sentence: before it is loaded, and by what the loader says.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, test } from 'vitest';
import { inEnglish, type Sentence } from '../../../electron/contract/sentences.ts';
import { compareVersions, neededVersions } from '../../../native/needed-versions.ts';
import { sqliteFile } from '../../../native/prebuilt.ts';
import {
  driverProblem,
  libraryProblem,
  loaderProblem,
  systemProblem,
  type System,
} from '../../../native/system-check.ts';
import { loaderSaysOf, SPECIMEN } from './patched-library.ts';

const folder = mkdtempSync(join(tmpdir(), 'winnow-system-'));
afterAll(() => {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    // Wine keeps a library open that it has refused
    if (process.platform !== 'win32') throw error;
  }
});

const says = (sentence: Sentence | null): string | null => sentence && inEnglish(sentence);
const system = (facts: Partial<System>): System => ({
  platform: 'linux',
  glibc: '2.41',
  kernel: '6.1.0',
  libraryFolders: [folder],
  ...facts,
});

describe.runIf(process.platform === 'linux')('of a Linux library', () => {
  /** The newest version with a name, by binutils. */
  const newest = (name: string): number[] => {
    // tests are listed elsewhere, too
    if (process.platform !== 'linux') return [];
    const table = execFileSync('objdump', ['--dynamic-syms', SPECIMEN], { encoding: 'utf8' });
    const versions = table.match(new RegExp(`\\b${name}_[\\d.]+`, 'g')) ?? [];
    const [last = ''] = execFileSync('sort', ['--version-sort', '--reverse'], { input: versions.join('\n') })
      .toString()
      .split('\n');
    return last
      .slice(name.length + 1)
      .split('.')
      .map(Number);
  };

  test('the releases that it asks for are read from it', () => {
    expect(neededVersions([SPECIMEN])).toEqual({ glibc: newest('GLIBC'), glibcxx: newest('GLIBCXX') });
  });

  test('a system with exactly that glibc will do, an older one is told which it has', () => {
    const [major, minor = 0] = newest('GLIBC');
    expect(systemProblem(system({ glibc: `${major}.${minor}` }), [SPECIMEN])).toBeNull();
    expect(says(systemProblem(system({ glibc: `${major}.${minor - 1}` }), [SPECIMEN]))).toBe(
      `This system has glibc ${major}.${minor - 1}, but Winnow needs ${major}.${minor} or newer. Use a newer release of the system.`,
    );
    expect(systemProblem(system({ glibc: '2.9' }), [SPECIMEN])).not.toBeNull();
  });

  test('what is not there yet asks for nothing', () => {
    expect(systemProblem(system({ glibc: '2.1' }), [join(folder, 'none.node')])).toBeNull();
  });

  test.each([
    ['GLIBC', newest('GLIBC'), /^libc\.so\.6 of this system is too old: patched\.node needs GLIBC_9[\d.]+\. /],
    [
      'GLIBCXX',
      newest('GLIBCXX'),
      /^libstdc\+\+\.so\.6 of this system is too old: patched\.node needs GLIBCXX_9[\d.]+\. /,
    ],
  ])('the loader’s refusal of a too new %s', (name, version, sentence) => {
    const from = `${name}_${version.join('.')}`;
    const message = loaderSaysOf(folder, from, from.replace(/_\d/, '_9'));
    expect(says(loaderProblem(message)), message).toMatch(sentence);
  });

  test.each([
    ['libstdc++.so.9', 'The library libstdc++.so.9 is missing. Install the system package that provides it.'],
    ['libcublas.so.9', 'The library libcublas.so.9 is missing. Install the release of CUDA that has it.'],
    ['libcuda.so.999', "The library libcuda.so.999 is missing. Install NVIDIA's driver."],
    [
      'libvulkan.so.9',
      "The library libvulkan.so.9 is missing. Install the graphics card's driver and the Vulkan loader.",
    ],
  ])('the loader’s refusal where %s is missing', (library, sentence) => {
    expect(says(loaderProblem(loaderSaysOf(folder, 'libstdc++.so.6', library)))).toBe(sentence);
  });
});

test('another C library than glibc', () => {
  expect(says(systemProblem(system({ glibc: null }), []))).toContain('as Alpine does');
  expect(
    says(
      loaderProblem('Error loading shared library libstdc++.so.6: No such file or directory (needed by winnow.node)'),
    ),
  ).toContain('libstdc++.so.6 is missing');
});

test('macOS by its kernel: Darwin 23 is macOS 14', () => {
  expect(systemProblem(system({ platform: 'darwin', kernel: '23.0.0' }), [])).toBeNull();
  expect(systemProblem(system({ platform: 'darwin', kernel: '25.1.0' }), [])).toBeNull();
  expect(says(systemProblem(system({ platform: 'darwin', kernel: '22.6.0' }), []))).toBe(
    'This is macOS 13, but Winnow needs macOS 14 or newer.',
  );
});

test('what macOS says', () => {
  expect(
    says(
      loaderProblem(
        "dlopen(/Applications/Winnow.app/winnow.node, 0x0001): Library not loaded: @rpath/libggml.dylib\n  Referenced from: <0> /Applications/Winnow.app/winnow.node\n  Reason: tried: '/usr/lib/libggml.dylib' (no such file)",
      ),
    ),
  ).toContain('The library libggml.dylib is missing');
  expect(
    says(
      loaderProblem(
        'dlopen(winnow.node, 0x0001): Symbol not found: _x (built for macOS 14.0 which is newer than running OS)',
      ),
    ),
  ).toBe('Winnow needs macOS 14.0 or newer.');
});

test('the Visual C++ runtime, in any of the folders where Windows looks', () => {
  const windows = system({ platform: 'win32', libraryFolders: [join(folder, 'System32'), folder] });
  expect(says(systemProblem(windows, []))).toContain('(msvcp140.dll, vcruntime140.dll, vcruntime140_1.dll)');
  for (const name of ['msvcp140.dll', 'vcruntime140.dll']) writeFileSync(join(folder, name), '');
  expect(says(systemProblem(windows, []))).toContain('(vcruntime140_1.dll)');
  writeFileSync(join(folder, 'vcruntime140_1.dll'), '');
  expect(systemProblem(windows, [])).toBeNull();
});

test('a library that Windows refuses is named', () => {
  const problem = (message: string | null) =>
    says(libraryProblem('C:\\ggml\\ggml-cuda.dll', { platform: 'win32', refuses: () => message }));
  expect(problem('The specified module could not be found.')).toContain('ggml-cuda.dll cannot be loaded');
  expect(problem(null)).toBeNull();
});

describe.runIf(process.platform === 'linux')('SQLite', () => {
  test('the file that is looked at is the one that is loaded', () => {
    new Database(':memory:').close();
    expect(readFileSync('/proc/self/maps', 'utf8')).toContain(`${realpathSync(sqliteFile())}\n`);
  });

  test('a library that loads has no problem, one that does not is named', () => {
    expect(libraryProblem(SPECIMEN)).toBeNull();
    expect(loaderSaysOf(folder, 'libstdc++.so.6', 'libcuda.so.999')).toContain('libcuda');
    expect(says(libraryProblem(join(folder, 'patched.node')))).toBe(
      "The library libcuda.so.999 is missing. Install NVIDIA's driver.",
    );
  });
});

test.each([
  ['cuda', 'linux', 'libcuda.so.1', 'NVIDIA'],
  ['cuda', 'win32', 'nvcuda.dll', 'NVIDIA'],
  ['vulkan', 'linux', 'libvulkan.so.1', 'Vulkan loader'],
  ['vulkan', 'win32', 'vulkan-1.dll', 'Vulkan loader'],
] as const)('the driver that %s needs on %s is asked for by its own library', (kind, platform, library, advice) => {
  const asked: string[] = [];
  const refuses = (path: string): string => {
    asked.push(path);
    return 'not there';
  };
  const said = says(driverProblem(kind, { platform, refuses }));
  expect(asked).toEqual([library]);
  expect(said).toContain(`The library ${library} is missing.`);
  expect(said).toContain(advice);
  expect(driverProblem(kind, { platform, refuses: () => null })).toBeNull();
});

test('Metal comes with the system', () => {
  expect(driverProblem('metal', { platform: 'darwin', refuses: () => 'not there' })).toBeNull();
});

test('what is no matter of the loader stays what it is', () => {
  expect(loaderProblem('Cannot find module winnow.node')).toBeNull();
  expect(loaderProblem('Module did not self-register')).toBeNull();
});

test('versions count by their numbers', () => {
  expect(compareVersions([2, 9], [2, 34])).toBeLessThan(0);
  expect(compareVersions([2, 34], [2, 34])).toBe(0);
  expect(compareVersions([3, 4, 30], [3, 4])).toBeGreaterThan(0);
  expect(compareVersions([3], [2, 41])).toBeGreaterThan(0);
});
