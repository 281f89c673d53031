// Cancelling ends work of every kind in under two seconds, whatever its worker does: here the worker is stopped, as one
// in the middle of a large ubatch, or of a tensor on a slow disk, would be.
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { writeFileSync } from 'node:fs';
import type { Engine, Hooks } from '../engine.ts';
import { childrenOf, until } from './processes.ts';
import { pruner } from './sample-half.ts';
import { CPU, ROOT, SAMPLE, scratchDir } from './support.ts';
import { listScoreRuns } from '../../electron/engine/store/score-runs.ts';

const CANCEL_MS = 2000;
/** A busy machine may keep this process from running at all for that long. */
const ATTEMPTS = 3;
const CALL_MS = 100;

const dir = scratchDir();
const { engine } = pruner(dir);
const DEMOS = join(ROOT, 'resources/sample/demos/python.jsonl');
const TEXT = join(ROOT, 'resources/sample/eval/python.txt');
const prompts = join(dir, 'prompts.jsonl');
writeFileSync(prompts, [1, 2, 3, 4].map((i) => JSON.stringify({ prompt: `What is ${i} plus ${i}?` })).join('\n'));

afterEach(() => until('no worker is left', () => childrenOf(process.pid).length === 0));

const scoring = { maxTokens: 128, nUbatch: 128, placement: CPU };
const WORK: Readonly<Record<string, (engine: Engine, hooks: Hooks) => Promise<unknown>>> = {
  score: (e, hooks) =>
    e.score({ ...scoring, model: SAMPLE, demos: { kind: 'files', files: [DEMOS] }, fresh: true }, hooks),
  evaluate: (e, hooks) => e.evaluate({ model: SAMPLE, text: TEXT, ctx: 128, placement: CPU }, hooks),
  generate: (e, hooks) =>
    e.checkGenerations(
      {
        model: SAMPLE,
        prompts: [DEMOS],
        limit: 20,
        maxTokens: 64,
        placement: CPU,
      },
      hooks,
    ),
  respond: (e, hooks) =>
    e.run(
      'respond',
      {
        demos: {
          kind: 'files',
          files: [prompts],
          output: join(dir, 'answers.jsonl'),
          replaceAnswers: false,
          overwrite: true,
        },
        model: SAMPLE,
        maxTokens: 256,
        temperature: 0,
        seed: 1,
        placement: CPU,
      },
      hooks,
    ),
  quantise: (e, hooks) =>
    e.run(
      'quantise',
      {
        model: SAMPLE,
        output: join(dir, 'quantised.gguf'),
        // the slowest of its types
        quantise: { type: 'IQ4_XS', rules: {}, allowRequantize: true },
        overwrite: true,
        dryRun: false,
      },
      hooks,
    ),
};

const workers = (): number[] => childrenOf(process.pid);

function stopWorkers(): void {
  for (const pid of workers()) process.kill(pid, 'SIGSTOP');
}

/** @returns milliseconds from the cancellation to the end of the work */
async function timeOfCancel(kind: string, when: 'working' | 'starting'): Promise<number> {
  const abort = new AbortController();
  let cancelledMs = 0;
  let isStopped = false;
  const stopAndCancel = (): void => {
    if (isStopped) return;
    isStopped = true;
    stopWorkers();
    // the next call is under way by then, and will not be answered
    setTimeout(() => {
      cancelledMs = performance.now();
      abort.abort();
    }, CALL_MS);
  };
  const onProgress: Hooks['onProgress'] = ({ done }) => {
    if (when === 'working' && done > 0) stopAndCancel();
  };
  const work = WORK[kind]!(engine, { signal: abort.signal, onProgress });
  const outcome = expect(work).rejects.toMatchObject({ code: 'CANCELLED' });
  if (when === 'starting') {
    await until('a worker starts', () => workers().length > 0);
    stopAndCancel();
  }
  await outcome;
  return performance.now() - cancelledMs;
}

test.each([
  ['score', 'working'],
  ['evaluate', 'working'],
  ['generate', 'working'],
  ['respond', 'working'],
  ['quantise', 'working'],
  // it reads the headers, or loads the model
  ['score', 'starting'],
  ['respond', 'starting'],
] as const)('%s, while it is %s', async (kind, when) => {
  let ms = Infinity;
  for (let i = 0; i < ATTEMPTS && ms >= CANCEL_MS; i++) ms = await timeOfCancel(kind, when);
  expect(ms).toBeLessThan(CANCEL_MS);
});

test('what was cancelled before its job was queued is not begun', async () => {
  const runs = listScoreRuns(engine.context.store).length;
  await expect(WORK.score!(engine, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(listScoreRuns(engine.context.store).length).toBe(runs);
});
