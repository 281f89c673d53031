// `npm run test:platforms`: other systems' programs on this one, within a limit of time. What follows `--` is vitest's.
import { spawn, type ChildProcess } from 'node:child_process';
import { endWine, ROOT } from './foreign.ts';

/** Emulated programs that wait for each other for ever would hold up everything else. */
const LIMIT_MINUTES = 20;

const STEPS = [
  ['test/setup/prepare-machine.ts', '--emulators'],
  ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/platforms/vitest.config.ts', ...process.argv.slice(2)],
];

let running: ChildProcess | null = null;

/** In a group of its own, by which all that it starts can be ended. */
async function run(step: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, step, { cwd: ROOT, detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
  running = child;
  const code = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', done);
  });
  running = null;
  return code ?? 1;
}

function giveUp(why: string): never {
  if (running?.pid !== undefined) process.kill(-running.pid, 'SIGKILL');
  endWine();
  process.stderr.write(`${why}\n`);
  process.exit(1);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => giveUp('The tests of other platforms were stopped.'));
}
const limit = setTimeout(
  () =>
    giveUp(
      `The tests of other platforms were stopped: they did not end within ${LIMIT_MINUTES} minutes. ` +
        'All other tests, without them: npm run test:host',
    ),
  LIMIT_MINUTES * 60_000,
);

let code = 0;
for (const step of STEPS) if (code === 0) code = await run(step);
clearTimeout(limit);
process.exitCode = code;
