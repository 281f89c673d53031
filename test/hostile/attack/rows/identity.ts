// Files that look like others: nothing that is known of one is said of the other.
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '../../../../electron/contract/verdict.ts';
import { editTensor, seeGguf, tensorOf } from '../../../integration/gguf-tools.ts';
import { expectDone, expectRefused } from '../expect.ts';
import type { Attack, Ground } from '../ground.ts';
import { words } from '../../../words.ts';
import { choose, scoring } from '../choose.ts';

/** A copy of the sample with one tensor changed in place, by every other look the same. */
async function spoiled({ folder, model }: Ground, tensor: string, change: (bytes: Buffer) => void): Promise<string> {
  const path = join(folder, 'spoiled.gguf');
  copyFileSync(model, path);
  editTensor(path, tensorOf(await seeGguf(path), tensor), change);
  return path;
}

const turned = (bytes: Buffer): void => void bytes.swap32().reverse();
/** One of them in the middle, where samples of the file seldom are. */
const notANumber = (bytes: Buffer): void => void bytes.writeFloatLE(NaN, (bytes.byteLength >> 3) * 4);

export const IDENTITY: readonly Attack[] = [
  {
    name: 'a model with one router turned round, or one value of it that is no number',
    promise: 'it gets no scores of the model that it looks like, and no choice of that one prunes it',
    async run(ground) {
      const { folder, winnow } = ground;
      await choose(ground);
      const choice = join(folder, 'choice.json');
      expectDone(await winnow(['report', '--as', 'choice', '--selection', '1', '-o', choice]));
      const router = await spoiled(ground, 'blk.0.ffn_gate_inp.weight', turned);
      const scored = expectDone(await winnow(scoring({ ...ground, model: router })));
      assert.doesNotMatch(scored.stdout + scored.stderr, /scored earlier/);
      const out = join(folder, 'out.gguf');
      const pruned = await winnow(['prune', router, '--choice', choice, '-o', out, '--json']);
      expectRefused(pruned, ['MODEL_CHANGED'], router);
      const noNumber = await spoiled(ground, 'blk.0.ffn_gate_inp.weight', notANumber);
      const unscored = await winnow(scoring({ ...ground, model: noNumber }, '--json'));
      expectRefused(unscored, ['GGUF_CORRUPT', 'SCORES_INVALID'], noNumber);
    },
  },
  {
    name: 'another file in the place of one that was written and measured',
    promise: 'figures and card of the one are not given to the other, and what lies there now is named',
    async run(ground) {
      const { folder, model, text, winnow } = ground;
      const { mask } = await choose(ground);
      const path = join(folder, 'pruned.gguf');
      expectDone(await winnow(['prune', model, '-o', path, '--choice', mask]));
      const measured = async (domain: string): Promise<Verdict> => {
        const measure = words`eval ${path} --against ${model} --text ${text(domain)} --chunks 1 --gpu off --json`;
        return (JSON.parse(expectDone(await winnow(measure)).stdout) as { verdict: Verdict }).verdict;
      };
      assert.notEqual((await measured('math')).inside, null);
      expectDone(await winnow(['report', '--as', 'card', '--file', path, '-o', join(folder, 'card.md')]));
      editTensor(path, tensorOf(await seeGguf(path), 'output_norm.weight'), (bytes) => {
        for (let at = 0; at < bytes.length; at += 4) bytes.writeFloatLE(bytes.readFloatLE(at) * (at % 8 ? 3 : 0.2), at);
      });
      const { inside, unknown } = await measured('french');
      assert.equal(inside, null, 'what was measured of the file that lay there before');
      assert.equal(unknown?.parts.length, 1);
      for (const form of ['card', 'report', 'choice']) {
        const output = join(folder, `${form}.out`);
        const reported = await winnow(['report', '--as', form, '--file', path, '-o', output, '--json']);
        expectRefused(reported, ['MODEL_CHANGED'], path);
      }
    },
  },
];
