// What is compared with what: files beside the wrong model, texts that the experts know, scores that do not belong together.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectDone, expectRefused } from '../expect.ts';
import { choose } from '../choose.ts';
import type { Attack, Ended, Ground } from '../ground.ts';

const SHORT = ['--ctx', '32', '--chunks', '2', '--gpu', 'off'];

/** Prunes a model to a share of its experts, chosen by the first demos of a domain. */
async function pruned(
  ground: Ground,
  {
    model = ground.model,
    name = 'half',
    ...by
  }: { model?: string; domain?: string; keep?: string; name?: string } = {},
): Promise<string> {
  const { mask } = await choose(ground, { model, name, limit: 8, ...by });
  const file = join(ground.folder, `${name}.gguf`);
  expectDone(await ground.winnow(['prune', model, '--choice', mask, '-o', file]));
  return file;
}

/** What some lines of a domain's demos say. */
function demoTexts({ demos }: Ground, domain: string, from: number, to: number): string[] {
  const lines = readFileSync(demos(domain), 'utf8').split('\n').slice(from, to);
  return lines.map((line) => {
    const { text, question, answer } = JSON.parse(line) as { text?: string; question?: string; answer?: string };
    return text ?? `${question ?? ''}\n${answer ?? ''}`;
  });
}

function written(path: string, text: string): string {
  writeFileSync(path, text);
  return path;
}

const expectOverlap = (ended: Ended, demo: string): void => expectRefused(ended, ['CALIBRATION_OVERLAP'], demo);

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
        const leak = written(join(ground.folder, `${domain}.txt`), demoTexts(ground, domain, 2, 3).join('\n'));
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
      const unscored = written(join(folder, 'left.txt'), demoTexts(ground, 'math', 20, 21).join('\n'));
      const onText = await winnow(['eval', file, '--text', unscored, ...SHORT, '--json']);
      expectOverlap(onText, 'math.jsonl:21');
    },
  },
];
