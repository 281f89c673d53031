// What a search for the best file reads before it computes anything.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { forkWorker, type WorkerHost } from '../../electron/engine/base/backend/worker-host.ts';
import { sampleFiles } from '../../electron/engine/base/files/sample-files.ts';
import { MAX_INLINE_JSON_BYTES } from '../../electron/engine/demos/limits.ts';
import { planFit } from '../../electron/engine/measure/fit/plan-fit.ts';
import { prepareScore } from '../../electron/engine/experts/scoring/prepare-scoring.ts';
import { idleTask } from '../../electron/engine/store/task.ts';
import { openTestEngine } from '../unit/session/test-engine.ts';
import { CPU, SAMPLE, scratchDir } from './support.ts';

const home = scratchDir();

const readsHeader = z.object({ method: z.literal('readGguf') });

/** The rows of the sample's domain, in a file that is large enough to be read in a process of its own. */
function largeFile(domain: string): string {
  const path = join(home, `${domain}.json`);
  const rows = readFileSync(sampleFiles(domain).demos, 'utf8').trim().split('\n').join(',');
  writeFileSync(path, `[${rows}]${' '.repeat(MAX_INLINE_JSON_BYTES)}`);
  return path;
}

test('headers are read once, and the files of a domain without a text: to hold demos back, to score, and to measure on', async () => {
  let [readers, headers] = [0, 0];
  const counting: WorkerHost = (spec) => {
    if (spec.entry === 'reader') readers++;
    const worker = forkWorker(spec);
    return {
      ...worker,
      send: (message) => {
        if (readsHeader.safeParse(message).success) headers++;
        worker.send(message);
      },
    };
  };
  const { services } = openTestEngine(home, counting);
  const files = ['python', 'math'].map(largeFile);
  const { plan } = await planFit(
    {
      model: SAMPLE,
      demos: { kind: 'files', files, domain: 'both' },
      texts: [],
      types: [],
      budgetBytes: 40e6,
      ctx: 512,
      chunkTokens: 512,
      maxTokens: 512,
      nUbatch: 'auto',
      placement: CPU,
      requantise: false,
      repair: false,
      overwrite: false,
    },
    services.context,
    idleTask(),
    prepareScore,
  );
  expect(plan).toMatchObject({ domain: 'both', isOnDemos: true, demos: { scored: 40, aside: 40 } });
  expect(readers).toBe(files.length);
  expect(headers).toBe(1);
});
