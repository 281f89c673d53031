// Hundreds of processes start in a test run, and each would load zod's ninety files: a third of a worker's start. Here
// they are made into one, once for each version of the package.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const inRepository = (path: string): URL => new URL(`../../${path}`, import.meta.url);

const ONE_FILE = fileURLToPath(inRepository('node_modules/.cache/zod/zod.js'));

/** @returns the option of Node by which a process loads zod as one file */
export function oneFileZod(): string {
  const { version } = JSON.parse(readFileSync(inRepository('node_modules/zod/package.json'), 'utf8')) as {
    version: string;
  };
  if (!existsSync(ONE_FILE) || !readFileSync(ONE_FILE, 'utf8').startsWith(banner(version))) {
    execFileSync(process.execPath, [fileURLToPath(import.meta.url), version], { stdio: 'inherit' });
  }
  return `--import=${inRepository('test/setup/load-one-zod.ts').href}`;
}

const banner = (version: string): string => `// zod ${version}\n`;

// in a process of its own: configurations of tests are read synchronously
if (import.meta.main) {
  const { build } = await import('vite');
  await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      outDir: dirname(ONE_FILE),
      minify: false,
      target: 'esnext',
      lib: {
        entry: fileURLToPath(inRepository('node_modules/zod/index.js')),
        formats: ['es'],
        fileName: () => basename(ONE_FILE),
      },
      rolldownOptions: { output: { banner: banner(process.argv[2] ?? '') } },
    },
  });
}
