// npm run hostile: everything that means Winnow ill, by one runner. What each family tries is said by HELP.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ensureNative, progressLine } from '../../native/build.ts';
import { ensureBuilt } from '../setup/built-page.ts';
import { COMPILE_CACHE } from '../setup/compile-cache.ts';
import { mutatedInputs, SHARES, type Input, type MutatedTarget } from './inputs.ts';
import { isWell, linesOf, runHostile, type RunOptions } from './run.ts';
import { TARGETS } from './targets.ts';

const HELP = `Gives Winnow what means it ill, and says what became of it. Ends with 1 where anything was found, or nothing was tried;
the files of findings then lie in out/hostile. The same seed and name give the same input.

  npm run hostile -- fuzz [KIND …]           hostile files: ${Object.keys(SHARES).join(', ')}; without KIND all of them
  npm run hostile -- fuzz giants             the largest files, once each
  npm run hostile -- attack [WORD …]         the table of attacks: those whose name or surfaces hold a WORD, such as
                                             "template" or "command:score"; without WORD all of them
  npm run hostile -- kills [WORK …]          kills in the middle of work, such as "score" or "export"
  npm run hostile -- soak                    short jobs again and again, and whether anything grows
  npm run hostile -- again NAME:NUMBER …     these inputs again, such as gguf:17 or kills:3

  --seed N      1 without it
  --seconds S   ends then: fuzz after 60, soak after 3600, the others when all is tried
  --count N     inputs of fuzz; kills (200 without it)
  --lanes N     processes at once, of fuzz: one a core without it
  --quick       of attack, those of "npm test"
  --help        this
`;

const KEEP = join(import.meta.dirname, '../../out/hostile');
const PROGRESS_EVERY = 1000;
const MUTATED = Object.keys(SHARES) as MutatedTarget[];
const TARGET_NAMES = Object.keys(TARGETS) as (keyof typeof TARGETS)[];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string' },
    count: { type: 'string' },
    lanes: { type: 'string', default: String(availableParallelism()) },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const options = z
  .object({
    seed: z.coerce.number().int().nonnegative(),
    seconds: z.coerce.number().positive().optional(),
    count: z.coerce.number().int().positive().optional(),
    lanes: z.coerce.number().int().positive(),
    quick: z.boolean(),
  })
  .parse(values);
const { seed, seconds, count, lanes, quick } = options;
const [family = '', ...words] = positionals;

/** What tells one family's run from another's. */
type Plan = Pick<RunOptions, 'inputs' | 'onTried'> & Partial<Pick<RunOptions, 'seconds' | 'lanes' | 'scratch'>>;

const numbers = (target: string, indices: Iterable<number>): Input[] =>
  Array.from(indices, (index) => ({ target, index }));

const FAMILIES: Readonly<Record<string, () => Promise<Plan>>> = {
  fuzz: async () => {
    if (words.includes('giants')) {
      const { GIANTS } = await import('./files/giants/giants.ts');
      return { inputs: numbers('giants', GIANTS.keys()), lanes, scratch: 'memory' };
    }
    const kinds = z.array(z.enum(MUTATED)).parse(words.length === 0 ? MUTATED : words);
    if (kinds.includes('sanitized')) await (await import('./files/sanitized/target.ts')).buildSanitized();
    const endless = mutatedInputs(kinds);
    return {
      inputs: count === undefined ? endless : endless.take(count),
      seconds: count === undefined ? 60 : Infinity,
      lanes,
      scratch: 'memory',
      onTried: (_, tried) => void (tried % PROGRESS_EVERY === 0 && process.stderr.write(`${tried} inputs\n`)),
    };
  },
  attack: async () => {
    await ensureBuilt('page');
    return { inputs: numbers('attacks', (await import('./attack/target.ts')).attacksOf(words, quick)) };
  },
  kills: async () => (await import('./kills/target.ts')).piecesToKill(count ?? 200, seed, words),
  soak: () => Promise.resolve({ inputs: endless('soak'), seconds: 3600 }),
  again: () => {
    const names = z.array(z.templateLiteral([z.enum(TARGET_NAMES), ':', z.int().nonnegative()])).parse(words);
    const inputs = names.map((name) => ({ target: name.split(':')[0]!, index: Number(name.split(':')[1]) }));
    return Promise.resolve({ inputs });
  },
};

function* endless(target: string): Generator<Input, void> {
  for (let index = 0; ; index++) yield { target, index };
}

async function run(plan: () => Promise<Plan>): Promise<number> {
  // what files are held against
  const reference = family === 'fuzz' || family === 'again';
  await ensureNative({ reference, onProgress: progressLine(process.stderr) });
  const report = await runHostile({
    seconds: Infinity,
    lanes: 1,
    scratch: 'disk',
    ...(await plan()),
    ...(seconds !== undefined && { seconds }),
    seed,
    keep: KEEP,
    onNote: (note) => process.stdout.write(`${note}\n`),
  });
  process.stdout.write(`${linesOf(report).join('\n')}\n`);
  if (report.findings.length > 0) process.stdout.write(`The files lie in ${KEEP}.\n`);
  return isWell(report) ? 0 : 1;
}

const plan = FAMILIES[family];
if (values.help || plan === undefined) {
  process.stdout.write(HELP);
  process.exitCode = values.help ? 0 : 1;
} else {
  process.env.NODE_COMPILE_CACHE ??= COMPILE_CACHE;
  // so that what is told at the exit ends its processes and removes its files
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  process.exitCode = await run(plan);
}
