// Thousands of processes start in a test run, and each would load hundreds of modules one by one: half of its start. Here
// the modules of each are made into a few files, anew whenever a source has changed.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PROCESS_ENTRIES } from './process-entries.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Packages with native code, which look for it beside themselves, and what only Electron has. */
const UNBUNDLED = ['electron', 'better-sqlite3', 'cbor-x', 'ws', /^@(node-llama-cpp|reflink)\//];
/** Each system has its own: modules know where they lie. */
const BUNDLES = join(ROOT, 'node_modules/.cache', `processes-${process.platform}`);

/** @returns the environment in which processes that run Winnow's sources load them bundled */
export function bundledProcesses(): { NODE_OPTIONS: string; WINNOW_BUNDLES: string } {
  const folder = join(BUNDLES, sourceHash());
  if (!existsSync(folder)) {
    const { NODE_OPTIONS: _options, WINNOW_BUNDLES: _bundles, ...env } = process.env;
    execFileSync(process.execPath, [fileURLToPath(import.meta.url), folder], { stdio: 'inherit', env });
  }
  const loader = new URL('load-bundled.ts', import.meta.url).href;
  return { NODE_OPTIONS: `--import=${loader}`, WINNOW_BUNDLES: pathToFileURL(folder).href };
}

/** A hash of what can change a bundle, by the files' times. */
function sourceHash(): string {
  const sources = globSync(['electron/**/*.ts', 'native/*.ts', 'package-lock.json', 'test/setup/*.ts'], { cwd: ROOT });
  const hash = createHash('sha256');
  for (const path of sources.sort()) hash.update(`${path} ${statSync(join(ROOT, path)).mtimeMs}\n`);
  return hash.digest('hex').slice(0, 16);
}

/** What is found beside a module is found from where its source lies. */
function placesOfSources(code: string, path: string): string {
  const place = { url: pathToFileURL(path).href, dirname: dirname(path), main: false };
  return code.replaceAll('import.meta', `(${JSON.stringify(place)})`);
}

// in a process of its own: configurations of tests are read synchronously
if (import.meta.main) {
  const { build } = await import('vite');
  const folder = process.argv[2] ?? '';
  const unfinished = `${folder}.${process.pid}`;
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    plugins: [{ name: 'places-of-sources', enforce: 'pre', transform: placesOfSources }],
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: unfinished,
      emptyOutDir: true,
      minify: false,
      target: 'esnext',
      rolldownOptions: {
        external: UNBUNDLED,
        input: Object.fromEntries(PROCESS_ENTRIES.map((entry) => [entry, join(ROOT, entry)])),
        output: { entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
      },
    },
  });
  const earlier = existsSync(BUNDLES) ? readdirSync(BUNDLES).map((name) => join(BUNDLES, name)) : [];
  if (!existsSync(folder)) renameSync(unfinished, folder);
  for (const path of earlier) if (path !== folder) rmSync(path, { recursive: true, force: true });
}
