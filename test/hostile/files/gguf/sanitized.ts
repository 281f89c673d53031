// The addon's GGUF reader under AddressSanitizer and UndefinedBehaviorSanitizer, in a build of its own, on hostile GGUF
// files: its process ends where a sanitizer finds something.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureNative, STOCK_SOURCE } from '../../../../native/build.ts';
import { ggmlBinDir } from '../../../../native/prebuilt.ts';
import type { OpenTarget } from '../../target.ts';
import { LineProgram } from '../line-program.ts';
import { makeMutant } from './mutants.ts';

const BUILD = join(import.meta.dirname, '../../../../out/sanitized');
const SOURCE = join(import.meta.dirname, '../sanitized');

/** Some 20 seconds the first time. @throws WinnowError NATIVE_BUILD; Error where the compiler has no sanitizers */
export async function buildSanitized(): Promise<void> {
  await ensureNative({ reference: true });
  const settings = [`-DLLAMA_SOURCE=${STOCK_SOURCE}`, `-DGGML_BIN_DIR=${ggmlBinDir()}`];
  execFileSync('cmake', ['-S', SOURCE, '-B', BUILD, ...settings], { stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync('cmake', ['--build', BUILD], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Needs what `buildSanitized` makes. */
export function openSanitized(folder: string): OpenTarget {
  const start = (): LineProgram => new LineProgram(join(BUILD, 'read-headers'));
  let reader = start();
  return {
    tryInput: async (random) => {
      let end = 'read';
      for (const [name, bytes] of makeMutant(random).files) {
        const path = join(folder, name);
        writeFileSync(path, bytes);
        const answer = await reader.ask(path);
        if (answer === null) {
          const report = await reader.end();
          reader = start();
          return { kind: 'sanitized', end: 'ended', finding: `${name}: ${report}` };
        }
        if (answer !== 'read') end = 'refused';
      }
      return { kind: 'sanitized', end, finding: null };
    },
    // leaks
    close: () => reader.end(),
  };
}
