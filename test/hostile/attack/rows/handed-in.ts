// Files that go on with what somebody has made, and were edited, damaged or mistaken for others: refused, or taken with a word.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { App } from '../../kills/app.ts';
import { CPU, THREADS } from '../../../integration/support.ts';
import { expectDone } from '../expect.ts';
import { choose } from '../choose.ts';
import type { Attack } from '../ground.ts';
import { whileListening } from '../listening.ts';
import { z } from 'zod';
import { words } from '../../../words.ts';

const ON_CPU = ['--gpu', 'off'];
/** Fits within seconds; alone: many small graphs that wait for each other are slow on cores that others use. */
const REPAIRING_MS = 120_000;
/** More than any machine of today has cores. */
const MANY_THREADS = ['--threads', '4096'];

export const HANDED_IN: readonly Attack[] = [
  {
    name: 'more threads than cores',
    promise: 'as many as there are cores compute, whoever asked, and the command line says so',
    quick: true,
    async run({ home, model, demos, winnow }) {
      const said = new RegExp(`4096 threads were asked for, but ${THREADS} are used`);
      const scored = await winnow(words`score ${model} --demos ${demos('math')} --limit 1 ${ON_CPU} ${MANY_THREADS}`);
      assert.match(expectDone(scored).stderr, said);
      const schema = z.looseObject({ endpoint: z.string() });
      const args = ['worker', ...ON_CPU, '--port', '0', ...MANY_THREADS];
      await whileListening({ home, args, schema, memoryBytes: 2 ** 30 }, (worker) => {
        assert.match(worker.said(), said);
        return Promise.resolve();
      });
      await using app = new App(home);
      await app.client.call('settings.set', { placement: { ...CPU, threads: 4096 } });
      const { placement } = await app.client.call('settings.get', {});
      assert.equal(placement.threads, THREADS);
    },
  },
  {
    name: 'two identical repairs at once',
    promise: 'one works, the other is told which process that is; neither writes what the other has half done',
    async run(ground) {
      const { folder, model, demos, winnow } = ground;
      // which leaves something to fit
      const { mask } = await choose(ground, { limit: 12, keep: '0.25' });
      const repair = words`prune ${model} --choice ${mask} --repair ${demos('math')} ${ON_CPU} --json`;
      const outputs = ['one', 'other'].map((name) => join(folder, `${name}.gguf`));
      const ended = await Promise.all(
        outputs.map((output) => winnow([...repair, '-o', output], { timeoutMs: REPAIRING_MS })),
      );
      const [refused, ...more] = ended.filter(({ code }) => code !== 0);
      assert.ok(refused !== undefined && more.length === 0, JSON.stringify(ended));
      assert.match(refused.stdout, /Process \d+ is already making this repair/);
    },
  },
];
