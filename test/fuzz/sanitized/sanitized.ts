// npm run fuzz:sanitized -- [--seed N] [--count N]
// The addon's GGUF reader under AddressSanitizer and UBSan, on the same hostile files as `npm run fuzz`. Ends with 1 where a
// sanitizer finds something; the file then lies in out/fuzz.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ensureNative, progressLine, STOCK_SOURCE } from '../../../native/build.ts';
import { ggmlBinDir } from '../../../native/prebuilt.ts';
import { makeMutant } from '../gguf/mutants.ts';
import { Random } from '../random.ts';

const OUT = join(import.meta.dirname, '../../../out');
const BUILD = join(OUT, 'sanitized');
const KEEP = join(OUT, 'fuzz');

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' }, count: { type: 'string', default: '20000' } } }); // prettier-ignore
const { seed, count } = z
  .object({ seed: z.coerce.number().int().nonnegative(), count: z.coerce.number().int().positive() })
  .parse(values);

await ensureNative({ reference: true, onProgress: progressLine(process.stderr) });
execFileSync('cmake', ['-S', import.meta.dirname, '-B', BUILD, `-DLLAMA_SOURCE=${STOCK_SOURCE}`, `-DGGML_BIN_DIR=${ggmlBinDir()}`], { stdio: ['ignore', 'ignore', 'inherit'] }); // prettier-ignore
execFileSync('cmake', ['--build', BUILD], { stdio: ['ignore', 'ignore', 'inherit'] });

const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'winnow-sanitized-'));
const reader = spawn(join(BUILD, 'read-headers'), { stdio: ['pipe', 'pipe', 'pipe'] });
let report = '';
reader.stderr.setEncoding('utf8').on('data', (text: string) => (report += text));
const gone = once(reader, 'close');
const answers = createInterface(reader.stdout)[Symbol.asyncIterator]();

let files = 0;
let read = 0;
let found: string | null = null;
for (let index = 0; index < count && found === null; index++) {
  for (const bytes of makeMutant(new Random(seed, `gguf:${index}`)).files.values()) {
    const path = join(folder, 'header.gguf');
    writeFileSync(path, bytes);
    reader.stdin.write(`${path}\n`);
    const answer = await answers.next();
    if (answer.done === true) {
      mkdirSync(KEEP, { recursive: true });
      found = join(KEEP, `sanitized-${seed}-${index}.gguf`);
      copyFileSync(path, found);
      break;
    }
    files += 1;
    if (answer.value === 'read') read += 1;
  }
}
reader.stdin.end();
await gone;
rmSync(folder, { recursive: true, force: true });
console.log(`${files} files of ${count} inputs with seed ${seed}: ${read} read, ${files - read} refused, ${found === null ? 'nothing found' : `a finding in ${found}`}`); // prettier-ignore
if (found !== null || reader.exitCode !== 0) {
  console.log(report);
  process.exitCode = 1;
}
