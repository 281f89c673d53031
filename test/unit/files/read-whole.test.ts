// Sizes that lie: what a file says of its size is not what reading it gives.
import { execFileSync } from 'node:child_process';
import { appendFileSync, createWriteStream, truncateSync } from 'node:fs';
import { expect, test } from 'vitest';
import { WinnowError } from '../../../electron/contract/errors.ts';
import { readWhole } from '../../../electron/engine/base/files/read-whole.ts';
import { scratchFiles } from '../demos/scratch-files.ts';

const files = scratchFiles();
const MOST = 3 << 20;
const limited = { maxBytes: MOST, tooLarge: () => new WinnowError('USAGE', 'too large') };
const pipe = (name: string): string => {
  const path = `${files.write(name, '')}.pipe`;
  execFileSync('mkfifo', [path]);
  return path;
};

test('a file that grows while it is read is read as far as it may be', async () => {
  const path = files.write('growing', 'x');
  // a byte at the time of its opening, and before the next piece more than allowed
  const checkHead = (): void => appendFileSync(path, Buffer.alloc(2 * MOST));
  await expect(readWhole(path, { ...limited, checkHead })).rejects.toThrow('too large');
});

test('a hole of a terabyte costs no more than the limit', async () => {
  const path = files.write('hole', '');
  truncateSync(path, 1e12);
  const before = process.memoryUsage().arrayBuffers;
  await expect(readWhole(path, limited)).rejects.toThrow('too large');
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * MOST);
});

const withPipes = test.skipIf(process.platform === 'win32');

withPipes.each([
  ['nobody opens', null],
  ['somebody opens and writes nothing to', 'silent'],
] as const)('a pipe that %s ends with the signal', async (what, writer) => {
  const path = pipe(what.replaceAll(' ', '-'));
  const stop = new AbortController();
  const reading = readWhole(path, { ...limited, signal: stop.signal });
  const open = writer === null ? null : createWriteStream(path);
  setTimeout(() => stop.abort(), 200);
  const started = performance.now();
  await expect(reading).rejects.toMatchObject({ code: 'CANCELLED', message: expect.stringContaining(path) as string });
  expect(performance.now() - started).toBeLessThan(2000);
  open?.destroy();
});

withPipes('a pipe is read to its end, however late and slowly it comes', async () => {
  const path = pipe('slow');
  const reading = readWhole(path, limited);
  const writing = writeLate(path);
  expect((await reading).toString()).toBe('one two ');
  await writing;
});

/** Opens the pipe late, and pauses between two words. */
async function writeLate(path: string): Promise<void> {
  await new Promise((done) => setTimeout(done, 100));
  const stream = createWriteStream(path);
  for (const word of ['one ', 'two ']) {
    stream.write(word);
    await new Promise((done) => setTimeout(done, 120));
  }
  await new Promise<void>((done) => stream.end(done));
}
