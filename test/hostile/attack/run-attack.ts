// `npm run attack`: every line of the table, each in a process of its own under a limit of memory and time.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureNative, progressLine } from '../../../native/build.ts';
import { ensureBuilt } from '../../setup/built-page.ts';
import { COMPILE_CACHE } from '../../setup/compile-cache.ts';
import { ATTACKS } from './attacks.ts';
import type { Attack } from './attack.ts';
import { onGround } from './ground.ts';
import { holdWithin } from '../watch-memory.ts';

/** Of the process that attacks; what it starts in groups of their own is watched by itself. */
const MEMORY_BYTES = 2 * 1024 ** 3;
const TIMEOUT_MS = 300_000;

process.env.NODE_COMPILE_CACHE ??= COMPILE_CACHE;
const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    one: { type: 'string' },
  },
});

const HELP = `Tries the table of attacks, and says of each line whether its promise held. Ends with 1 where one did not.

  npm run attack                       every line
  npm run attack -- --quick            those of "npm test"
  npm run attack -- --only WORD        those whose name or surfaces hold the word, such as "template" or "command:score"
  npm run attack -- --one NAME         this one alone, with what it throws on standard error
  npm run attack -- --help             this
`;

if (values.help) process.stdout.write(HELP);
else if (values.one !== undefined) await tryHere(named(values.one));
else {
  await ensureNative({ onProgress: progressLine(process.stderr) });
  await ensureBuilt('page');
  process.exitCode = await runAll(chosen(values.only, values.quick));
}

/** Says on standard error what broke, and ends with 1. */
async function tryHere(attack: Attack): Promise<void> {
  try {
    await onGround(attack.run);
  } catch (error) {
    const [where] = /\S*rows\/\S+:\d+/.exec(error instanceof Error ? (error.stack ?? '') : '') ?? [''];
    process.stderr.write(`${error instanceof Error ? error.message : String(error)} ${where}`);
    process.exit(1);
  }
}

function named(name: string): Attack {
  const attack = ATTACKS.find((candidate) => candidate.name === name);
  if (attack === undefined) throw new Error(`no attack is called ${name}`);
  return attack;
}

function chosen(only: string, quick: boolean): Attack[] {
  return ATTACKS.filter(
    (attack) => (attack.quick || !quick) && [attack.name, ...attack.surfaces].some((text) => text.includes(only)),
  );
}

/** @returns the exit code: 1 when a promise was broken, or nothing was tried */
async function runAll(attacks: readonly Attack[]): Promise<number> {
  const counts = { held: 0, broken: 0, missing: 0 };
  for (const attack of attacks) {
    const missing = attack.missing?.() ?? null;
    const failure = missing === null ? await runOne(attack) : null;
    const verdict = missing !== null ? 'missing' : failure === null ? 'held' : 'broken';
    counts[verdict]++;
    const why = missing ?? failure ?? attack.promise;
    process.stdout.write(`${verdict.padEnd(8)}${attack.name}: ${why}\n`);
  }
  process.stdout.write(`${counts.held} held, ${counts.broken} broken, ${counts.missing} not tried here\n`);
  return counts.broken > 0 || counts.held === 0 ? 1 : 0;
}

/** @returns what broke; null: the promise held */
function runOne({ name }: Attack): Promise<string | null> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), '--one', name], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return new Promise((done) => {
    let text = '';
    const endWatch = holdWithin(child.pid ?? 0, { memoryBytes: MEMORY_BYTES, timeoutMs: TIMEOUT_MS });
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.once('close', (code) => {
      done(endWatch().broken ?? (code === 0 ? null : text.trim().slice(-2000)));
    });
  });
}
