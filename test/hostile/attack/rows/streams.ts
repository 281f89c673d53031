// Standard output and error that take nothing, and signals.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configOf, randomOnce, tensorsOf, writeCheckpointFolder } from '../../../unit/checkpoints/tiny-checkpoint.ts';
import type { Attack } from '../attack.ts';
import { expectDone, expectEndedSoon, expectNoStack, expectRefused } from '../expect.ts';
import type { Ended, Ground, WinnowOptions } from '../ground.ts';
import { withMask } from './with-mask.ts';

const onWindows = (): string | null => (process.platform === 'win32' ? 'Windows has no such streams' : null);
const withoutFull = (): string | null => (process.platform === 'linux' ? null : 'only Linux has /dev/full');

const score = ({ model, demos }: Ground, ...more: string[]): string[] => [
  ...['score', model, '--demos', demos('math'), '--limit', '2', '--gpu', 'off', '--per-demo', '--json'],
  ...more,
];

/** The reader of standard output is another process: one that reads a byte and leaves, or holds the pipe and reads nothing. */
function readBy(reader: 'leaves' | 'sleeps', { folder }: Ground): Pick<WinnowOptions, 'limits'> {
  const pipe = join(folder, 'out');
  execFileSync('mkfifo', [pipe]);
  const program = reader === 'leaves' ? 'head -c 1' : 'sleep 30';
  return { limits: `${program} < "${pipe}" > /dev/null 2>&1 & exec 1> "${pipe}"` };
}

async function expectStored({ winnow }: Ground): Promise<void> {
  const { stdout } = await winnow(['runs', '--json']);
  const runs = JSON.parse(stdout) as { state: string }[];
  assert.deepEqual(
    runs.map(({ state }) => state),
    ['done'],
  );
}

/** By name, each with enough to do for seconds. */
async function longCommands(ground: Ground): Promise<Readonly<Record<Long, readonly string[]>>> {
  const { folder, model, demos, text, winnow } = ground;
  const file = (name: string): string => join(folder, name);
  const { mask } = await withMask(ground);
  const pruned = file('pruned.gguf');
  expectDone(await winnow(['prune', model, '--mask', mask, '-o', pruned]));
  const prompts = file('prompts.jsonl');
  writeFileSync(prompts, '{"messages":[{"role":"user","content":"Write a long story."}]}\n'.repeat(40));
  const onPython = ['--demos', demos('python'), '--gpu', 'off'];
  return {
    score: [model, ...onPython, '--fresh', '--per-demo'],
    eval: [model, '--text', text('python'), '--against', pruned, '--gpu', 'off', '--ctx', '256', '--chunks', '400'],
    compare: [model, ...onPython, '--text', text('python'), '--keep', '8'],
    fit: [model, ...onPython, '--text', text('python'), '-o', file('fitted.gguf'), '--budget', '40MB'],
    respond: [model, '--demos', prompts, '--gpu', 'off', '--max-tokens', '900', '--out', file('answered.jsonl')],
    tour: [],
  };
}
const LONG = ['score', 'eval', 'compare', 'fit', 'respond', 'tour'] as const;
type Long = (typeof LONG)[number];

/** Two layers of eight experts. */
function checkpointIn(folder: string): string {
  const tensors = tensorsOf('olmoe', 'original', randomOnce());
  return writeCheckpointFolder(join(folder, 'checkpoint'), { config: configOf('olmoe', 'original'), tensors });
}

/** What is done in seconds, or less. */
async function shortCommands(ground: Ground): Promise<Readonly<Record<Short, readonly string[]>>> {
  const { folder, model, demos, winnow } = ground;
  const file = (name: string): string => join(folder, name);
  const { scores, mask } = await withMask(ground);
  const bare = file('bare.json');
  writeFileSync(bare, JSON.stringify([0, 1].map(() => [1, 1, 1, 1, 0, 0, 0, 0])));
  const matrix = ['--imatrix', file('matrix.gguf'), '--fresh'];
  expectDone(await winnow(['score', model, '--demos', demos('math'), '--limit', '2', '--gpu', 'off', ...matrix]));
  return {
    inspect: [model],
    select: ['--scores', scores, '--keep', '8', '--mask-out', file('again.json')],
    prune: [model, '--mask', mask, '-o', file('pruned.gguf'), '--force'],
    quantize: [model, '--type', 'Q4_K_M', '--allow-requantize', '-o', file('small.gguf'), '--force'],
    report: ['-o', file('report.html')],
    ranking: ['--scores', scores, '-o', file('ranking.json')],
    'prune-checkpoint': [checkpointIn(folder), '--mask', bare, '-o', file('cut'), '--dry-run'],
    open: [file('pruned.gguf'), '--in', 'llama-cpp', '--gpu', 'off'],
    imatrix: ['2', '-o', file('again.imatrix')],
    runs: [],
    selections: [],
    doctor: [],
  };
}
const SHORT = [
  ...(['inspect', 'select', 'prune', 'quantize', 'report', 'open', 'imatrix', 'runs'] as const),
  ...(['selections', 'doctor', 'ranking', 'prune-checkpoint'] as const),
] as const;
type Short = (typeof SHORT)[number];
/** They work until they are told to stop, and that is no failure. */
const ENDLESS = { serve: ['--port', '0'], worker: ['--gpu', 'off', '--port', '0'] };

const COMMANDS = [...LONG, ...SHORT, ...Object.keys(ENDLESS)];

/** @throws unless it ends in time, cut off with 130 or, before it listens, by the signal itself; or is done */
function expectCut(ended: Ended, mayBeDone: boolean): void {
  const { command, code, signal, stderr, secondsAfterSignal } = ended;
  if (secondsAfterSignal !== null) expectEndedSoon(ended);
  assert.ok(code === 130 || signal === 'SIGINT' || (mayBeDone && code === 0), `${command}: ${code} ${stderr}`);
  assert.doesNotMatch(stderr, /process ended/, command);
  expectNoStack(ended);
}

/** What a long command prints as it begins: how far it is, or what fitting will take; it may be done before it says more. */
const BEGUN = /%|the fit itself/;

export const STREAMS: readonly Attack[] = [
  {
    surfaces: COMMANDS.map((name) => `command:${name}`),
    name: 'help onto a full disk',
    promise: 'every command says on standard error that standard output is full, and ends with 1',
    quick: false,
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
    surfaces: ['command:score', 'command:runs'],
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
    surfaces: ['command:score', 'command:runs', 'command:selections'],
    name: 'streams that are closed',
    promise: 'without standard output or standard error a command works and ends as with them',
    quick: true,
    missing: onWindows,
    async run(ground) {
      const calls = [
        [score(ground), 'exec 1>&- 2>&-'],
        [['runs'], 'exec 1>&-'],
        [['selections', '--json'], 'exec 2>&-'],
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
    surfaces: ['command:score'],
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
    surfaces: ['command:score'],
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
    surfaces: ['command:select', 'result:mask'],
    name: 'results into a pipe that nobody reads',
    promise: 'the command says so within seconds; with a reader the pipe gets all of it',
    quick: true,
    missing: onWindows,
    async run(ground) {
      const { scores, mask } = await withMask(ground);
      const pipe = join(ground.folder, 'results');
      execFileSync('mkfifo', [pipe]);
      const select = ['select', '--scores', scores, '--keep', '0.5', '--json', '--mask-out', pipe];
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
    surfaces: ['command:score', 'process:electron/cli/start.ts'],
    name: 'signals while a command works',
    promise:
      'what was cut off ends with 128 and the signal’s number, within two seconds, and with one document under --json',
    quick: true,
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
  {
    surfaces: LONG.map((name) => `command:${name}`),
    name: 'Ctrl+C in the middle of long commands',
    promise: 'each is cut off within two seconds, with 130',
    quick: false,
    missing: onWindows,
    async run(ground) {
      for (const [name, args] of Object.entries(await longCommands(ground))) {
        const signal = { name: 'SIGINT', when: (stderr: string) => BEGUN.test(stderr), afterMs: 8000 } as const;
        expectCut(await ground.winnow([name, ...args], { signal }), false);
      }
    },
  },
  {
    surfaces: [...SHORT, ...Object.keys(ENDLESS)].map((name) => `command:${name}`),
    name: 'Ctrl+C in the middle of short commands, and of those without end',
    promise: 'each is cut off within two seconds, or is done',
    quick: false,
    missing: onWindows,
    async run(ground) {
      const { winnow } = ground;
      for (const [name, args] of Object.entries(await shortCommands(ground))) {
        const whole = await winnow([name, ...args]);
        expectDone(whole);
        const signal = { name: 'SIGINT', afterMs: whole.seconds * 600 } as const;
        expectCut(await winnow([name, ...args], { signal }), true);
      }
      for (const [name, args] of Object.entries(ENDLESS)) {
        const ended = await winnow([name, ...args], { signal: { name: 'SIGINT', afterMs: 6000 } });
        assert.equal(ended.code, 0, `${ended.command}: ${ended.stderr}`);
        expectCut(ended, true);
      }
    },
  },
];
