// The script that runs before any other in a window's pages: the page's half of the double around the app's preload.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { ELECTRON_VERSION } from '../electron-version.ts';
import { TO_MAIN } from '../protocol.ts';
import { sourceSibling } from '../source-sibling.ts';
import type { BootOptions } from '../renderer/boot.ts';

const BOOT = fileURLToPath(new URL('../renderer/boot.ts', import.meta.url));
const GLOBAL = 'ElectronDouble';

const bundles = new Map<string, Promise<string>>();

/**
 * @param preload path of the built preload script; its TypeScript source will do
 * @throws Error if there is neither
 */
export async function initScript(preload: string | null): Promise<string> {
  const options: BootOptions = { platform: process.platform, arch: process.arch, electron: ELECTRON_VERSION };
  const parameters = 'require, module, process';
  const wrapped = preload === null ? 'null' : `function (${parameters}) {\n${await preloadCode(preload)}\n}`;
  return `(() => {
if (window !== window.top) { delete window.${TO_MAIN}; return; }
${await bundle(BOOT, 'iife')}
${GLOBAL}.boot(${JSON.stringify(options)}, ${wrapped});
})();`;
}

async function preloadCode(path: string): Promise<string> {
  const file = sourceSibling(path);
  if (file.endsWith('.ts')) return bundle(file, 'cjs');
  return readFile(file, 'utf8').catch(() => {
    throw new Error(`There is no preload script ${path}. Build it first.`);
  });
}

/** Sources do not change while tests run. */
function bundle(entry: string, format: 'iife' | 'cjs'): Promise<string> {
  const known = bundles.get(entry);
  if (known) return known;
  const made = buildBundle(entry, format);
  bundles.set(entry, made);
  return made;
}

async function buildBundle(entry: string, format: 'iife' | 'cjs'): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      minify: false,
      target: 'chrome140',
      lib: { entry, formats: [format], name: GLOBAL },
      rolldownOptions: { external: ['electron'] },
    },
  });
  const first = [result].flat()[0];
  if (!first || !('output' in first)) throw new Error(`${entry} did not build`);
  return first.output[0].code;
}
