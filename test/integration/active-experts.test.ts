// Fewer active experts: the preview computes what the file will, the file runs in unpatched llama.cpp, and figures of it are
// not those of the same experts with as many active as the model says.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { choiceTextFor } from '../choice-for.ts';
import { seeGguf, tensorHash } from './gguf-tools.ts';
import { kept } from './sample-half.ts';
import { commandLineHere, REFERENCE, ROOT, run, SAMPLE, scratchDir, THREADS } from './support.ts';
import { words } from '../words.ts';

const TEXT = join(ROOT, 'resources/sample/eval/python.txt');
const CHUNKS = 2;
const ACTIVE = 2;
const USED = 'qwen3moe.expert_used_count';

type Figures = { readonly perplexity: number; readonly top1_agreement?: number };
type Failure = { readonly error: { readonly code: string; readonly message: string } };

const dir = scratchDir();
const { json } = commandLineHere(join(dir, 'home'));
const mask = join(dir, 'choice.json');
const [usual, lowered] = [join(dir, 'usual.gguf'), join(dir, 'lowered.gguf')];

const evaluate = async (model: string, ...more: string[]): Promise<Figures> => {
  const measure = ['--text', TEXT, '--chunks', String(CHUNKS), '--gpu', 'off', '--threads', String(THREADS)];
  const { code, document } = await json<Figures>('eval', model, ...measure, ...more);
  expect(code).toBe(0);
  return document;
};

/** The perplexity that unpatched llama.cpp measures. */
async function stockPerplexity(model: string): Promise<number> {
  const { code, stdout, stderr } = await run(
    join(REFERENCE, 'stock-perplexity'),
    words`-m ${model} -f ${TEXT} -c 512 -b 512 --chunks ${CHUNKS} -ngl 0 -t ${THREADS}`,
  );
  expect(code, stderr).toBe(0);
  const [, value] = /Final estimate: PPL = ([\d.]+)/.exec(stdout + stderr) ?? [];
  return Number(value);
}

beforeAll(async () => {
  writeFileSync(mask, await choiceTextFor(SAMPLE, kept));
  expect((await json('prune', SAMPLE, '--choice', mask, '-o', usual)).code).toBe(0);
  const { code, document } = await json(
    'prune',
    SAMPLE,
    '--choice',
    mask,
    '--active-experts',
    String(ACTIVE),
    '-o',
    lowered,
  );
  expect(code).toBe(0);
  expect(document).toMatchObject({ warnings: ['The model used 4 experts per token; the file will use 2.'] });
});

describe('a file with fewer active experts', () => {
  test('has another number in its header, and the same tensors', async () => {
    const [before, after] = [await seeGguf(usual), await seeGguf(lowered)];
    expect(before.keys.get(USED)?.value).toBe(4);
    expect(after.keys.get(USED)?.value).toBe(ACTIVE);
    const others = (file: typeof before): unknown[] => [...file.keys].filter(([key]) => key !== USED);
    expect(others(after)).toEqual(others(before));
    expect(after.tensors.map(({ name }) => name)).toEqual(before.tensors.map(({ name }) => name));
    for (const { name } of after.tensors) expect(tensorHash(after, name), name).toBe(tensorHash(before, name));
  });

  test('computes what its preview did, here and in unpatched llama.cpp, and something else than without', async () => {
    const preview = await evaluate(SAMPLE, '--choice', mask, '--active-experts', String(ACTIVE));
    const plain = await evaluate(SAMPLE, '--choice', mask);
    const file = await evaluate(lowered, '--against', SAMPLE);
    expect(file.perplexity / preview.perplexity).toBeCloseTo(1, 3);
    expect(await stockPerplexity(lowered)).toBeCloseTo(file.perplexity, 1);
    expect(Math.abs(preview.perplexity / plain.perplexity - 1)).toBeGreaterThan(0.01);
  });

  test('of the full model, too, it is measured against that model', async () => {
    const { perplexity, top1_agreement: top1 } = await evaluate(SAMPLE, '--active-experts', String(ACTIVE));
    expect(perplexity).toBeGreaterThan((await evaluate(SAMPLE)).perplexity);
    expect(top1).toBeLessThan(1);
  });
});

test.each(['4', '5'])('--active-experts %s is refused by eval and prune', async (count) => {
  const refused = [
    await json<Failure>('eval', SAMPLE, '--text', TEXT, '--active-experts', count),
    await json<Failure>('prune', SAMPLE, '--choice', mask, '-o', join(dir, 'no.gguf'), '--active-experts', count),
  ];
  for (const { code, document } of refused) {
    expect(code).toBe(1);
    expect(document.error).toMatchObject({ code: 'SELECTION_IMPOSSIBLE' });
    expect(document.error.message).toContain('would not be fewer');
    expect(document.error.message).toContain(SAMPLE);
  }
});
