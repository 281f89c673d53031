// What is packed here for other systems: small, of that system alone, and the same program as the checkout.
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { buildProcesses } from '../../electron/build-app.ts';
import { runElectronBuilder } from '../../electron/package-app.ts';
import { makeElectronStandIn, makeWindowsElectronStandIn } from '../e2e/packed/electron-stand-in.ts';
import { machineOf } from '../e2e/packed/machine-of.ts';
import { openArchive } from '../e2e/packed/open-archive.ts';
import { emulated, ROOT } from './foreign.ts';
import { pruneSample } from './sample-flow.ts';

/** Unpacked, beside Electron itself. */
const MOST_BYTES = 100e6;

const TARGETS = [
  {
    platform: 'win-x64',
    folder: 'win-unpacked',
    machine: 'win32',
    evaluates: true,
    native: [
      'winnow.node',
      'winnow-windows.node',
      'ggml-rpc.dll',
      'ggml-base.dll',
      'llama-addon.node',
      'win32-x64.node',
    ],
    makeElectron: makeWindowsElectronStandIn,
    program: 'Winnow.exe',
    // as Explorer shows them: the icon, and the name in the file's properties
    holds: [readFileSync(join(ROOT, 'resources/icons/linux/256x256.png')), Buffer.from('Winnow', 'utf16le')],
  },
  {
    platform: 'linux-arm64',
    folder: 'linux-arm64-unpacked',
    machine: 'linux-arm64',
    // qemu takes its time
    evaluates: false,
    native: ['winnow.node', 'libggml-rpc.so', 'libllama-winnow.so', 'llama-addon.node', 'linux-arm64.node'],
    makeElectron: makeElectronStandIn,
    program: 'winnow',
    holds: [],
  },
] as const;

beforeAll(() => {
  if (inject('emulated').length > 0) buildProcesses();
});

for (const target of TARGETS) {
  describe.skipIf(!inject('emulated').includes(target.platform))(`packed for ${target.platform}`, () => {
    let folder = '';
    let unpacked = '';
    let resources = '';

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'winnow-packed-'));
      const electron = join(folder, 'electron');
      target.makeElectron(electron);
      const packages = join(folder, 'packages');
      runElectronBuilder(
        ['--dir', `-c.electronDist=${electron}`, `-c.directories.output=${packages}`],
        target.platform,
      );
      unpacked = join(packages, target.folder);
      resources = join(unpacked, 'resources');
    });

    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test('it is small, of its system alone, prunes the sample to the same bytes as this system, and measures it alike', async () => {
      const own = filesIn(resources).reduce((sum, path) => sum + statSync(path).size, 0);
      expect(own).toBeLessThan(MOST_BYTES);

      const app = openArchive(resources);
      const native = filesIn(resources).flatMap((path) => ({ name: basename(path), machine: machineOf(path) }));
      const programs = native.filter(({ machine }) => machine !== null);
      expect(new Set(programs.map(({ machine }) => machine))).toEqual(new Set([target.machine]));
      const names = programs.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining([...target.native]));
      expect(names.filter((name) => /cuda|vulkan/.test(name))).toEqual([]);
      const electron = readFileSync(join(unpacked, target.program));
      expect(target.holds.map((bytes) => electron.includes(bytes))).toEqual(target.holds.map(() => true));

      const program = {
        commandLine: join(app, 'electron/cli/winnow.js'),
        sample: `${app}.unpacked/resources/sample`,
      };
      const there = await pruneSample(emulated(target.platform), { evaluate: target.evaluates, program });
      const here = inject('here')!;
      expect(there.hash).toBe(here.hash);
      if (target.evaluates) expect(Math.abs(there.perplexity! / here.perplexity! - 1)).toBeLessThan(1e-3);
    });
  });
}

function filesIn(root: string): string[] {
  return globSync('**/*', { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
