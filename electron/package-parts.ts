// The parts that packages come without: llama.cpp's programs for a kind of graphics card, each as an archive to be
// unpacked into the `resources` folder of the installed app. `npm run package:parts -- vulkan` makes one of them.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gpuBackendFiles } from '../native/prebuilt.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** What is of no use without a compiler. */
const LEFT_OUT = ['*.d.ts', '*.map', 'README.md'];

/**
 * Makes the archive of a part, of this machine's platform. Where the app's modules look for packages, they also look in
 * `resources/node_modules`.
 * @returns its path
 * @throws Error if npm has not installed the part's programs here
 */
export function packPart(kind: string, folder: string): string {
  const file = gpuBackendFiles().find((part) => part.kind === kind);
  if (!file) throw new Error(`There is no part for ${kind} on ${process.platform}-${process.arch}.`);
  // …/node_modules/@node-llama-cpp/PACKAGE/bins/PACKAGE/FILE
  const packageRoot = dirname(dirname(dirname(file.path)));
  const { name, version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  mkdirSync(folder, { recursive: true });
  const archive = join(folder, `winnow-part-${name.slice(name.indexOf('/') + 1)}-${version}.tar.gz`);
  const leftOut = LEFT_OUT.map((pattern) => `--exclude=${pattern}`);
  execFileSync('tar', ['-czf', archive, ...leftOut, '-C', ROOT, `node_modules/${name}`], { stdio: 'inherit' });
  return archive;
}

if (import.meta.main) {
  const args = process.argv.slice(2);
  const kinds = args.length > 0 ? args : gpuBackendFiles().map(({ kind }) => kind);
  for (const kind of kinds) process.stdout.write(`${packPart(kind, join(ROOT, 'out', 'packages'))}\n`);
}
