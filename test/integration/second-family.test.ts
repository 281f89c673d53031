// The second sample model, a trained one of the deepseek2 family: what torch computed of it when it was made (test/models/train), beside
// what Winnow does.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ChoiceFile } from '../../electron/contract/choice-file.ts';
import { Engine } from '../engine.ts';
import { takeAllCores } from '../setup/own-cores.ts';
import { commandLineHere, CPU, ROOT, scratchDir } from './support.ts';

type Torch = {
  /** Experts that EASY-EP keeps, by count, domain and layer, of the whole layer. */
  readonly keep: Record<string, Record<string, number[][]>>;
  /** Perplexity in F32 of the first eight chunks of a domain's evaluation text. */
  readonly ppl_full_f32_8: Record<string, number>;
};

const MODEL = join(ROOT, 'test/models/winnow-sample2-Q8_0.gguf');
const TORCH = JSON.parse(readFileSync(join(ROOT, 'test/models/train/eval.json'), 'utf8')) as Torch;
const LAYERS = 4;
const KEEP = 16;
/** Q8_0 beside F32. */
const MAX_PERPLEXITY_ERROR = 0.01;
/** Torch computed in bf16: experts at the edge change places. */
const LEAST_KEPT_ALIKE = 0.95;

takeAllCores();
const home = scratchDir();
const engine = new Engine({ home });
const sample = (kind: 'demos' | 'eval', file: string): string => join(ROOT, 'resources/sample', kind, file);

test.each(['python', 'japanese'])('the perplexity of %s is what torch computed', async (domain) => {
  const { figures } = await engine.evaluate({
    model: MODEL,
    text: sample('eval', `${domain}.txt`),
    ctx: 512,
    chunks: 8,
    placement: CPU,
  });
  expect(Math.abs(figures.perplexity.value / TORCH.ppl_full_f32_8[domain]! - 1)).toBeLessThanOrEqual(
    MAX_PERPLEXITY_ERROR,
  );
});

describe('half of the experts', () => {
  const domain = 'python';
  const scores = join(home, 'scores.json');
  const mask = join(home, 'mask.json');
  const { json } = commandLineHere(home);

  beforeAll(async () => {
    const how = ['--max-tokens', '1024', '--gpu', 'off', '--out', scores];
    expect((await json('score', MODEL, '--demos', sample('demos', `${domain}.jsonl`), ...how)).code).toBe(0);
    const rule = ['--super-experts', 'rank', '--grouping', 'ungrouped'];
    expect((await json('select', '--scores', scores, '--keep', String(KEEP), ...rule, '-o', mask)).code).toBe(0);
  });

  test('are those that EASY-EP in torch keeps', () => {
    const layers = (JSON.parse(readFileSync(mask, 'utf8')) as ChoiceFile).kept;
    expect(layers.map(({ length }) => length)).toEqual(Array.from({ length: LAYERS }, () => KEEP));
    const alike = TORCH.keep[KEEP]![domain]!.flatMap((experts, layer) =>
      experts.filter((one) => layers[layer]!.includes(one)),
    );
    expect(alike.length / (LAYERS * KEEP)).toBeGreaterThanOrEqual(LEAST_KEPT_ALIKE);
  });
});
