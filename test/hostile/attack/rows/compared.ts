// What is compared with what: files beside the wrong model, texts that the experts know, scores that do not belong together.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attack } from '../attack.ts';
import { expectDone, expectRefused } from '../expect.ts';
import type { Ended, Ground } from '../ground.ts';
import { withMask } from './with-mask.ts';

const SHORT = ['--ctx', '32', '--chunks', '2', '--gpu', 'off'];

/** Prunes a model to a share of its experts, chosen by the first demos of a domain. */
async function pruned(
  { folder, demos, winnow }: Ground,
  model: string,
  { domain, keep, name }: { readonly domain: string; readonly keep: string; readonly name: string },
): Promise<string> {
  const [scores, mask, file] = ['scores.json', 'mask.json', 'gguf'].map((end) => join(folder, `${name}.${end}`));
  const scored = ['--demos', demos(domain), '--limit', '8', '--gpu', 'off', '--out', scores!];
  expectDone(await winnow(['score', model, ...scored]));
  expectDone(await winnow(['select', '--scores', scores!, '--keep', keep, '--mask-out', mask!]));
  expectDone(await winnow(['prune', model, '--mask', mask!, '-o', file!]));
  return file!;
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

function rewritten(path: string, change: (file: Record<string, Record<string, number[][]>>) => void): string {
  const file = JSON.parse(readFileSync(path, 'utf8')) as Parameters<typeof change>[0];
  change(file);
  return written(path, JSON.stringify(file));
}

const expectOverlap = (ended: Ended, demo: string): void => expectRefused(ended, ['CALIBRATION_OVERLAP'], demo);

export const COMPARED: readonly Attack[] = [
  {
    surfaces: ['command:eval', 'file:model'],
    name: 'a pruned file beside another type of the model that it was made from',
    promise: 'it is measured, a sentence says what the figures hold beside the choice, and they become no verdict',
    quick: true,
    async run(ground) {
      const { folder, model, text, winnow } = ground;
      const half = await pruned(ground, model, { domain: 'math', keep: '0.5', name: 'half' });
      const other = join(folder, 'other.gguf');
      expectDone(await winnow(['quantize', model, '--type', 'Q4_K_M', '--allow-requantize', '-o', other]));
      const beside = async (against: string): Promise<Ended & { readonly verdict?: unknown }> => {
        const measure = ['eval', half, '--text', text('math'), ...SHORT, '--against', against, '--json'];
        const ended = await winnow(measure);
        expectDone(ended);
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
    surfaces: ['command:eval', 'command:report', 'file:model'],
    name: 'a pruned file beside itself, and beside another one',
    promise: 'it is measured against the model that it was made from, and nothing else becomes a verdict',
    quick: true,
    async run(ground) {
      const { model, text, demos, winnow } = ground;
      const half = await pruned(ground, model, { domain: 'math', keep: '0.5', name: 'half' });
      const quarter = await pruned(ground, model, { domain: 'math', keep: '0.25', name: 'quarter' });
      const mask = join(ground.folder, 'half.mask.json');
      const on = ['--text', text('math'), ...SHORT];
      for (const [file, against] of [
        [[half], half],
        [[quarter], half],
        [[half], quarter],
        [[model, '--mask', mask], half],
      ] as const) {
        const ended = await winnow(['eval', ...file, ...on, '--against', against, '--json']);
        expectRefused(ended, ['MODEL_CHANGED'], against);
      }
      const prompts = ['--prompts', demos('french'), '--limit', '1', '--max-tokens', '4', '--gpu', 'off'];
      expectRefused(await winnow(['eval', half, ...prompts, '--against', quarter, '--json']), ['MODEL_CHANGED'], half);
      const page = join(ground.folder, 'half.html');
      const report = await winnow(['report', '--file', half, '-o', page]);
      expectDone(report);
      assert.doesNotMatch(report.stdout + readFileSync(page, 'utf8'), /no measurable loss/i);
      // a file of others is called what it is
      const plain = await winnow(['eval', model, ...on, '--against', model, '--json']);
      expectDone(plain);
      assert.match(plain.stderr, /compared with itself/);
      assert.equal((JSON.parse(plain.stdout) as { verdict?: unknown }).verdict, undefined);
    },
  },
  {
    surfaces: ['command:eval', 'file:text', 'file:demos'],
    name: 'demos in other clothes as held-out text',
    promise: 'a text that says what a demo says is refused, whatever its case, white space, system message and prompt',
    quick: true,
    async run(ground) {
      const { folder, model, winnow } = ground;
      const { mask } = await withMask(ground);
      const [first = ''] = demoTexts(ground, 'math', 0, 1);
      const words = first.split(/\s+/);
      const chat = (...messages: [string, string][]): string =>
        JSON.stringify({ messages: messages.map(([role, content]) => ({ role, content })) });
      const variants: Readonly<Record<string, string>> = {
        'capitals.txt': first.toUpperCase(),
        'spaces.txt': words.join('  \n'),
        'punctuated.txt': first.replaceAll(/[.,]/g, ' –'),
        'book.txt': `${readFileSync(ground.text('french'), 'utf8')}\n${first.toLowerCase()}`,
        'most.txt': words.slice(0, Math.ceil(words.length * 0.8)).join(' '),
        'system.jsonl': chat(['system', 'You are a pirate.'], ['user', first]),
        'prefix.jsonl': chat(['user', `Think step by step and answer: ${first}`], ['assistant', 'I do not know.']),
      };
      for (const [name, said] of Object.entries(variants)) {
        const file = written(join(folder, name), said);
        const ended = await winnow(['eval', model, '--mask', mask, '--text', file, ...SHORT, '--json']);
        expectOverlap(ended, 'math.jsonl:1');
      }
    },
  },
  {
    surfaces: ['command:eval', 'command:prune', 'file:model'],
    name: 'demos of the first of two choices',
    promise: 'a file that was pruned twice knows the demos of both choices, on any machine',
    quick: true,
    async run(ground) {
      const once = await pruned(ground, ground.model, { domain: 'math', keep: '0.5', name: 'once' });
      const twice = await pruned(ground, once, { domain: 'french', keep: '12', name: 'twice' });
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
    surfaces: ['command:prune', 'command:eval', 'file:model'],
    name: 'demos that down matrices were fitted to',
    promise: 'they are refused as held-out text like those that the experts were chosen by',
    quick: false,
    async run(ground) {
      const { folder, model, demos, winnow } = ground;
      await pruned(ground, model, { domain: 'math', keep: '0.25', name: 'quarter' });
      const mask = join(folder, 'quarter.mask.json');
      const file = join(folder, 'fitted.gguf');
      const fitted = ['prune', model, '--mask', mask, '--repair', demos('math'), '--gpu', 'off', '-o', file];
      expectDone(await winnow(fitted, { timeoutMs: 200_000 }));
      const unscored = written(join(folder, 'left.txt'), demoTexts(ground, 'math', 20, 21).join('\n'));
      const onText = await winnow(['eval', file, '--text', unscored, ...SHORT, '--json']);
      expectOverlap(onText, 'math.jsonl:21');
    },
  },
  {
    surfaces: ['command:select', 'file:scores', 'file:mask'],
    name: 'scores of different masks mixed',
    promise: 'scores that were taken under one mask are not mixed with others',
    quick: true,
    async run(ground) {
      const { folder, model, demos, winnow } = ground;
      const { scores, mask } = await withMask(ground);
      const masked = join(folder, 'masked.json');
      const few = ['--demos', demos('french'), '--limit', '2', '--gpu', 'off', '--out', masked];
      expectDone(await winnow(['score', model, '--mask', mask, ...few]));
      for (const files of [
        [scores, masked],
        [masked, scores],
      ]) {
        const mixed = ['select', '--scores', ...files, '--keep', '8', '--mask-out', join(folder, 'mixed.json')];
        expectRefused(await winnow([...mixed, '--json']), ['SCORES_INVALID'], masked);
        expectRefused(await winnow([...mixed, '--mix', 'max-min', '--json']), ['SCORES_INVALID'], masked);
      }
      expectDone(await winnow(['select', '--scores', masked, '--keep', '8']));
    },
  },
  {
    surfaces: ['command:select', 'file:scores'],
    name: 'scores edited beside their sums',
    promise: 'scores that are not what the file’s own sums give are refused, with the place in the file',
    quick: true,
    async run(ground) {
      const { scores } = await withMask(ground);
      const untouched = readFileSync(scores);
      for (const criterion of ['easy-ep', 'reap', 'ean', 'gate', 'frequency']) {
        writeFileSync(scores, untouched);
        rewritten(scores, ({ criteria }) => criteria![criterion]![3]!.reverse());
        const ended = await ground.winnow(['select', '--scores', scores, '--keep', '0.5', '--json']);
        expectRefused(ended, ['SCORES_INVALID'], `criteria.${criterion}[3][`);
      }
    },
  },
];
