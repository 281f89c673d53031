// What is compared with what: files beside the wrong model, texts that the experts know, scores that do not belong
// together. And files that look like others: nothing that is known of one is said of the other.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '../../../../electron/contract/verdict.ts';
import { editTensor, seeGguf, tensorOf } from '../../../integration/gguf-tools.ts';
import { words } from '../../../words.ts';
import { choose, expectDone, expectRefused, scoring } from '../commands.ts';
import type { Attack, Ended, Ground } from '../ground.ts';

const SHORT = ['--ctx', '32', '--chunks', '2', '--gpu', 'off'];

/** Prunes a model to a share of its experts, chosen by the first demos of a domain. */
async function pruned(ground: Ground, by: Parameters<typeof choose>[1] = {}): Promise<string> {
  const { model = ground.model, name = 'half' } = by;
  const { mask } = await choose(ground, { limit: 8, ...by });
  const file = join(ground.folder, `${name}.gguf`);
  expectDone(await ground.winnow(['prune', model, '--choice', mask, '-o', file]));
  return file;
}

/** Writes what a line of a domain's demos says, counted from 0, into a file. */
function saidIn({ demos, folder }: Ground, domain: string, line: number): string {
  const demo = readFileSync(demos(domain), 'utf8').split('\n')[line] ?? '';
  const { text, question = '', answer = '' } = JSON.parse(demo) as Partial<Record<string, string>>;
  const path = join(folder, `${domain}.txt`);
  writeFileSync(path, text ?? `${question}\n${answer}`);
  return path;
}

const expectOverlap = (ended: Ended, demo: string): void => expectRefused(ended, ['CALIBRATION_OVERLAP'], demo);

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

export const COMPARED: readonly Attack[] = [
  {
    name: 'a pruned file beside another type of the model that it was made from',
    promise: 'it is measured, a sentence says what the figures hold beside the choice, and they become no verdict',
    quick: true,
    async run(ground) {
      const { folder, model, text, winnow } = ground;
      const half = await pruned(ground);
      const other = join(folder, 'other.gguf');
      expectDone(await winnow(['quantize', model, '--type', 'Q4_K_M', '--allow-requantize', '-o', other]));
      const beside = async (against: string): Promise<Ended & { readonly verdict?: unknown }> => {
        const measure = ['eval', half, '--text', text('math'), ...SHORT, '--against', against, '--json'];
        const ended = expectDone(await winnow(measure));
        return { ...ended, ...(JSON.parse(ended.stdout) as { verdict?: unknown }) };
      };
      const { stderr, verdict } = await beside(other);
      assert.match(stderr, /half\.gguf was made from .* no verdict on the choice alone/);
      assert.equal(verdict, undefined);
      const own = await beside(model);
      assert.doesNotMatch(own.stderr, /no verdict/);
      assert.notEqual(own.verdict, undefined);
    },
  },
  {
    name: 'a pruned file beside itself, and beside another one',
    promise: 'it is measured against the model that it was made from, and nothing else becomes a verdict',
    async run(ground) {
      const { model, text, demos, winnow } = ground;
      const half = await pruned(ground);
      const quarter = await pruned(ground, { keep: '0.25', name: 'quarter' });
      const mask = join(ground.folder, 'half.mask.json');
      const on = ['--text', text('math'), ...SHORT];
      for (const [file, against] of [
        [[half], half],
        [[quarter], half],
        [[half], quarter],
        [[model, '--choice', mask], half],
      ] as const) {
        const ended = await winnow(['eval', ...file, ...on, '--against', against, '--json']);
        expectRefused(ended, ['MODEL_CHANGED'], against);
      }
      const prompts = ['--prompts', demos('french'), '--limit', '1', '--max-tokens', '4', '--gpu', 'off'];
      expectRefused(await winnow(['eval', half, ...prompts, '--against', quarter, '--json']), ['MODEL_CHANGED'], half);
      const page = join(ground.folder, 'half.html');
      const report = expectDone(await winnow(['report', '--file', half, '-o', page]));
      assert.doesNotMatch(report.stdout + readFileSync(page, 'utf8'), /no measurable loss/i);
      // a file of others is called what it is
      const plain = expectDone(await winnow(['eval', model, ...on, '--against', model, '--json']));
      assert.match(plain.stderr, /compared with itself/);
      assert.equal((JSON.parse(plain.stdout) as { verdict?: unknown }).verdict, undefined);
    },
  },
  {
    name: 'demos of the first of two choices',
    promise: 'a file that was pruned twice knows the demos of both choices, on any machine',
    async run(ground) {
      const once = await pruned(ground);
      const twice = await pruned(ground, { model: once, domain: 'french', keep: '12', name: 'twice' });
      for (const domain of ['math', 'french']) {
        const leak = saidIn(ground, domain, 2);
        for (const home of [ground.home, join(ground.folder, 'elsewhere')]) {
          // where the demo is not stored, its very content is what is known
          const text = home === ground.home ? leak : ground.demos(domain);
          const ended = await ground.winnow(['eval', twice, '--text', text, ...SHORT, '--json'], {
            env: { WINNOW_HOME: home },
          });
          expectOverlap(ended, `${domain}.jsonl:`);
        }
      }
    },
  },
  {
    name: 'demos that down matrices were fitted to',
    promise: 'they are refused as held-out text like those that the experts were chosen by',
    async run(ground) {
      const { folder, model, demos, winnow } = ground;
      const { mask } = await choose(ground, { limit: 8, keep: '0.25' });
      const file = join(folder, 'fitted.gguf');
      const fitted = ['prune', model, '--choice', mask, '--repair', demos('math'), '--gpu', 'off', '-o', file];
      expectDone(await winnow(fitted, { timeoutMs: 200_000 }));
      const onText = await winnow(['eval', file, '--text', saidIn(ground, 'math', 20), ...SHORT, '--json']);
      expectOverlap(onText, 'math.jsonl:21');
    },
  },
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
