// Files whose size lies: devices, pipes, holes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode } from '../../../../electron/contract/errors.ts';
import { expectEndedBy, expectRefused } from '../expect.ts';
import { onWindows, type Attack, type Ground } from '../ground.ts';

/** Less than the largest file that any of these readers takes whole, with what it makes of it. */
const SMALL_BYTES = 600e6;
/** A scores file may have half a gigabyte. */
const LARGE_BYTES = 1500e6;

type Reader = {
  readonly command: (ground: Ground, path: string) => string[];
  readonly codes: readonly ErrorCode[];
};

const text = ({ folder }: Ground): string => {
  const path = join(folder, 'text.txt');
  writeFileSync(path, 'A text to measure on. '.repeat(200));
  return path;
};

/** Commands by what they read, each in the place that a stranger's file takes. */
const READERS: readonly Reader[] = [
  {
    command: (ground, path) => ['prune', ground.model, '--choice', path, '-o', join(ground.folder, 'out.gguf')],
    codes: ['CHOICE_INVALID'],
  },
  {
    command: (ground, path) => ['eval', ground.model, '--choice', path, '--text', text(ground), '--gpu', 'off'],
    codes: ['CHOICE_INVALID'],
  },
  {
    command: ({ model }, path) => ['eval', model, '--text', path, '--gpu', 'off'],
    codes: ['FILE_UNREADABLE'],
  },
  {
    command: ({ model }, path) => ['score', model, '--demos', path, '--gpu', 'off'],
    codes: ['FILE_UNREADABLE', 'DEMO_FORMAT'],
  },
  {
    command: (_, path) => ['inspect', path],
    codes: ['FILE_UNREADABLE', 'NOT_GGUF'],
  },
];

const LARGE_READERS: readonly Reader[] = [
  {
    command: (_, path) => ['select', '--scores', path, '--keep', '8'],
    codes: ['SCORES_INVALID'],
  },
];

async function expectBounded(ground: Ground, readers: readonly Reader[], bytes: number, path: string): Promise<void> {
  for (const { command, codes } of readers) {
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

/** Nobody writes into the first; the second has a writer that says nothing, for as long as the shell of the command is there. */
const PIPES = ['nobody', 'silent'] as const;

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
      const waiting = [...LARGE_READERS, ...READERS.filter(({ codes }) => codes.includes('CHOICE_INVALID'))];
      for (const [i, { command }] of waiting.entries()) {
        const pipe = join(ground.folder, `pipe-${i}`);
        execFileSync('mkfifo', [pipe]);
        const limits = PIPES[i % 2] === 'silent' ? `exec 9<>"${pipe}"` : ':';
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
