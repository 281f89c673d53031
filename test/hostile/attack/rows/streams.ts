// Standard output and error that take nothing, and signals.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { choose, expectDone, expectEndedBy, expectNoStack, expectRefused, scoring } from '../commands.ts';
import { onWindows, type Attack, type Ended, type Ground, type WinnowOptions } from '../ground.ts';

const withoutFull = (): string | null => (process.platform === 'linux' ? null : 'only Linux has /dev/full');

/** What a pipe of Linux holds. */
const PIPE_BYTES = 65_536;

/**
 * The reader of standard output is another process: one that reads a byte and leaves, or holds the pipe, full to the brim, and
 * reads nothing.
 */
function readBy(reader: 'leaves' | 'sleeps', { folder }: Ground): Pick<WinnowOptions, 'limits'> {
  const pipe = join(folder, 'out');
  execFileSync('mkfifo', [pipe]);
  const [program, fill] = reader === 'leaves' ? ['head -c 1', ':'] : ['sleep 30', `head -c ${PIPE_BYTES} /dev/zero`];
  return { limits: `${program} < "${pipe}" > /dev/null 2>&1 & exec 1> "${pipe}"; ${fill}` };
}

async function expectStored({ winnow }: Ground): Promise<void> {
  const { stdout } = await winnow(['runs', '--json']);
  const runs = JSON.parse(stdout) as { state: string }[];
  assert.deepEqual(
    runs.map(({ state }) => state),
    ['done'],
  );
}

function expectFull(ended: Ended): void {
  assert.equal(ended.code, 1, `${ended.command}: ${ended.stderr}`);
  assert.match(ended.stderr, /^error: Cannot write to standard output: the disk is full/m);
  expectNoStack(ended);
}

/** Ctrl+C in the middle of each kind of work: test/integration/cancel.test.ts. */
const COMMANDS = [
  ...['score', 'eval', 'compare', 'fit', 'respond', 'inspect', 'select', 'prune'],
  ...['quantize', 'report', 'open', 'runs', 'doctor', 'prune-checkpoint'],
  ...['serve', 'worker'],
];

export const STREAMS: readonly Attack[] = [
  {
    name: 'help onto a full disk',
    promise: 'every command says on standard error that standard output is full, and ends with 1',
    missing: withoutFull,
    async run({ winnow }) {
      for (const name of COMMANDS) expectFull(await winnow([name, '--help'], { stdoutTo: '/dev/full' }));
    },
  },
  {
    name: 'results onto a full disk',
    promise: 'the command says so and ends with 1; what it scored is stored',
    quick: true,
    missing: withoutFull,
    async run(ground) {
      for (const args of [scoring(ground, '--json'), ['runs']])
        expectFull(await ground.winnow(args, { stdoutTo: '/dev/full' }));
      await expectStored(ground);
    },
  },
  {
    name: 'streams that are closed',
    promise: 'without standard output or standard error a command works and ends as with them',
    quick: true,
    missing: onWindows,
    async run(ground) {
      const calls = [
        [scoring(ground, '--json'), 'exec 1>&- 2>&-'],
        [['runs'], 'exec 1>&-'],
        [['select', '--json'], 'exec 2>&-'],
      ] as const;
      for (const [args, limits] of calls) expectDone(await ground.winnow(args, { limits }));
      await expectStored(ground);
    },
  },
  {
    name: 'a reader that leaves after one byte',
    promise: 'a command that is done ends quietly with 0, and its work is stored',
    quick: true,
    missing: onWindows,
    async run(ground) {
      const ended = expectDone(await ground.winnow(scoring(ground, '--json'), readBy('leaves', ground)));
      assert.doesNotMatch(ended.stderr, /error/i);
      await expectStored(ground);
    },
  },
  {
    name: 'a reader that reads nothing',
    promise: 'SIGTERM ends a command whose last words nobody takes within two seconds, with 143; its work is stored',
    quick: true,
    missing: onWindows,
    async run(ground) {
      const ended = await ground.winnow(scoring(ground, '--json'), {
        ...readBy('sleeps', ground),
        signal: { name: 'SIGTERM', afterMs: 8000 },
      });
      expectEndedBy('SIGTERM', ended);
      await expectStored(ground);
    },
  },
  {
    name: 'results into a pipe that nobody reads',
    promise: 'the command says so within seconds; with a reader the pipe gets all of it',
    quick: true,
    missing: onWindows,
    async run(ground) {
      const { scores, mask } = await choose(ground);
      const pipe = join(ground.folder, 'results');
      execFileSync('mkfifo', [pipe]);
      const select = ['select', '--scores', scores, '--keep', '0.5', '--json', '-o', pipe];
      const refused = await ground.winnow(select, { timeoutMs: 20_000 });
      expectRefused(refused, ['TARGET_UNWRITABLE'], 'nobody reads this pipe');
      const copy = join(ground.folder, 'copy.json');
      expectDone(
        await ground.winnow(select, { limits: `cat < "${pipe}" > "${copy}" 2>/dev/null & exec 9<>"${pipe}"` }),
      );
      assert.equal(readFileSync(copy, 'utf8'), readFileSync(mask, 'utf8'));
    },
  },
  {
    name: 'signals while a command works',
    promise:
      'what was cut off ends with 128 and the signal’s number, within two seconds, and with one document under --json',
    missing: onWindows,
    async run(ground) {
      for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
        const ended = await ground.winnow(
          ['score', ground.model, '--demos', ground.demos('python'), '--gpu', 'off', '--fresh', '--json'],
          { signal: { name, when: (stderr) => stderr.includes('scoring') } },
        );
        expectEndedBy(name, ended);
        const { error } = JSON.parse(ended.stdout) as { error: { code: string } };
        assert.equal(error.code, 'CANCELLED');
      }
    },
  },
];
