import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { openEngineLog } from '../../../electron/engine/app/session/engine-log.ts';
import { startScript, type Script } from '../store/support.ts';

const homes: string[] = [];
afterEach(() => homes.splice(0).forEach((home) => rmSync(home, { recursive: true, force: true })));

function freshHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'winnow-log-'));
  homes.push(home);
  return home;
}

const FILE_BYTES = 50_000;
/** Bytes of the longest line here, with its time. */
const LINE_BYTES = 20_000;

const linesOf = (home: string, file: string): string[] =>
  readFileSync(join(home, 'logs', file), 'utf8')
    .trimEnd()
    .split(/\r?\n/);

test('the file rotates: it and the one before it are all that there is, and no line is lost at the change', () => {
  const home = freshHome();
  const log = openEngineLog(home, FILE_BYTES);
  for (let i = 0; i < 3000; i++) log.add('info', 'engine', `line ${i} ${'.'.repeat(40)}`);
  expect(readdirSync(join(home, 'logs')).sort()).toEqual(['engine.log', 'engine.old.log']);
  for (const file of ['engine.log', 'engine.old.log']) {
    expect(statSync(join(home, 'logs', file)).size).toBeLessThan(FILE_BYTES + LINE_BYTES);
  }
  const numbers = ['engine.old.log', 'engine.log'].flatMap((file) =>
    linesOf(home, file).map((line) => Number(/line (\d+)/.exec(line)?.[1])),
  );
  expect(numbers).toEqual(numbers.map((_, i) => 3000 - numbers.length + i));
});

const mine = (i: number): string => `line of mine ${i} ${'.'.repeat(40)}`;
const otherProcess = (home: string): Script =>
  startScript(new URL('scripts/write-log.ts', import.meta.url), home, String(FILE_BYTES));

test('what another process writes counts, and what it has rotated is not thrown away', async () => {
  const home = freshHome();
  const log = openEngineLog(home, FILE_BYTES);
  for (let i = 0; i < 400; i++) log.add('info', 'engine', mine(i));
  const other = otherProcess(home);
  await other.line();
  await other.kill();
  const { size } = statSync(join(home, 'logs', 'engine.old.log'));
  expect(size).toBeGreaterThan(FILE_BYTES);
  expect(size).toBeLessThan(FILE_BYTES + LINE_BYTES);
  // this one alone has written enough to rotate, but the file is new
  for (let i = 400; i < 550; i++) log.add('info', 'engine', mine(i));
  expect(statSync(join(home, 'logs', 'engine.log')).size).toBeLessThan(FILE_BYTES);
  expect(statSync(join(home, 'logs', 'engine.old.log')).size).toBe(size);
});

test('two processes that write at once tear no line', async () => {
  const home = freshHome();
  const log = openEngineLog(home, FILE_BYTES);
  const other = otherProcess(home);
  const hasWritten = new AbortController();
  const done = other.line().then(() => hasWritten.abort());
  for (let i = 0; !hasWritten.signal.aborted; i++) {
    log.add('info', 'engine', mine(i));
    if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await done;
  await other.kill();
  for (const line of [...linesOf(home, 'engine.old.log'), ...linesOf(home, 'engine.log')]) {
    expect(line).toMatch(/^\[[^\]]+\] \[info\] {2}\[engine\] line of (mine|the other) \d+ \.{40}$/);
  }
});

test('a line of any length is cut', () => {
  const home = freshHome();
  const log = openEngineLog(home, FILE_BYTES);
  log.add('error', 'engine', 'x'.repeat(1 << 20));
  expect(statSync(join(home, 'logs', 'engine.log')).size).toBeLessThan(LINE_BYTES);
});

test('a log that cannot be written does not stop the work', () => {
  const home = freshHome();
  writeFileSync(join(home, 'logs'), 'a file where the folder belongs');
  const log = openEngineLog(home);
  expect(() => log.add('info', 'engine', 'still there')).not.toThrow();
});
