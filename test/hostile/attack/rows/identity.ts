// Files that look like others: nothing that is known of one is said of the other.
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '../../../../electron/contract/verdict.ts';
import { editTensor, seeGguf, tensorOf } from '../../../integration/gguf-tools.ts';
import type { Attack } from '../attack.ts';
import { expectDone, expectRefused } from '../expect.ts';
import type { Ended, Ground } from '../ground.ts';
import { withMask } from './with-mask.ts';

const CPU = ['--gpu', 'off'];

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

/** Scores two demos of the sample's. */
function score({ winnow, demos }: Ground, path: string, ...more: string[]): Promise<Ended> {
  return winnow(['score', path, '--demos', demos('math'), '--limit', '2', ...CPU, ...more]);
}

/** Half of the sample's experts, written by this command. */
async function pruned(ground: Ground, output: string, ...more: string[]): Promise<string> {
  const path = join(ground.folder, output);
  expectDone(await ground.winnow(['prune', ground.model, '-o', path, ...more]));
  return path;
}

export const IDENTITY: readonly Attack[] = [
  {
    name: 'a model with one router turned round, or one value of it that is no number',
    promise: 'it gets no scores of the model that it looks like, and no choice of that one prunes it',
    async run(ground) {
      const { folder, winnow } = ground;
      await withMask(ground);
      const choice = join(folder, 'choice.json');
      expectDone(await winnow(['report', '--as', 'choice', '--selection', '1', '-o', choice]));
      const router = await spoiled(ground, 'blk.0.ffn_gate_inp.weight', turned);
      const scored = await score(ground, router);
      expectDone(scored);
      assert.doesNotMatch(scored.stdout + scored.stderr, /scored earlier/);
      const out = join(folder, 'out.gguf');
      expectRefused(
        await winnow(['prune', router, '--choice', choice, '-o', out, '--json']),
        ['MODEL_CHANGED'],
        router,
      );
      const noNumber = await spoiled(ground, 'blk.0.ffn_gate_inp.weight', notANumber);
      expectRefused(await score(ground, noNumber, '--json'), ['GGUF_CORRUPT', 'SCORES_INVALID'], noNumber);
    },
  },
  {
    name: 'another file in the place of one that was written and measured',
    promise: 'figures and card of the one are not given to the other, and what lies there now is named',
    async run(ground) {
      const { folder, model, text, winnow } = ground;
      const { mask } = await withMask(ground);
      const path = await pruned(ground, 'pruned.gguf', '--choice', mask);
      const measured = async (domain: string): Promise<Verdict> => {
        const measure = ['eval', path, '--against', model, '--text', text(domain), '--chunks', '1', ...CPU, '--json'];
        const ended = await winnow(measure);
        expectDone(ended);
        return (JSON.parse(ended.stdout) as { verdict: Verdict }).verdict;
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
        expectRefused(
          await winnow(['report', '--as', form, '--file', path, '-o', output, '--json']),
          ['MODEL_CHANGED'],
          path,
        );
      }
    },
  },
];
