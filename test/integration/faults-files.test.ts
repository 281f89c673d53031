// Files that change, shrink or go while they are read or written: the work stops with the file's name and a remedy, the
// engine lives, and with the file as it was the same request goes on.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../electron/contract/errors.ts';
import type { ScoreRequest } from '../../electron/contract/requests.ts';
import type { Hooks } from '../engine.ts';
import { failure } from '../unit/selection/matrices.ts';
import { rewriteGguf } from './gguf-files.ts';
import { pruner } from './sample-half.ts';
import { CPU, ROOT, SAMPLE, scratchDir, PRUNE_OPTIONS } from './support.ts';
import { listScoreRuns } from '../../electron/engine/store/score-runs.ts';

const dir = scratchDir();
const { engine, prune } = pruner(dir);
const MODEL = join(dir, 'model.gguf');
const OUTPUT = join(dir, 'out/pruned.gguf');
const DEMOS = join(ROOT, 'resources/sample/demos/python.jsonl');

beforeEach(() => {
  copyFileSync(SAMPLE, MODEL);
  rmSync(join(dir, 'out'), { recursive: true, force: true });
});

const cutShort = (): void => truncateSync(MODEL, 1 << 20);

/** Hooks that do something once, when the work has begun. */
function meanwhile(happens: () => void): Hooks {
  let happened = false;
  return {
    onProgress: ({ done }) => {
      if (happened || done === 0) return;
      happened = true;
      happens();
    },
  };
}

const pruneMeanwhile = (happens: () => void) =>
  engine.prune(
    {
      model: MODEL,
      kept: Array.from({ length: 6 }, () => [0, 1, 2, 3, 4, 5]),
      output: OUTPUT,
      ...PRUNE_OPTIONS,
    },
    meanwhile(happens),
  );

describe('while it is exported', () => {
  const cases: [string, () => void, ErrorCode, string, RegExp][] = [
    ['the model is cut short', cutShort, 'MODEL_CHANGED', MODEL, /became shorter.*again/],
    ['the model is rewritten', () => utimesSync(MODEL, 1, 1), 'MODEL_CHANGED', MODEL, /was changed.*try again/],
    ['the model is deleted', () => rmSync(MODEL), 'FILE_NOT_FOUND', MODEL, /no longer there.*[Pp]ut it back/],
    [
      'the folder of the target is deleted',
      () => rmSync(join(dir, 'out'), { recursive: true }),
      'TARGET_UNWRITABLE',
      OUTPUT,
      /folder.*Choose/,
    ],
  ];
  test.each(cases)('%s: nothing is left of it', async (_, happens, code, file, remedy) => {
    const error: unknown = await pruneMeanwhile(happens).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, message: expect.stringContaining(file) as string });
    expect((error as Error).message).toMatch(remedy);
    expect(readdirSync(dir, { recursive: true }).filter((name) => String(name).includes('pruned.gguf'))).toEqual([]);
    copyFileSync(SAMPLE, MODEL);
    expect(await prune(MODEL, OUTPUT)).toMatchObject({ path: OUTPUT });
  });

  test('to a disk that is read-only, it says so before anything is written', async ({ skip }) => {
    const disk = join(dir, 'read-only');
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=40m', 'tmpfs', disk], { stdio: 'pipe' });
    } catch (error) {
      return skip(`no disk to mount: ${String(error)}`);
    }
    try {
      const target = join(disk, 'pruned.gguf');
      await expect(prune(MODEL, target)).rejects.toThrow(/read-only.*Choose another folder/);
      await expect(prune(MODEL, target)).rejects.toMatchObject({ code: 'TARGET_UNWRITABLE' });
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

// Windows neither cuts nor deletes a file that is mapped
describe.skipIf(process.platform === 'win32')('while it is computed with', () => {
  const score = (hooks: Hooks = {}, more: Partial<ScoreRequest> = {}) =>
    engine.score(
      {
        model: MODEL,
        demos: { kind: 'files', files: [DEMOS] },
        limit: 8,
        maxTokens: 128,
        nUbatch: 128,
        placement: CPU,
        fresh: false,
        ...more,
      },
      hooks,
    );
  const text = join(dir, 'text.txt');
  const questions = join(dir, 'questions.jsonl');
  const answers = join(dir, 'answers.jsonl');
  writeFileSync(text, 'The function returns the sum of both numbers, or none. '.repeat(800));
  writeFileSync(questions, [1, 2, 3, 4].map((i) => JSON.stringify({ prompt: `What is ${i} plus ${i}?` })).join('\n'));
  afterAll(() => rmSync(answers, { force: true }));
  const evaluate = (hooks: Hooks) =>
    engine.evaluate({ model: MODEL, text, ctx: 128, chunks: 32, placement: CPU }, hooks);
  const respond = (hooks: Hooks) =>
    engine.run(
      'respond',
      {
        demos: { kind: 'files', files: [questions], output: answers, replaceAnswers: false, overwrite: true },
        model: MODEL,
        maxTokens: 24,
        temperature: 0,
        seed: 1,
        placement: CPU,
      },
      hooks,
    );

  test('scoring: what was scored is kept, and the rest comes to the same bits', async () => {
    const whole = await score({}, { fresh: true });
    await expect(score(meanwhile(cutShort), { fresh: true })).rejects.toThrow(failure('BACKEND_CRASHED', MODEL));
    const stopped = listScoreRuns(engine.context.store)[0];
    expect(stopped).toMatchObject({ state: 'failed' });
    expect(stopped?.scoredDemos).toBeLessThan(8);
    copyFileSync(SAMPLE, MODEL);
    const resumed = await score({}, { fresh: false });
    expect(listScoreRuns(engine.context.store).length).toBe(2);
    expect(resumed.total).toEqual(whole.total);
  });

  test.each([
    ['measuring', evaluate],
    ['answering', respond],
  ])('%s: the file is named, with what to do', async (_, work) => {
    const error: unknown = await work(meanwhile(cutShort)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'BACKEND_CRASHED', message: expect.stringContaining(MODEL) as string });
    expect((error as Error).message).toMatch(/SIGBUS.*shorter.*again/);
    copyFileSync(SAMPLE, MODEL);
    await work({});
  });

  test('deleted, it is computed with to the end: what is open stays', async () => {
    const { run } = await score(
      meanwhile(() => rmSync(MODEL)),
      { limit: 4, fresh: true },
    );
    expect(run).toMatchObject({ reused: false });
  });

  test('written to: no scores of what it is now are stored as those of what it was', async () => {
    const whole = await score({}, { fresh: true });
    const fill = (byte: number): void => {
      const file = openSync(MODEL, 'r+');
      writeSync(file, Buffer.alloc(1 << 20, byte), 0, undefined, 8_000_000);
      closeSync(file);
    };
    const changed = score(
      meanwhile(() => fill(0)),
      { fresh: true },
    );
    await expect(changed).rejects.toThrow(failure('MODEL_CHANGED', MODEL));
    const [stopped] = listScoreRuns(engine.context.store);
    expect(stopped).toMatchObject({ state: 'failed' });
    expect(stopped?.scoredDemos).toBeLessThan(8);
    copyFileSync(SAMPLE, MODEL);
    expect((await score({}, { fresh: false })).total).toEqual(whole.total);
  });

  test('put in the place of another while it is measured: no figures are told', async () => {
    const other = join(dir, 'other.gguf');
    copyFileSync(SAMPLE, other);
    await expect(evaluate(meanwhile(() => renameSync(other, MODEL)))).rejects.toThrow(failure('MODEL_CHANGED', MODEL));
  });

  test('another model under its name begins runs of its own', async () => {
    await expect(score(meanwhile(cutShort), { limit: 5, fresh: true })).rejects.toThrow();
    const [stopped] = listScoreRuns(engine.context.store);
    await rewriteGguf(SAMPLE, MODEL, { set: [{ key: 'general.name', type: 'string', value: 'Another' }] });
    await score({}, { limit: 5 });
    const [own, old] = listScoreRuns(engine.context.store);
    expect(own?.modelId).not.toBe(stopped?.modelId);
    expect(old).toEqual(stopped);
  });
});
