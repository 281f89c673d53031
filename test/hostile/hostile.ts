// npm run fuzz -- [--seed N] [--seconds S] [--count N] [--only gguf,demos,masks,scores,bundles,database]
// npm run fuzz -- --only giants: the largest files, once each
// npm run fuzz -- --seed N demos:17 bundles:4: these inputs again
// Gives Winnow hostile files by the thousand, and says what became of them; the addon's GGUF reader gets its share under
// AddressSanitizer and UBSan too. Ends with 1 where anything was found; the files then lie in out/fuzz. The same seed and
// name give the same input.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ensureNative, progressLine } from '../../native/build.ts';
import { GIANTS } from './files/giants/giants.ts';
import { mutatedInputs, nameOf, SHARES, type Input, type MutatedTarget } from './inputs.ts';
import { LIMITS, runFuzz, type FuzzReport } from './run.ts';
import { runSanitized, type SanitizedReport } from './files/sanitized/sanitized.ts';
import { TARGETS } from './targets.ts';

const KEEP = join(import.meta.dirname, '../../out/fuzz');
const DEFAULT_SECONDS = 60;
/** V8 lets about a gibibyte of buffers lie that a file was read into, however long the file is, before it collects them. */
const GIANT_MEMORY_BYTES = 1280 << 20;
const PROGRESS_EVERY = 1000;
/** In a run that has no number of inputs. */
const SANITIZED_SECONDS = 10;
const MUTATED = Object.keys(SHARES) as MutatedTarget[];
const TARGET_NAMES = Object.keys(TARGETS) as (keyof typeof TARGETS)[];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string' },
    count: { type: 'string' },
    lanes: { type: 'string', default: String(availableParallelism()) },
    only: { type: 'string', default: MUTATED.join(',') },
  },
});
const { seed, seconds, count, lanes, only, named } = z
  .object({
    seed: z.coerce.number().int().nonnegative(),
    seconds: z.coerce.number().positive().optional(),
    count: z.coerce.number().int().positive().optional(),
    lanes: z.coerce.number().int().positive(),
    only: z.union([z.tuple([z.literal('giants')]), z.array(z.enum(MUTATED)).min(1)]),
    named: z.array(
      z
        .templateLiteral([z.enum(TARGET_NAMES), ':', z.int().nonnegative()])
        .transform((name): Input => ({ target: name.split(':')[0]!, index: Number(name.split(':')[1]) })),
    ),
  })
  .parse({ ...values, only: values.only.split(','), named: positionals });

function inputs(): { readonly inputs: Iterable<Input>; readonly seconds: number } {
  if (named.length > 0) return { inputs: named, seconds: Infinity };
  if (only[0] === 'giants') {
    return { inputs: GIANTS.map((_, index) => ({ target: 'giants', index })), seconds: Infinity };
  }
  const endless = mutatedInputs(only as MutatedTarget[]);
  if (count === undefined) return { inputs: endless, seconds: seconds ?? DEFAULT_SECONDS };
  return { inputs: endless.take(count), seconds: seconds ?? Infinity };
}

/** What a run with these options gives to the sanitized reader; null: nothing. */
function sanitizedInputs(): { readonly count: number; readonly seconds: number } | null {
  const mutated = MUTATED.filter((target) => (only as readonly string[]).includes(target));
  if (named.length > 0 || !mutated.includes('gguf')) return null;
  if (count === undefined) return { count: Infinity, seconds: SANITIZED_SECONDS };
  const shares = mutated.reduce((sum, target) => sum + SHARES[target], 0);
  return { count: Math.ceil((count * SHARES.gguf) / shares), seconds: seconds ?? Infinity };
}

function print({ inputs: tried, seconds: took, kinds, findings }: FuzzReport): void {
  for (const [kind, { ends, slowest, largest }] of [...kinds].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const total = [...ends.values()].reduce((sum, n) => sum + n, 0);
    const parts = [...ends].sort(([, a], [, b]) => b - a).map(([end, n]) => `${end} ${n}`);
    console.log(`${kind.padEnd(18)} ${String(total).padStart(7)}  ${parts.join(', ')}`);
    console.log(
      `${' '.repeat(28)}slowest ${slowest.input}: ${slowest.milliseconds.toFixed(0)} ms; most memory ${largest.input}: ${(largest.peakBytes / 2 ** 20).toFixed(0)} MiB`,
    );
  }
  const of = (kind: string): number => findings.filter((finding) => finding.kind === kind).length;
  console.log(
    `${tried} inputs in ${took.toFixed(0)} s with seed ${seed}: ${of('crash')} crashes, ${of('hang')} hangs, ${of('memory')} over the memory limit, ${of('wrong')} wrong`,
  );
  for (const { input, kind, what } of findings) console.log(`${kind} at ${nameOf(input)}: ${what}`);
}

function printSanitized({ inputs: tried, read, refused, findings }: SanitizedReport): void {
  console.log(
    `${tried} GGUF inputs under AddressSanitizer and UBSan with seed ${seed}: ${read} files read, ${refused} refused, ${findings.length} findings`,
  );
  for (const { index, report } of findings) console.log(`gguf:${index}: ${report}`);
}

// so that what is told at the exit ends its processes and removes its files
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await ensureNative({ reference: true, onProgress: progressLine(process.stderr) });
const triesGiants = only[0] === 'giants' || named.some(({ target }) => target === 'giants');
const report = await runFuzz({
  ...inputs(),
  seed,
  lanes,
  keep: KEEP,
  limits: triesGiants ? { ...LIMITS, memoryBytes: GIANT_MEMORY_BYTES } : LIMITS,
  onProgress: (tried) => {
    if (tried % PROGRESS_EVERY === 0) process.stderr.write(`${tried} inputs\n`);
  },
});
print(report);
let found = report.findings.length;
const sanitized = sanitizedInputs();
if (sanitized) {
  const ofReader = await runSanitized({ seed, ...sanitized });
  printSanitized(ofReader);
  found += ofReader.findings.length;
}
if (found > 0) console.log(`The files lie in ${KEEP}.`);
process.exitCode = found > 0 ? 1 : 0;
