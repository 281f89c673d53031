// Standard output and error that take nothing, and signals.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attack } from '../attack.ts';
import { expectDone, expectEndedSoon, expectNoStack, expectRefused } from '../expect.ts';
import type { Ground, WinnowOptions } from '../ground.ts';
import { withMask } from './with-mask.ts';
import { words } from '../../../words.ts';

const onWindows = (): string | null => (process.platform === 'win32' ? 'Windows has no such streams' : null);
const withoutFull = (): string | null => (process.platform === 'linux' ? null : 'only Linux has /dev/full');

/** What a pipe of Linux holds. */
const PIPE_BYTES = 65_536;

const score = ({ model, demos }: Ground, ...more: string[]): string[] =>
  words`score ${model} --demos ${demos('math')} --limit 2 --gpu off --json ${more}`;

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

/** Ctrl+C in the middle of each kind of work: test/integration/cancel.test.ts. */
const COMMANDS = [
  ...['score', 'eval', 'compare', 'fit', 'respond', 'tour', 'inspect', 'select', 'prune'],
  ...['quantize', 'report', 'open', 'runs', 'doctor', 'prune-checkpoint'],
  ...['serve', 'worker'],
];

export const STREAMS: readonly Attack[] = [
  {
    name: 'help onto a full disk',
    promise: 'every command says on standard error that standard output is full, and ends with 1',
    missing: withoutFull,
    async run({ winnow }) {
      for (const name of COMMANDS) {
        const ended = await winnow([name, '--help'], { stdoutTo: '/dev/full' });
        assert.equal(ended.code, 1, ended.command);
        assert.match(ended.stderr, /^error: Cannot write to standard output: the disk is full/m);
        expectNoStack(ended);
      }
    },
  },
  {
    name: 'results onto a full disk',
    promise: 'the command says so and ends with 1; what it scored is stored',
    quick: true,
    missing: withoutFull,
    async run(ground) {
      for (const args of [score(ground), ['runs']]) {
        const ended = await ground.winnow(args, { stdoutTo: '/dev/full' });
        assert.equal(ended.code, 1, ended.stderr);
        assert.match(ended.stderr, /^error: Cannot write to standard output: the disk is full/m);
        expectNoStack(ended);
      }
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
        [score(ground), 'exec 1>&- 2>&-'],
        [['runs'], 'exec 1>&-'],
        [['select', '--json'], 'exec 2>&-'],
      ] as const;
      for (const [args, limits] of calls) {
        const ended = await ground.winnow(args, { limits });
        assert.equal(ended.code, 0, ended.stderr);
        expectNoStack(ended);
      }
      await expectStored(ground);
    },
  },
  {
    name: 'a reader that leaves after one byte',
    promise: 'a command that is done ends quietly with 0, and its work is stored',
    quick: true,
    missing: onWindows,
    async run(ground) {
      const ended = await ground.winnow(score(ground), readBy('leaves', ground));
      expectDone(ended);
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
      const ended = await ground.winnow(score(ground), {
        ...readBy('sleeps', ground),
        signal: { name: 'SIGTERM', afterMs: 8000 },
      });
      assert.equal(ended.code, 143, ended.stderr);
      expectEndedSoon(ended);
      await expectStored(ground);
    },
  },
  {
    name: 'results into a pipe that nobody reads',
    promise: 'the command says so within seconds; with a reader the pipe gets all of it',
    quick: true,
    missing: onWindows,
    async run(ground) {
      const { scores, mask } = await withMask(ground);
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
      const codes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
      for (const name of Object.keys(codes) as (keyof typeof codes)[]) {
        const ended = await ground.winnow(
          ['score', ground.model, '--demos', ground.demos('python'), '--gpu', 'off', '--fresh', '--json'],
          { signal: { name, when: (stderr) => stderr.includes('scoring') } },
        );
        assert.equal(ended.code, codes[name], `${name}: ${ended.stderr}`);
        const { error } = JSON.parse(ended.stdout) as { error: { code: string } };
        assert.equal(error.code, 'CANCELLED');
        expectEndedSoon(ended);
      }
    },
  },
];
