// Files whose size lies: devices, pipes, holes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { words } from '../../../words.ts';
import type { ErrorCode } from '../../../../electron/contract/errors.ts';
import { expectEndedBy, expectRefused } from '../commands.ts';
import { onWindows, type Attack, type Ground } from '../ground.ts';

/** Less than the largest file that any of these readers takes whole, with what it makes of it. */
const SMALL_BYTES = 600e6;
/** A scores file may have half a gigabyte. */
const LARGE_BYTES = 1500e6;

type Reader = readonly [command: (ground: Ground, path: string) => string[], codes: readonly ErrorCode[]];

const text = ({ folder }: Ground): string => {
  const path = join(folder, 'text.txt');
  writeFileSync(path, 'A text to measure on. '.repeat(200));
  return path;
};

/** Commands by what they read, each in the place that a stranger's file takes. */
const READERS: readonly Reader[] = [
  [(ground, path) => words`prune ${ground.model} --choice ${path} -o ${ground.folder}/out.gguf`, ['CHOICE_INVALID']],
  [(ground, path) => words`eval ${ground.model} --choice ${path} --text ${text(ground)} --gpu off`, ['CHOICE_INVALID']],
  [({ model }, path) => words`eval ${model} --text ${path} --gpu off`, ['FILE_UNREADABLE']],
  [({ model }, path) => words`score ${model} --demos ${path} --gpu off`, ['FILE_UNREADABLE', 'DEMO_FORMAT']],
  [(_, path) => ['inspect', path], ['FILE_UNREADABLE', 'NOT_GGUF']],
];

const LARGE_READERS: readonly Reader[] = [
  [(_, path) => ['select', '--scores', path, '--keep', '8'], ['SCORES_INVALID']],
];

async function expectBounded(ground: Ground, readers: readonly Reader[], bytes: number, path: string): Promise<void> {
  for (const [command, codes] of readers) {
    const ended = await ground.winnow([...command(ground, path), '--json']);
    expectRefused(ended, codes, path);
    assert.ok(ended.peakBytes < bytes, `${ended.command} took ${ended.peakBytes} bytes`);
  }
}

function hole({ folder }: Ground): string {
  const path = join(folder, 'hole');
  writeFileSync(path, '');
  truncateSync(path, 1e12);
  return path;
}

export const SIZES: readonly Attack[] = [
  {
    name: 'devices without an end',
    promise: 'a device in the place of a choice, a text, demos or a model is refused by its name, in little memory',
    quick: true,
    missing: onWindows,
    run: (ground) => expectBounded(ground, READERS, SMALL_BYTES, '/dev/zero'),
  },
  {
    name: 'holes of a terabyte',
    promise: 'what says that it has a terabyte, and has nothing, is refused by its name, in little memory',
    missing: onWindows,
    run: (ground) => expectBounded(ground, READERS, SMALL_BYTES, hole(ground)),
  },
  {
    name: 'scores without an end',
    promise: 'devices and holes in the place of scores are read as far as scores go, and no further',
    missing: onWindows,
    async run(ground) {
      for (const path of ['/dev/zero', '/dev/random', hole(ground)])
        await expectBounded(ground, LARGE_READERS, LARGE_BYTES, path);
    },
  },
  {
    name: 'pipes that say nothing',
    promise: 'a command that waits for a pipe ends with SIGTERM within two seconds, with exit code 143',
    missing: onWindows,
    async run(ground) {
      const waiting = [...LARGE_READERS, ...READERS.filter(([, codes]) => codes.includes('CHOICE_INVALID'))];
      for (const [i, [command]] of waiting.entries()) {
        const pipe = join(ground.folder, `pipe-${i}`);
        execFileSync('mkfifo', [pipe]);
        // nobody writes into every other one; the rest have a writer that says nothing, the shell of the command
        const limits = i % 2 === 1 ? `exec 9<>"${pipe}"` : ':';
        const ended = await ground.winnow([...command(ground, pipe), '--json'], {
          limits,
          signal: { name: 'SIGTERM', afterMs: 3000 },
        });
        expectEndedBy('SIGTERM', ended);
        assert.match(ended.stdout, /"CANCELLED"/);
      }
    },
  },
];
