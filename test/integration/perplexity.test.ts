// Agreement with llama.cpp's own llama-perplexity: perplexity, and KL divergence and top-1 agreement of a pruned file.
import type { EvaluationFigures } from '../../electron/contract/api/evaluations.ts';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../engine.ts';
import { takeAllCores } from '../setup/own-cores.ts';
import { CPU, REFERENCE, ROOT, run, SAMPLE, scratchDir, THREADS, PRUNE_OPTIONS } from './support.ts';
import { inspect } from '../setup/inspect.ts';

const MAX_PERPLEXITY_ERROR = 0.005;
const CHUNKS = 4;

takeAllCores();
const home = scratchDir();
const engine = new Engine({ home });
const textOf = (domain: string): string => join(ROOT, 'resources/sample/eval', `${domain}.txt`);

async function stock(model: string, domain: string, ctx: number, ...more: string[]): Promise<string> {
  // --no-escape: or it would turn the two characters \\n of the text into a line break
  const args = ['-m', model, '-f', textOf(domain), '-c', String(ctx), '--no-escape', '--chunks', String(CHUNKS)];
  const result = await run(join(REFERENCE, 'stock-perplexity'), [...args, '-t', String(THREADS), ...more]);
  expect(result.code, result.stderr.slice(-2000)).toBe(0);
  return result.stdout + result.stderr;
}

async function evaluate(model: string, domain: string, ctx: number, against?: string): Promise<EvaluationFigures> {
  const request = {
    model,
    text: textOf(domain),
    against,
    grouping: 'ungrouped',
    ctx,
    chunks: CHUNKS,
    placement: CPU,
  } as const;
  return (await engine.evaluate(request)).figures;
}

function figure(output: string, pattern: RegExp): number {
  const found = pattern.exec(output)?.[1];
  if (found === undefined) throw new Error(`llama-perplexity did not print ${pattern}\n${output.slice(-3000)}`);
  return Number(found);
}

describe('perplexity', () => {
  test.each([
    ['python', 512],
    ['japanese', 256],
    ['math', 128],
  ] as const)('%s, context %i', async (domain, ctx) => {
    const expected = figure(await stock(SAMPLE, domain, ctx), /Final estimate: PPL = ([\d.]+)/);
    const { perplexity, chunks } = await evaluate(SAMPLE, domain, ctx);
    expect(chunks).toBe(CHUNKS);
    expect(Math.abs(perplexity.value / expected - 1)).toBeLessThanOrEqual(MAX_PERPLEXITY_ERROR);
  });
});

describe('a pruned file against the full one', () => {
  const pruned = join(home, 'pruned.gguf');
  let stockOutput: string;
  let own: EvaluationFigures;

  beforeAll(async () => {
    const info = await inspect(SAMPLE);
    const kept = info.moeLayers.map(() => Array.from({ length: 16 }, (_, i) => 2 * i));
    await engine.prune({
      model: SAMPLE,
      kept,
      output: pruned,
      ...PRUNE_OPTIONS,
    });
    const base = join(home, 'base.kld');
    await stock(SAMPLE, 'python', 512, '--kl-divergence-base', base);
    stockOutput = await stock(pruned, 'python', 512, '--kl-divergence-base', base, '--kl-divergence');
    own = await evaluate(pruned, 'python', 512, SAMPLE);
  });

  test('mean KL divergence', () => {
    const expected = figure(stockOutput, /Mean\s+KLD:\s+([\d.]+)/);
    expect(expected).toBeGreaterThan(0.1);
    expect(Math.abs((own.klMean?.value ?? NaN) / expected - 1)).toBeLessThanOrEqual(0.01);
  });

  test('99th percentile', () => {
    const expected = figure(stockOutput, /99\.0%\s+KLD:\s+([\d.]+)/);
    expect(Math.abs((own.klP99?.value ?? NaN) / expected - 1)).toBeLessThanOrEqual(0.03);
  });

  test('top-1 agreement', () => {
    const expected = figure(stockOutput, /Same top p:\s+([\d.]+)/) / 100;
    expect(Math.abs((own.top1?.value ?? NaN) - expected)).toBeLessThanOrEqual(0.003);
  });
});

test('a model against itself: no divergence', async () => {
  const result = await evaluate(SAMPLE, 'python', 512, SAMPLE);
  expect(result.klMean?.value).toBeLessThan(1e-5);
  expect(result.top1?.value).toBe(1);
});
