// `npm run test:platforms`: what other machines have, on this one, within a limit of time: other systems' programs, beside
// them a graphics card in software and other processors' CPU backends. What follows `--` is vitest's, and of the former alone.
import { spawn, type ChildProcess } from 'node:child_process';
import { endWine, ROOT } from './foreign.ts';

/** Emulated programs that wait for each other for ever would hold up everything else. */
const LIMIT_MINUTES = 20;

const asked = process.argv.slice(2);
const PREPARE = ['test/setup/prepare-machine.ts', '--emulators'];
const vitest = (...args: readonly string[]): string[] => ['node_modules/vitest/vitest.mjs', 'run', ...args];
const SYSTEMS = vitest('--config', 'test/platforms/vitest.config.ts', ...asked);
const DEVICES = vitest('--project', 'device-*');

const running = new Set<ChildProcess>();

/** In a group of its own, by which all that it starts can be ended. */
async function run(step: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, step, { cwd: ROOT, detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
  running.add(child);
  const code = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', done);
  });
  running.delete(child);
  return code ?? 1;
}

function giveUp(why: string): never {
  for (const { pid } of running) if (pid !== undefined) process.kill(-pid, 'SIGKILL');
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
        'All other tests, without them: npm run test:host && npm run test:long',
    ),
  LIMIT_MINUTES * 60_000,
);

const unprepared = await run(PREPARE);
// the card's kernels are compiled on one core
const codes = unprepared === 0 ? await Promise.all([SYSTEMS, ...(asked.length > 0 ? [] : [DEVICES])].map(run)) : [];
clearTimeout(limit);
const [systems = unprepared, devices = 0] = codes;
// its summary stands somewhere above
if (devices !== 0) process.stderr.write('Tests of graphics cards or of other processors failed.\n');
process.exitCode = systems === 0 ? devices : systems;
