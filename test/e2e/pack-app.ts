// Winnow as electron-builder packs it, without an installer of it.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * @param output folder of what is made
 * @param options of electron-builder
 */
export function runElectronBuilder(output: string, options: readonly string[]): void {
  const builder = join(ROOT, 'node_modules/electron-builder/cli.js');
  const args = [...options, '--publish', 'never', `-c.directories.output=${output}`];
  execFileSync(process.execPath, [builder, ...args], { cwd: ROOT, stdio: 'inherit' });
}
