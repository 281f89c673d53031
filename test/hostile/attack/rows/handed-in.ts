// Files that go on with what somebody has made, and were edited, damaged or mistaken for others: refused, or taken with a word.
import assert from 'node:assert/strict';

import { join } from 'node:path';
import { App } from '../../kills/app.ts';
import { CPU, THREADS } from '../../../integration/support.ts';
import type { Attack } from '../attack.ts';
import { expectDone } from '../expect.ts';
import type { Ground } from '../ground.ts';
import { whileListening } from '../listening.ts';
import { z } from 'zod';
import { words } from '../../../words.ts';

const ON_CPU = ['--gpu', 'off'];
/** Fits within seconds; alone: many small graphs that wait for each other are slow on cores that others use. */
const REPAIRING_MS = 120_000;
/** More than any machine of today has cores. */
const MANY_THREADS = ['--threads', '4096'];

/** @returns a mask file of a quarter of the experts, which leaves something to fit */
async function quarterMask({ folder, model, demos, winnow }: Ground): Promise<string> {
  const [scores, mask] = [join(folder, 'scores.json'), join(folder, 'mask.json')];
  expectDone(await winnow(['score', model, '--demos', demos('math'), '--limit', '12', ...ON_CPU, '--out', scores]));
  expectDone(await winnow(['select', '--scores', scores, '--keep', '0.25', '-o', mask]));
  return mask;
}

export const HANDED_IN: readonly Attack[] = [
  {
    name: 'more threads than cores',
    promise: 'as many as there are cores compute, whoever asked, and the command line says so',
    quick: true,
    async run({ home, model, demos, winnow }) {
      const said = new RegExp(`4096 threads were asked for, but ${THREADS} are used`);
      const scored = await winnow(words`score ${model} --demos ${demos('math')} --limit 1 ${ON_CPU} ${MANY_THREADS}`);
      expectDone(scored);
      assert.match(scored.stderr, said);
      const schema = z.looseObject({ endpoint: z.string() });
      const args = ['worker', ...ON_CPU, '--port', '0', ...MANY_THREADS];
      await whileListening({ home, args, schema, memoryBytes: 2 ** 30 }, (worker) => {
        assert.match(worker.said(), said);
        return Promise.resolve();
      });
      const app = new App(home);
      try {
        await app.client.call('settings.set', { placement: { ...CPU, threads: 4096 } });
        const { placement } = await app.client.call('settings.get', {});
        assert.equal(placement.threads, THREADS);
      } finally {
        await app.close();
      }
    },
  },
  {
    name: 'two identical repairs at once',
    promise: 'one works, the other is told which process that is; neither writes what the other has half done',
    async run(ground) {
      const { folder, model, demos, winnow } = ground;
      const mask = await quarterMask(ground);
      const repair = (name: string): ReturnType<typeof winnow> =>
        winnow(
          [
            ...['prune', model, '--choice', mask, '--repair', demos('math'), ...ON_CPU],
            ...['-o', join(folder, `${name}.gguf`), '--json'],
          ],
          { timeoutMs: REPAIRING_MS },
        );
      const ended = await Promise.all(['one', 'other'].map(repair));
      const [refused, ...more] = ended.filter(({ code }) => code !== 0);
      assert.ok(refused !== undefined && more.length === 0, JSON.stringify(ended));
      assert.match(refused.stdout, /Process \d+ is already making this repair/);
    },
  },
];
