// `winnow fit` on the sample: what it says, what it writes and stores, what unpatched llama.cpp makes of that, and how it goes on after
// a kill.
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { FitPlan, FitResult } from '../../electron/contract/fit.ts';
import type { ChoiceFile } from '../../electron/contract/choice-file.ts';
import type { Verdict } from '../../electron/contract/verdict.ts';
import { verdictOnSelection } from '../../electron/engine/measure/evaluation/judged-choices.ts';
import { fitLedger } from '../../electron/engine/measure/evaluation/figure-ledger.ts';
import { type Store, openStore } from '../../electron/engine/store/database.ts';
import { getExport } from '../../electron/engine/store/exports.ts';
import { listScoreRuns } from '../../electron/engine/store/score-runs.ts';
import { getSelection } from '../../electron/engine/store/selections.ts';
import { contextBuffers } from './context-buffers.ts';
import { seeGguf } from './gguf-tools.ts';
import { startCommandLine } from './processes.ts';
import { REFERENCE, ROOT, SAMPLE, THREADS, commandLineHere, run, scratchDir } from './support.ts';
import { words } from '../words.ts';
import { ruleText } from '../../electron/engine/report/model-card.ts';

const home = scratchDir();
const output = join(home, 'best.gguf');
const text = join(home, 'code.txt');
const outside = join(home, 'outside.txt');
const sample = (kind: 'demos' | 'eval', name: string): string =>
  join(ROOT, 'resources/sample', kind, `${name}.${kind === 'demos' ? 'jsonl' : 'txt'}`);
const MAX_PERPLEXITY_ERROR = 0.005;
const MAX_MEMORY_ERROR = 0.05;
const MIB = 2 ** 20;

const DEMOS = ['--demos', sample('demos', 'python'), '--domain', 'code', '--limit', '12'];
const FIT = words`
  fit ${SAMPLE} ${DEMOS} --budget 20.5MB --ctx 512 --allow-requantize --types Q3_K_M,Q2_K --text code=${text}
  math=${outside} --gpu off -o ${output}`;

function stored<T>(read: (store: Store) => T): T {
  const store = openStore(home);
  try {
    return read(store);
  } finally {
    store.close();
  }
}

/** Rows of files that were measured, and of the model itself beside them, with their ids. */
function measured(): number[] {
  return stored((store) =>
    fitLedger(store)
      .list()
      .map(({ id }) => id),
  );
}

/** The perplexity that unpatched llama.cpp measures on every second chunk, which is what proves: it says the perplexity of the first one, the first two, … */
async function stockPerplexity(model: string): Promise<number> {
  const args = ['-m', model, '-f', text, '-c', '512', '--no-escape', '-t', String(THREADS)];
  const { stdout, stderr } = await run(join(REFERENCE, 'stock-perplexity'), args);
  const nats = [...(stdout + stderr).matchAll(/\[(\d+)\]([\d.]+),/g)].map(
    ([, chunks, perplexity]) => Number(chunks) * Math.log(Number(perplexity)),
  );
  const own = nats.map((sum, chunk) => sum - (nats[chunk - 1] ?? 0)).filter((_, chunk) => chunk % 2 === 1);
  expect(own.length).toBeGreaterThan(1);
  return Math.exp(own.reduce((sum, one) => sum + one, 0) / own.length);
}

/** Kills the command, and what it started, as soon as it has measured something. */
async function killOnceMeasured(): Promise<void> {
  const command = startCommandLine(home, FIT);
  await vi.waitUntil(() => measured().length > 0, { timeout: 300_000, interval: 500 });
  command.kill('SIGKILL', 'group');
  await command.finished;
}

/** Does the work, and watches how many bytes scratch files take meanwhile. */
async function watchingScratch<Result>(work: () => Promise<Result>): Promise<{ done: Result; mostBytes: number }> {
  const folder = join(home, 'tmp');
  let mostBytes = 0;
  const timer = setInterval(() => {
    const sizes = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(
      (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0,
    );
    mostBytes = Math.max(
      mostBytes,
      sizes.reduce((sum, bytes) => sum + bytes, 0),
    );
  }, 50);
  const done = await work().finally(() => clearInterval(timer));
  return { done, mostBytes };
}

beforeAll(() => {
  writeFileSync(text, readFileSync(sample('eval', 'python'), 'utf8').slice(0, 14_000));
  writeFileSync(outside, readFileSync(sample('eval', 'math'), 'utf8').slice(0, 12_000));
});

describe('the best file for a budget', () => {
  let plan: FitPlan;
  let result: FitResult & { sentence: string };
  let before: number[];
  let scratchBytes: number;

  beforeAll(async () => {
    const command = commandLineHere(home);
    ({ document: plan } = await command.json<FitPlan>(...FIT, '--estimate'));
    await killOnceMeasured();
    before = measured();
    const { done: found, mostBytes } = await watchingScratch(() => command.json<typeof result>(...FIT));
    expect(found.code, found.stderr).toBe(0);
    result = found.document;
    scratchBytes = mostBytes;
  }, 600_000);

  test('the plan says what is compared and how long it takes, and writes nothing', () => {
    expect(plan.files.map(({ keep, type }) => `${keep} ${type}`)).toContain('32 Q2_K');
    for (const { memoryBytes } of plan.files) expect(memoryBytes).toBeLessThanOrEqual(20.5e6);
    expect(plan.texts).toEqual([
      { name: 'code', inDomain: true },
      { name: 'math', inDomain: false },
    ]);
    expect(plan.seconds).toBeGreaterThan(0);
  });

  test('scratch files take no more than was told, and not much less', () => {
    expect(scratchBytes).toBeLessThanOrEqual(plan.scratchBytes);
    expect(scratchBytes).toBeGreaterThan(plan.scratchBytes / 3);
  });

  test('what a killed search measured is not measured again', () => {
    expect(before.length).toBeGreaterThan(0);
    expect(measured()).toEqual(expect.arrayContaining(before));
    // each file and text once to search, two files to prove, each way of choosing, and the model on the halves in two lengths
    const files = result.files.filter(({ inside }) => inside !== null).length;
    const ways = result.way!.measured!.ways.length;
    expect(measured().length).toBeLessThanOrEqual(files * 2 + 2 + 2 * 2 + 6 + ways);
  });

  test('the file has the bytes that were foretold, and the best file leads or is as good', () => {
    const best = result.files[result.best]!;
    expect(plan.files.find(({ keep, type }) => keep === best.keep && type === best.type)?.bytes).toBe(best.bytes);
    expect(statSync(output).size).toBe(best.bytes);
    expect(best.isContender).toBe(true);
  });

  test('a plain quantisation of the size is in it, and the sentence says how it compares', () => {
    const plain = result.files[result.plain!]!;
    expect(plain).toMatchObject({ keep: 32, type: 'Q2_K' });
    const isPlainBest = result.best === result.plain;
    const { inside, file } = result.over!;
    expect(file === result.plain).toBe(!isPlainBest);
    expect(result.sentence).toMatch(
      isPlainBest
        ? /^For 20\.5 MB: all 32 experts at Q2_K \(9\.3 MB\)\. (Pruning gains at most 1%|Whether pruning helps) at this size/
        : /^For 20\.5 MB: \d+ of 32 experts at Q\d_K_M \(9\.\d MB\)\. A plain Q2_K of that size is (\d+% worse|not measurably)/,
    );
    // nothing is taken that is measurably farther from the model on what the search has not seen
    expect(inside.high).toBeGreaterThanOrEqual(0);
    const confirmed = [result.files[result.best]!, result.files[file]!].map((one) => one.confirmed!.klMean!.value);
    expect(inside.value).toBeCloseTo(confirmed[1]! - confirmed[0]!, 9);
    expect(result.files.filter((one) => one.confirmed !== null)).toHaveLength(2);
  });

  test('search and proof read as many tokens, none of them twice', () => {
    const ofFit = stored((store) => fitLedger(store).list());
    const { searchedTokens, tokens } = result;
    // of chunks of 512 tokens 255 count
    expect(tokens % 255).toBe(0);
    expect(Math.abs(searchedTokens - tokens)).toBeLessThanOrEqual(255);
    const halves = ofFit.filter(({ settings }) => settings.file === null && settings.text.name === 'code');
    expect(new Set(halves.map(({ settings: { text: of } }) => of.half))).toEqual(new Set(['search', 'confirm']));
    expect(new Set(halves.map(({ settings: { text: of } }) => of.whole)).size).toBe(1);
    const nats = (half: 'search' | 'confirm') =>
      halves.filter(({ settings: { text: of } }) => of.half === half).flatMap(({ result: of }) => of.sums?.nll ?? []);
    expect(nats('search').filter((sum) => nats('confirm').includes(sum))).toEqual([]);
  });

  test('the file that it is compared with is written instead where that is asked for, and nothing is measured twice', async () => {
    const rows = measured();
    const other = join(home, 'other.gguf');
    const { document, code, stderr } = await commandLineHere(home).json<FitResult>(
      ...FIT.map((flag) => (flag === output ? other : flag)),
      ...['--other', '--force'],
    );
    expect(code, stderr).toBe(0);
    expect(document).toMatchObject({ best: result.best, written: { path: other } });
    expect(statSync(other).size).toBe(result.files[result.over!.file]!.bytes);
    expect(measured()).toEqual(rows);
  }, 600_000);

  test('unpatched llama.cpp allocates the memory that was foretold', async () => {
    const args = words`-m ${output} -f ${text} -c 512 -b 512 -ub 512 --chunks 1 --no-repack -v`;
    const { stdout, stderr } = await run(join(REFERENCE, 'stock-perplexity'), [...args, '-t', String(THREADS)]);
    const log = `${stdout}\n${stderr}`.split('\n');
    const weights = log.flatMap((line) => /CPU_Mapped model buffer size = +([\d.]+) MiB/.exec(line)?.[1] ?? []);
    const buffers = contextBuffers(log)!;
    const allocated = Number(weights.at(-1)) * MIB + buffers.cacheBytes + buffers.computeBytes;
    const foretold = result.files[result.best]!.memoryBytes;
    expect(Math.abs(foretold / allocated - 1), `${foretold} foretold, ${allocated} allocated`).toBeLessThanOrEqual(
      MAX_MEMORY_ERROR,
    );
  });

  test('unpatched llama.cpp gives the file the perplexity that was said', async () => {
    const expected = await stockPerplexity(output);
    expect(Math.abs(result.perplexity / expected - 1)).toBeLessThanOrEqual(MAX_PERPLEXITY_ERROR);
  });

  test('the file is an export like any other', () => {
    const best = result.files[result.best]!;
    const row = stored((store) => getExport(store, result.written!.exportId!))!;
    expect(row).toMatchObject({ state: 'done', outputPath: output, bytes: best.bytes });
    expect(row.plan).toMatchObject({ keep: best.keep, quantised: { type: best.type, imatrix: 'code.imatrix.gguf' } });
  });

  test('the choice of its experts is stored, all of them or fewer, and has the file’s figures', () => {
    const { exportId } = result.written!;
    const { choice, verdict } = stored((store) => {
      const { selectionId } = getExport(store, exportId!)!.plan;
      return {
        choice: getSelection(store, selectionId!)!,
        verdict: verdictOnSelection(store, selectionId!, () => null, exportId),
      };
    });
    expect(choice.kept[0]).toHaveLength(result.files[result.best]!.keep);
    expect(verdict).toMatchObject({ type: result.files[result.best]!.type, inside: { tokens: result.tokens } });
  });

  test('what was measured of the file is its verdict, and stands in its report and card', async () => {
    const { json } = commandLineHere(home);
    const { document } = await json<{ verdict: Verdict }>('report', '--file', output, '-o', join(home, 'report.html'));
    const { verdict } = document;
    const best = result.files[result.best]!;
    expect(verdict).toMatchObject({ type: best.type, bytes: { pruned: best.bytes, predicted: false } });
    expect(verdict.inside?.parts.map(({ domain }) => domain)).toEqual(['code']);
    expect(verdict.outside?.parts.map(({ domain }) => domain)).toEqual(['math']);
    const [own, full] = [await stockPerplexity(output), await stockPerplexity(SAMPLE)];
    expect(Math.abs(verdict.inside!.ratio.value / (own / full) - 1)).toBeLessThanOrEqual(MAX_PERPLEXITY_ERROR);
    expect(verdict.outside!.ratio.value).toBeCloseTo(best.confirmed!.outside!.value, 6);
    // what the search has seen says nothing there
    expect(verdict.inside!.tokens).toBe(result.tokens);

    const { code, stderr } = await json('report', '--as', 'card', '--file', output, '-o', join(home, 'card.md'));
    expect(code, stderr).toBe(0);
    const card = readFileSync(join(home, 'card.md'), 'utf8');
    // Markdown's own signs are escaped
    expect(card).toContain(` As ${best.type!.replaceAll('_', '&#95;')}: `);
    const [, perplexity = ''] = /\| in domain \| [\d,]+ \| ([\d.]+)/.exec(card) ?? [];
    expect(Math.abs(Number(perplexity) / full - 1)).toBeLessThanOrEqual(MAX_PERPLEXITY_ERROR + 0.005);
    expect(card).toContain(verdict.inside!.ratio.value.toFixed(2));
    expect(card).toContain('of the written file');
    expect(card).not.toContain('Nothing measured yet');
  });
});

describe('a type for each class of tensors', () => {
  const mixed = join(home, 'mixed.gguf');
  const limited = ['--budget', '18.5MB', '--time-limit', '1s'];
  let plan: FitPlan;
  let result: FitResult & { sentence: string };

  beforeAll(async () => {
    const { json } = commandLineHere(home);
    const request = [...FIT.filter((word) => word !== '--types' && word !== 'Q3_K_M,Q2_K').slice(0, -2), ...limited];
    ({ document: plan } = await json<FitPlan>(...request, '--estimate'));
    // the time is up after the first file
    const found = await json<typeof result>(...request, '-o', mixed);
    expect(found.code, found.stderr).toBe(0);
    result = found.document;
  }, 600_000);

  test('the plan has mixes with as many experts as fit, one of them with all, and what of llama.cpp’s own may be better', () => {
    const mixes = plan.files.filter(({ mix }) => mix !== null);
    expect(mixes.map(({ keep }) => keep)).toContain(32);
    expect(new Set(mixes.filter(({ keep }) => keep < 32).map(({ mix }) => mix?.gateUp)).size).toBe(mixes.length - 1);
    for (const { memoryBytes } of plan.files) expect(memoryBytes).toBeLessThanOrEqual(18.5e6);
  });

  test('is written in the bytes that were foretold, and says in its header and its card what it is made of', async () => {
    const best = result.files[result.best]!;
    expect(best.mix).not.toBeNull();
    expect(best).toMatchObject({ bytes: plan.files[0]!.bytes, mix: plan.files[0]!.mix });
    expect(statSync(mixed).size).toBe(best.bytes);
    expect(result.sentence).toContain(`gate+up ${best.mix!.gateUp!.toUpperCase()}, down `);
    const { plan: written } = stored((store) => getExport(store, result.written!.exportId!))!;
    expect(written.quantised?.rules.tensors?.map(({ type }) => type).toSorted()).toEqual(
      Object.values(best.mix!).toSorted(),
    );
    const { json } = commandLineHere(home);
    expect((await json('report', '--as', 'card', '--file', mixed, '-o', join(home, 'mixed.md'))).code).toBe(0);
    expect(readFileSync(join(home, 'mixed.md'), 'utf8')).toContain('--tensor-type');
    const choice = await json<ChoiceFile>(
      'report',
      '--as',
      'choice',
      '--file',
      mixed,
      '-o',
      join(home, 'mixed.choice.json'),
    );
    expect(choice.code, choice.stderr).toBe(0);
    const { quantised } = JSON.parse(readFileSync(join(home, 'mixed.choice.json'), 'utf8')) as ChoiceFile;
    expect(quantised).toMatchObject({ type: best.type, rules: written.quantised?.rules, requantised: true });
  });

  test('unpatched llama.cpp gives it the perplexity that was said, and its report has the figures', async () => {
    const expected = await stockPerplexity(mixed);
    expect(Math.abs(result.perplexity / expected - 1)).toBeLessThanOrEqual(MAX_PERPLEXITY_ERROR);
    const { document } = await commandLineHere(home).json<{ verdict: Verdict }>(
      ...['report', '--file', mixed, '-o', join(home, 'mixed.html')],
    );
    expect(document.verdict.inside?.tokens).toBe(result.tokens);
  });
});

describe('few bytes', () => {
  const narrow = join(home, 'narrow.gguf');
  let plan: FitPlan;
  let result: FitResult & { sentence: string };

  beforeAll(async () => {
    const { json } = commandLineHere(home);
    const base = FIT.filter((word) => word !== '--types' && word !== 'Q3_K_M,Q2_K').slice(0, -2);
    // the time is up after the first file
    const request = [...base, '--budget', '14.6MB', '--time-limit', '1s'];
    ({ document: plan } = await json<FitPlan>(...request, '--estimate'));
    const found = await json<typeof result>(...request, '-o', narrow);
    expect(found.code, found.stderr).toBe(0);
    result = found.document;
  }, 600_000);

  test('leave narrower experts, repaired: header, sentence, card, recipe and result say so', async () => {
    const best = result.files[result.best]!;
    const { width, repair, keep, bytes } = best;
    expect(width).toBeLessThan(1);
    expect(keep * width!).toBeLessThan(0.6 * 32);
    expect(best).toMatchObject({ bytes: plan.files[0]!.bytes, width: plan.files[0]!.width });
    expect(statSync(narrow).size).toBeGreaterThanOrEqual(bytes);
    expect(repair!.isKept).toBe(true);
    expect(repair!.after).toBeLessThan(repair!.before);
    expect(result.sentence).toContain(`${keep} of 32 experts at ${100 * width!}% of their width, gate+up `);
    const { keys, tensors } = await seeGguf(narrow);
    expect(keys.get('winnow.expert_width')?.value).toBe(128 * width!);
    expect(keys.get('qwen3moe.expert_feed_forward_length')?.value).toBe(128 * width!);
    expect(keys.has('winnow.repair')).toBe(true);
    const shapes = tensors.filter(({ name }) => name.endsWith('.ffn_down_exps.weight')).map(({ shape }) => shape);
    expect(new Set(shapes.map(([n, , experts]) => `${n} ${experts}`))).toEqual(new Set([`${128 * width!} ${keep}`]));

    const { json } = commandLineHere(home);
    expect((await json('report', '--as', 'card', '--file', narrow, '-o', join(home, 'narrow.md'))).code).toBe(0);
    expect(readFileSync(join(home, 'narrow.md'), 'utf8')).toContain(`| neurons kept | ${(100 * width!).toFixed(1)} % `);
    const choice = await json<ChoiceFile>(
      'report',
      '--as',
      'choice',
      '--file',
      narrow,
      '-o',
      join(home, 'narrow.choice.json'),
    );
    expect(choice.code, choice.stderr).toBe(0);
    expect((JSON.parse(readFileSync(join(home, 'narrow.choice.json'), 'utf8')) as ChoiceFile).width).toBe(width);
  });

  test('unpatched llama.cpp gives the file the perplexity that was said', async () => {
    const expected = await stockPerplexity(narrow);
    expect(Math.abs(result.perplexity / expected - 1)).toBeLessThanOrEqual(MAX_PERPLEXITY_ERROR);
  });

  test('prune makes the same tensors again from the choice and the words of its types', async () => {
    const [imatrix, again] = [join(home, 'code.imatrix.gguf'), join(home, 'narrow-again.gguf')];
    const { json } = commandLineHere(home);
    const { how, quantised } = stored((store) => getExport(store, result.written!.exportId!))!.plan;
    expect((await json('runs', String(how!.imatrix!.runId), '-o', imatrix, '--force')).code).toBe(0);
    const types = [
      '--type',
      quantised!.type,
      ...ruleText(quantised!.rules),
      '--imatrix',
      imatrix,
      '--allow-requantize',
    ];
    const made = await json(
      ...['prune', SAMPLE, '--choice', join(home, 'narrow.choice.json'), '-o', again],
      ...['--nextn', 'drop', '--width', String(how!.width), '--repair', ...types],
    );
    expect(made.code, JSON.stringify(made.document)).toBe(0);
    const [first, second] = [await seeGguf(narrow), await seeGguf(again)];
    const dataOf = ({ path, tensors }: typeof first): Buffer =>
      readFileSync(path).subarray(Math.min(...tensors.map(({ offset }) => offset)));
    expect(second.tensors.map(({ name, type, shape }) => [name, type, shape])).toEqual(
      first.tensors.map(({ name, type, shape }) => [name, type, shape]),
    );
    expect(dataOf(second).equals(dataOf(first))).toBe(true);
  }, 300_000);
});

test('a text that is too short to be halved is refused by the plan, before anything is scored', async () => {
  const [own, short] = [join(home, 'too-short'), join(home, 'short.txt')];
  writeFileSync(short, readFileSync(text, 'utf8').slice(0, 4000));
  const request = FIT.map((word) => (word === `code=${text}` ? `code=${short}` : word)).slice(0, -2);
  const { code, document } = await commandLineHere(own).json<{ error: { code: string; message: string } }>(
    ...request,
    '--estimate',
  );
  expect(code).toBe(1);
  expect(document.error.code).toBe('TEXT_TOO_SHORT');
  expect(document.error.message).toMatch(/^code has \d+ tokens; a context of 512 needs at least 2048\./);
});

test('a budget that nothing fits is refused with what would be needed', async () => {
  const { code, document } = await commandLineHere(home).json<{ error: { code: string; message: string } }>(
    ...['fit', SAMPLE, '--demos', sample('demos', 'python'), '--budget', '10MB', '--ctx', '512'],
  );
  expect(code).toBe(1);
  expect(document.error.code).toBe('NOTHING_FITS');
  expect(document.error.message).toMatch(
    /^Nothing fits in 10\.0 MB\. The smallest file needs [\d.]+ MB with 512 tokens of context: .*quantised again/,
  );
});

test('whether a budget is enough is known by the model’s header, before demos are read', async () => {
  const noDemos = join(home, 'no-demos.jsonl');
  writeFileSync(noDemos, '');
  const { document } = await commandLineHere(home).json<{ error: { code: string; details: { neededBytes: number } } }>(
    ...['fit', SAMPLE, '--demos', noDemos, '--budget', '8MB', '--ctx', '512', '--allow-requantize', '--estimate'],
  );
  expect(document.error).toMatchObject({
    code: 'NOTHING_FITS',
    details: { neededBytes: expect.any(Number) as number },
  });
  // what it needs is enough
  const { code, document: plan } = await commandLineHere(home).json<FitPlan>(
    ...['fit', SAMPLE, ...DEMOS, '--text', `code=${text}`, '--ctx', '512', '--allow-requantize', '--estimate'],
    ...['--budget', String(document.error.details.neededBytes)],
  );
  expect(code).toBe(0);
  expect(plan.files.length).toBeGreaterThan(0);
});

test('a budget that a shorter conversation leaves room in says how short', async () => {
  const { json } = commandLineHere(home);
  const asked = (ctx: string) =>
    json<{ error: { message: string; details: { fittingCtx: number } } }>(
      ...words`
        fit ${SAMPLE} --demos ${sample('demos', 'python')} --budget 10MB --ctx ${ctx} --allow-requantize
        --estimate`,
    );
  const { code, document } = await asked('1024');
  expect(code).toBe(1);
  const { fittingCtx } = document.error.details;
  expect(document.error.message).toContain(
    ` With ${fittingCtx} tokens of context it fits. A question and its answer together may then have about `,
  );
  expect((await asked(String(fittingCtx))).code).toBe(0);
});

describe('25 demos, and no text', () => {
  const demos = join(home, 'chats.jsonl');
  const some = (count: number): string[] => {
    writeFileSync(demos, readFileSync(sample('demos', 'math'), 'utf8').split('\n').slice(0, count).join('\n'));
    const size = ['--budget', '1GB', '--ctx', '512', '--max-tokens', '60', '--gpu', 'off'];
    return ['fit', SAMPLE, '--demos', demos, '--domain', 'chats', ...size];
  };

  test('are scored, searched on and proved on, each one for one of these', async () => {
    const { json } = commandLineHere(join(home, 'demos-alone'));
    const found = await json<FitResult & { sentence: string }>(...some(25));
    expect(found.code, found.stderr).toBe(0);
    const { document: result } = found;
    expect(result).toMatchObject({ isOnDemos: true, contradicts: false, over: null });
    const store = openStore(join(home, 'demos-alone'));
    const [run] = listScoreRuns(store);
    const rows = fitLedger(store).list();
    store.close();
    expect(run).toMatchObject({ demos: 13 });
    const units = (half: 'search' | 'confirm') =>
      rows.find(({ settings: { text: of } }) => of.domain === 'chats' && of.half === half)!.result.units;
    expect([units('search'), units('confirm')]).toEqual([6, 6]);
    expect(result.cutDemos).toEqual({ cut: expect.any(Number) as number, of: 13, tokens: 60 });
    expect(result.sentence).toMatch(/ \d+ of 13 demos were cut to 60 tokens before experts were chosen by them\.$/);
  });

  test('fewer than 16 are refused', async () => {
    const { code, document } = await commandLineHere(join(home, 'few')).json<{
      error: { code: string; message: string };
    }>(...some(15));
    expect(code).toBe(1);
    expect(document.error).toMatchObject({ code: 'TEXT_TOO_SHORT' });
    expect(document.error.message).toContain('if there are 16 or more, half are left unscored');
  });
});
