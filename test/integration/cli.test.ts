// The command line on the bundled sample: documents, exit codes, help, and one whole pass through score, select, eval and
// prune. What a process of its own adds to that, its streams and exit codes, is looked at from outside.
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ChoiceFile } from '../../electron/contract/choice-file.ts';
import { choiceTextFor } from '../choice-for.ts';
import { z } from 'zod';
import { verdictSchema } from '../../electron/contract/verdict.ts';
import { scoringEstimateSchema } from '../../electron/contract/api/runs.ts';
import { CRITERIA } from '../../electron/contract/criteria.ts';
import { fileHash } from '../hash.ts';
import { commandLine, commandLineHere, ROOT, SAMPLE, scratchDir, THREADS, type Finished } from './support.ts';
import { words } from '../words.ts';

const N_LAYERS = 6;
const N_EXPERT = 32;
const N_USED = 4;
const ON_CPU = ['--gpu', 'off', '--threads', String(THREADS)];

const dir = scratchDir();
const winnow = commandLineHere(join(dir, 'home'));
/** As a process of its own. */
const outside = commandLine(join(dir, 'home'));
const file = (name: string): string => join(dir, name);
const demos = (domain: string): string => join(ROOT, `resources/sample/demos/${domain}.jsonl`);
const heldOut = (domain: string): string => join(ROOT, `resources/sample/eval/${domain}.txt`);

/** Runs a command with --json; stdout must be one document and nothing else. */
async function document<T>(schema: z.ZodType<T>, ...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await winnow.call(...args, '--json');
  expect(code, stderr + stdout).toBe(0);
  expect(stdout.endsWith('}\n') || stdout.endsWith(']\n')).toBe(true);
  return schema.parse(JSON.parse(stdout));
}

const count = z.int().nonnegative();
const share = z.number().min(0).max(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const keptLists = z.array(z.array(count)).length(N_LAYERS);

const inspectDocument = z.strictObject({
  path: z.string(),
  arch: z.string(),
  name: z.string(),
  file_type: z.string(),
  bytes: count,
  parts: count,
  block_count: count,
  moe_layers: z.array(count),
  nextn_layers: z.array(count),
  scored_nextn_layers: z.array(count),
  n_expert: count,
  n_expert_used: count,
  n_expert_groups: count,
  expert_bytes: count,
  context_length: count,
  prunable: z.strictObject({ ok: z.boolean(), reason: z.string().nullable() }),
  fingerprint: sha256.nullable(),
});

const matrix = z.array(z.array(z.number().nonnegative()).length(N_EXPERT)).length(N_LAYERS);
const matrices = z.strictObject({ 'easy-ep': matrix, reap: matrix, ean: matrix, gate: matrix, frequency: matrix });
const scoresDocument = z.strictObject({
  estimate: scoringEstimateSchema,
  model: z.strictObject({
    path: z.string(),
    arch: z.literal('qwen3moe'),
    moe_layers: z.tuple([0, 1, 2, 3, 4, 5].map((block) => z.literal(block)) as [z.ZodLiteral<number>]),
    n_expert: z.literal(N_EXPERT),
    n_expert_used: z.literal(N_USED),
    n_embd: z.literal(256),
    fingerprint: sha256,
    kindred: sha256,
    n_expert_groups: count,
    experts_per_block: count,
  }),
  domain: z.string(),
  tokens: count,
  demos: z.array(z.strictObject({ id: z.string(), hash: sha256, tokens: count })),
  criteria: matrices,
  max_norm: matrix,
});
type Scores = z.infer<typeof scoresDocument>;

const selectDocument = z.strictObject({
  criterion: z.enum(CRITERIA),
  keep: count,
  n_expert: z.literal(N_EXPERT),
  kept: keptLists,
  retained: z.strictObject({ mean: share, min: share, layers: z.array(share).length(N_LAYERS) }),
  domains: z.array(z.strictObject({ domain: z.string(), retained: share })).optional(),
  // the sample has none
  super_experts: z.array(z.never()),
  bytes: z.strictObject({ full: count, pruned: count }),
  choice: z.string().nullable(),
});
type Selection = z.infer<typeof selectDocument>;

/** The ends of a figure's interval. */
function interval<Name extends string>(name: Name): Record<`${Name}_low` | `${Name}_high`, z.ZodNumber> {
  return { [`${name}_low`]: z.number(), [`${name}_high`]: z.number() } as Record<
    `${Name}_low` | `${Name}_high`,
    z.ZodNumber
  >;
}

const evalDocument = z.strictObject({
  perplexity: z.number().positive(),
  ...interval('perplexity'),
  nll: z.number(),
  nll_stderr: z.number().positive(),
  tokens: count,
  ctx: count,
  chunks: count,
  unit: z.enum(['chunk', 'document']),
  units: count,
  warnings: z.array(z.string()),
});
const comparisonDocument = evalDocument.extend({
  // the reference's distributions are stored in 16 bits: near agreement the figure can fall below zero
  kl_mean: z.number().min(-1e-3),
  ...interval('kl_mean'),
  kl_p99: z.number(),
  ...interval('kl_p99'),
  top1_agreement: share,
  ...interval('top1_agreement'),
  full_perplexity: z.number().positive(),
  ...interval('full_perplexity'),
  perplexity_ratio: z.number().positive(),
  ...interval('perplexity_ratio'),
  // a model is no choice against itself
  verdict: z.strictObject({ ...verdictSchema.shape, sentence: z.string() }).exactOptional(),
});

const pruneDocument = z.strictObject({
  output: z.string(),
  bytes: count,
  n_expert: count,
  kept: keptLists,
  sha256: sha256.nullable(),
  seconds: z.number().nonnegative(),
  warnings: z.array(z.string()),
  dry_run: z.literal(true).optional(),
});

function select(...args: string[]): Promise<Selection> {
  return document(selectDocument, 'select', ...args);
}

function evaluate(model: string, ...args: string[]) {
  return ['eval', model, '--text', heldOut('python'), '--ctx', '128', '--chunks', '4', ...ON_CPU, ...args];
}

let python: Scores;
let french: Scores;

beforeAll(async () => {
  const score = (domain: string, limit: string, ...args: string[]) => [
    ...['score', SAMPLE, '--demos', demos(domain), '--limit', limit, '--max-tokens', '200', '--ubatch', '256'],
    ...['--out', file(`${domain}.json`), ...ON_CPU, ...args],
  ];
  python = await document(scoresDocument, ...score('python', '5', '--domain', 'snakes'));
  french = await document(scoresDocument, ...score('french', '3'));
});

describe('inspect', () => {
  test('says what the sample is', async () => {
    expect(await document(inspectDocument, 'inspect', SAMPLE)).toMatchObject({
      path: SAMPLE,
      arch: 'qwen3moe',
      file_type: 'Q8_0',
      bytes: statSync(SAMPLE).size,
      parts: 1,
      block_count: N_LAYERS,
      moe_layers: [0, 1, 2, 3, 4, 5],
      n_expert: N_EXPERT,
      n_expert_used: N_USED,
      prunable: { ok: true, reason: null },
      fingerprint: python.model.fingerprint,
    });
  });
});

describe('score', () => {
  test('writes to --out what it prints', () => {
    const { estimate, ...printed } = python;
    expect(JSON.parse(readFileSync(file('python.json'), 'utf8'))).toEqual(printed);
    expect(estimate).toMatchObject({ demos: 5, tokens: python.tokens, warnings: [] });
  });

  test('says beforehand what it needs', async () => {
    const plan = words`score ${SAMPLE} --demos ${demos('python')} --limit 5 --max-tokens 200 --ubatch 256 ${ON_CPU} --estimate`;
    expect(await document(scoringEstimateSchema, ...plan)).toMatchObject({
      demos: 5,
      tokens: python.tokens,
      nUbatch: 256,
      ubatches: python.estimate.ubatches,
      memory: [{ device: 'CPU', kind: 'host' }],
    });
    const { stdout } = await winnow.call(...plan);
    expect(stdout).toMatch(/^5 demos, \d+ tokens in \d passes of up to 256; KV cache in f16\.$/m);
    expect(stdout).toMatch(/^From disk: 21\.5 MB\.$/m);
    expect(stdout).toMatch(/^Takes about .+ s/m);
  });

  test('names model, domain and demos', () => {
    expect(python.model.path).toBe(basename(SAMPLE));
    expect(python.domain).toBe('snakes');
    expect(french.domain).toBe('french');
    expect(python.demos.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5].map((line) => `python.jsonl:${line}`));
    expect(python.demos.every(({ tokens }) => tokens > 0 && tokens <= 200)).toBe(true);
    expect(python.tokens).toBe(python.demos.reduce((sum, { tokens }) => sum + tokens, 0));
  });

  test('reports on stderr, and the outcome alone on stdout', async () => {
    const args = ['score', SAMPLE, '--demos', demos('math'), '--limit', '2', '--max-tokens', '40', ...ON_CPU];
    const { code, stdout, stderr } = await winnow.call(...args);
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(stdout).toMatch(/^2 demos of math, 80 tokens, 6 MoE layers of 32 experts: scored in .+ \(run \d+\)\.$/m);
    expect(stderr).toMatch(/^scoring +\d+ %/m);

    const again = await winnow.call(...args);
    expect(again.stdout).toContain('scored earlier');
    expect(again.stderr).not.toContain('scoring');
    expect((await winnow.call(...args, '--fresh')).stdout).toMatch(/scored in /);
  });
});

describe('select', () => {
  const keep16 = ['--scores', file('python.json'), '--keep', '16'];

  test('keeps the highest scores and writes the choice', async () => {
    const selection = await select(...keep16, '-o', file('choice16.json'));
    const scored = python.criteria['easy-ep'];
    const expected = scored.map((row) =>
      row
        .map((score, expert) => ({ score, expert }))
        .sort((a, b) => b.score - a.score || a.expert - b.expert)
        .slice(0, 16)
        .map(({ expert }) => expert)
        .sort((a, b) => a - b),
    );
    expect(selection.kept).toEqual(expected);
    expect(selection).toMatchObject({
      criterion: 'easy-ep',
      keep: 16,
      choice: file('choice16.json'),
    });
    expect(JSON.parse(readFileSync(file('choice16.json'), 'utf8'))).toMatchObject({
      format: 'winnow-choice',
      model: { file: basename(SAMPLE), fingerprint: python.model.fingerprint, n_expert: N_EXPERT },
      criterion: 'easy-ep',
      settings: {
        grouping: 'ungrouped',
        activeExperts: null,
        demos: [{ tokens: python.tokens }],
      },
      kept: expected,
    });
    selection.retained.layers.forEach((retained, layer) => {
      const row = scored[layer] ?? [];
      const sum = (experts: readonly number[]) => experts.reduce((total, e) => total + (row[e] ?? NaN), 0);
      expect(retained).toBeCloseTo(sum(expected[layer] ?? []) / sum(row.map((_, e) => e)), 9);
    });
  });

  test('honours pins and drops', async () => {
    const plain = await select(...keep16);
    const dropped = plain.kept[0]?.[0] ?? -1;
    const pinned = Array.from({ length: N_EXPERT }, (_, e) => e).find((e) => !plain.kept[3]?.includes(e)) ?? -1;
    const changed = await select(...keep16, '--pin', `3:${pinned}`, '--forbid', `0:${dropped}`);
    expect(changed.kept[0]).toHaveLength(16);
    expect(changed.kept[0]).not.toContain(dropped);
    expect(changed.kept[3]).toHaveLength(16);
    expect(changed.kept[3]).toContain(pinned);
    expect(changed.kept.filter((_, layer) => layer !== 0 && layer !== 3)).toEqual(
      plain.kept.filter((_, layer) => layer !== 0 && layer !== 3),
    );
    expect(changed.retained.mean).toBeLessThan(plain.retained.mean);
  });

  test('fits a memory size', async () => {
    const info = await document(inspectDocument, 'inspect', SAMPLE);
    const tooSmall = await winnow.json('select', '--scores', file('python.json'), '--fit', '1MB', '--ctx', '512');
    expect(tooSmall).toMatchObject({ code: 1, document: { error: { code: 'SELECTION_IMPOSSIBLE' } } });
    const { details } = (tooSmall.document as { error: { details: { neededBytes: number; smallestKeep: number } } })
      .error;
    // beside them 6 layers of 2 key-value heads, 64 wide, keys and values in half precision
    const needed = (keep: number, cells: number) =>
      details.neededBytes +
      ((keep - details.smallestKeep) * info.expert_bytes) / N_EXPERT +
      (cells - 512) * 6 * 2 * (64 + 64) * 2;
    const fit = (bytes: number, ctx: string) =>
      select('--scores', file('python.json'), '--fit', String(Math.round(bytes)), '--ctx', ctx);
    expect((await fit(needed(20.5, 512), '512')).keep).toBe(20);
    expect((await fit(needed(20.5, 512), '1024')).keep).toBe(18); // 1.5 MiB more for the cache: 2.4 experts
    expect((await fit(needed(33, 512), '512')).keep).toBe(N_EXPERT);
  });

  test('mixes domains by shares and by weights', async () => {
    const both = ['--scores', file('python.json'), file('french.json'), '--keep', '12'];
    const alone = [
      await select('--scores', file('python.json'), '--keep', '12'),
      await select('--scores', file('french.json'), '--keep', '12'),
    ];
    const shares = await select(...both);
    expect(shares.domains?.map(({ domain }) => domain)).toEqual(['snakes', 'french']);
    expect((await select(...both, '--mix', '1,1')).kept).toEqual(shares.kept);
    expect((await select(...both, '--mix', '1,0')).kept).toEqual(alone[0]?.kept);
    expect((await select(...both, '--mix', '0,1')).kept).toEqual(alone[1]?.kept);
  });

  test('suggests a faster count on stderr, where there is a GPU', async () => {
    const { document: doctor } = await winnow.json<{ devices: { backend: string }[] }>('doctor');
    const hasGpu = doctor.devices.some(({ backend }) => backend !== 'CPU');
    const { stdout, stderr } = await winnow.call('select', '--scores', file('python.json'), '--keep', '15');
    expect(stderr.includes('8 or 16')).toBe(hasGpu);
    expect(stdout).toContain('15 of 32 experts kept');
  });
});

describe('prune and eval', () => {
  test('the pruned file is what was selected, previewed and predicted', async () => {
    const output = file('pruned16.gguf');
    const selection = await select('--scores', file('python.json'), '--keep', '16', '-o', file('choice16.json'));
    const preview = await document(comparisonDocument, ...evaluate(SAMPLE, '--choice', file('choice16.json')));
    const alone = await document(evalDocument, ...evaluate(SAMPLE, '--choice', file('choice16.json'), '--no-against'));
    const pruned = await document(pruneDocument, 'prune', SAMPLE, '--choice', file('choice16.json'), '-o', output);
    const measured = await document(comparisonDocument, ...evaluate(output, '--against', SAMPLE));
    const full = await document(evalDocument, ...evaluate(SAMPLE));

    expect(pruned).toMatchObject({ output, n_expert: 16, kept: selection.kept, bytes: statSync(output).size });
    expect(pruned.sha256).toBe(fileHash(output));
    expect(Math.abs(selection.bytes.pruned - pruned.bytes)).toBeLessThan(64 << 10);
    expect(await document(inspectDocument, 'inspect', output)).toMatchObject({ n_expert: 16, n_expert_used: N_USED });

    expect(Math.abs(measured.perplexity / preview.perplexity - 1)).toBeLessThan(0.002);
    expect(Math.abs(measured.kl_mean - preview.kl_mean)).toBeLessThan(0.002);
    expect(preview.kl_mean).toBeGreaterThan(0.01);
    expect(full).toMatchObject({ ctx: 128, chunks: 4, tokens: 4 * 63 });
    expect(full.perplexity).toBeCloseTo(Math.exp(full.nll), 9);
    expect(full.perplexity).not.toBe(preview.perplexity);
    expect(preview.full_perplexity).toBeCloseTo(full.perplexity, 4);
    expect(alone.perplexity).toBe(preview.perplexity);

    expect(preview).toMatchObject({ unit: 'chunk', units: 4 });
    expect(preview.perplexity_ratio).toBeCloseTo(preview.perplexity / full.perplexity, 4);
    for (const name of ['perplexity', 'perplexity_ratio', 'kl_mean', 'kl_p99', 'top1_agreement'] as const) {
      expect(preview[`${name}_low`], name).toBeLessThanOrEqual(preview[name]);
      expect(preview[`${name}_high`], name).toBeGreaterThanOrEqual(preview[name]);
    }
    // paired, the interval is much narrower
    const width = (name: 'perplexity' | 'perplexity_ratio'): number => preview[`${name}_high`] / preview[`${name}_low`];
    expect(width('perplexity_ratio') - 1).toBeLessThan((width('perplexity') - 1) / 2);
  });

  test('what is known of a choice is judged alike by eval, on what it has just measured, and by the report', async () => {
    // what was scored as Snakes
    const inDomain = await winnow.call(...evaluate(file('pruned16.gguf'), '--against', SAMPLE, '--domain', 'snakes'));
    const [inside] = inDomain.stdout.trimEnd().split('\n').slice(-1);
    expect(inside).toMatch(/snakes.* 12\.6 MB instead of 22\.8 MB\. Perplexity on snakes: .+\. .+$/);
    const outside = ['eval', file('pruned16.gguf'), '--text', heldOut('french'), '--ctx', '128', '--chunks', '4'];
    const { verdict } = await document(comparisonDocument, ...outside, ...ON_CPU, '--against', SAMPLE);
    expect(verdict).toMatchObject({
      domains: ['snakes'],
      inside: { parts: [{ domain: 'snakes' }] },
    });
    expect(verdict?.outside?.parts.map(({ domain }) => domain)).toContain('french');
    expect(verdict?.sentence).toMatch(/ Perplexity on snakes: .+ Perplexity on french: .+\.$/);
    const report = await winnow.call('report', '--file', file('pruned16.gguf'), '-o', file('judged.html'));
    expect(report.stdout).toBe(`${verdict?.sentence}\n${file('judged.html')}\n`);
    const page = readFileSync(file('judged.html'), 'utf8')
      .replaceAll(/<[^>]*>/g, '')
      .replaceAll(/\s+/g, ' ');
    expect(page).toContain(verdict?.sentence);
    // experts that no selection and no file here keeps
    const elsewhere = commandLineHere(join(dir, 'no-selection'));
    const masked = await elsewhere.call(...evaluate(SAMPLE, '--choice', file('choice16.json'), '--against', SAMPLE));
    expect(masked.stdout).toMatch(
      /12\.\d MB instead of 22\.8 MB\. Perplexity on (?:python|text of no known domain): .+\n$/,
    );
  });

  test('what the experts were chosen by is no text to measure on', async () => {
    // told by the stored plan, by the file's own keys, by the mask, and by a scores file: the latter three know no database
    const elsewhere = commandLineHere(join(dir, 'elsewhere'));
    const on = (...texts: string[]) => ['--text', ...texts, '--ctx', '32', '--chunks', '2', ...ON_CPU];
    const masked = [SAMPLE, '--choice', file('choice16.json')];
    const { kept } = JSON.parse(readFileSync(file('choice16.json'), 'utf8')) as ChoiceFile;
    writeFileSync(file('bare16.json'), await choiceTextFor(SAMPLE, kept));
    const bare = [SAMPLE, '--choice', file('bare16.json')];
    for (const [line, model] of [
      [winnow, bare],
      [elsewhere, masked],
      [elsewhere, [file('pruned16.gguf')]],
      [elsewhere, [...bare, '--scores', file('python.json')]],
    ] as const) {
      const refused = await line.json<{ error: { code: string; message: string } }>(
        'eval',
        ...model,
        ...on(demos('python')),
      );
      expect(refused.code).toBe(1);
      expect(refused.document.error.code).toBe('CALIBRATION_OVERLAP');
      expect(refused.document.error.message).toMatch(/python\.jsonl:1.*4 more/);
    }
    // of a file that says nothing of its experts, only the scores tell
    writeFileSync(file('two.jsonl'), readFileSync(demos('python'), 'utf8').split('\n').slice(0, 2).join('\n'));
    const asked = ['--prompts', file('two.jsonl'), '--scores', file('python.json'), ...ON_CPU];
    const refused = await elsewhere.json<{ error: { code: string } }>('eval', SAMPLE, ...asked);
    expect(refused.document.error.code).toBe('CALIBRATION_OVERLAP');
    const known = await elsewhere.call('eval', ...masked, ...on(heldOut('python')));
    expect(known.stderr).not.toContain('warning');
    const unknown = await elsewhere.call('eval', ...bare, ...on(heldOut('python')));
    expect(unknown.code, unknown.stderr).toBe(0);
    expect(unknown.stderr).toContain('--scores');
    // the chosen demos alone: a text that holds one of them word for word
    const { text } = JSON.parse(readFileSync(demos('python'), 'utf8').split('\n')[0] ?? '') as { text: string };
    writeFileSync(file('leak.txt'), `${readFileSync(heldOut('python'), 'utf8')}\n${text}`);
    const leak = await winnow.call('eval', ...masked, ...on(file('leak.txt')));
    expect(leak.stderr).toMatch(/leak\.txt holds 100% of the demo python\.jsonl:1/);
  });

  test('documents are told apart', async () => {
    const rows = readFileSync(demos('french'), 'utf8').split('\n').slice(5, 8);
    writeFileSync(file('rows.jsonl'), rows.join('\n'));
    const texts = ['--text', file('rows.jsonl'), '--ctx', '128', ...ON_CPU];
    const result = await document(comparisonDocument, 'eval', SAMPLE, ...texts, '--against', SAMPLE);
    expect(result).toMatchObject({ unit: 'document', units: rows.length });
    // all of a document's first piece but its first token, and the second half of each further one, of which the last may be short
    const first = rows.length * 127;
    expect(result.tokens).toBeLessThanOrEqual(first + (result.chunks - rows.length) * 64);
    expect(result.tokens).toBeGreaterThanOrEqual(first + (result.chunks - 2 * rows.length) * 64);
  });

  test('positions beyond the trained context are measured only with a warning', async () => {
    const at = (ctx: string) => ['eval', SAMPLE, '--text', heldOut('python'), '--ctx', ctx, '--chunks', '2', ...ON_CPU];
    const { document: beyond, stderr } = await winnow.json<z.infer<typeof evalDocument>>(...at('1026'));
    expect(beyond.warnings).toEqual([expect.stringMatching(/trained on contexts of 1024 tokens: with 1026/)]);
    expect(stderr).toContain(`warning: ${beyond.warnings[0]}`);
    expect((await document(evalDocument, ...at('1024'))).warnings).toEqual([]);
  });

  test('a model agrees with itself', async () => {
    const same = await document(comparisonDocument, ...evaluate(SAMPLE, '--chunks', '2', '--against', SAMPLE));
    expect(same.verdict).toBeUndefined();
    expect(same.top1_agreement).toBe(1);
    expect(Math.abs(same.kl_mean)).toBeLessThan(1e-3);
  });
});

describe('runs and doctor', () => {
  test('lists the runs, newest first', async () => {
    const run = z.strictObject({
      id: count,
      domain: z.string(),
      state: z.literal('done'),
      demos: count,
      scored_demos: count,
      tokens: count,
      seconds: z.number(),
      started: z.iso.datetime(),
      settings: z.looseObject({ nUbatch: count, maxTokens: count }),
    });
    const runs = await document(z.array(run), 'runs');
    expect(runs.at(-1)).toMatchObject({ id: 1, domain: 'snakes', demos: 5, scored_demos: 5, tokens: python.tokens });
    expect(runs.at(-2)).toMatchObject({ id: 2, domain: 'french', demos: 3, tokens: french.tokens });
    const { stdout } = await winnow.call('runs');
    expect(stdout.trim().split('\n')).toHaveLength(2 + runs.length);

    mkdirSync(file('empty-home'));
    const nothing = await commandLineHere(file('empty-home')).call('runs');
    expect(nothing).toMatchObject({
      code: 0,
      stdout: 'No score runs yet. Start with: winnow score MODEL.gguf --demos FILE\n',
    });
  });

  test('reports a sound machine', async () => {
    const schema = z.strictObject({
      llama: z.string().regex(/^v\d+\.\d+\.\d+$/),
      devices: z.array(z.looseObject({ name: z.string(), backend: z.string(), type: z.string() })).min(1),
      gpu_backends: z.array(z.string()),
      gpu_problems: z.array(z.strictObject({ backend: z.string(), why: z.string().regex(/\.$/) })),
      machines: z.array(z.never()),
      database: z.strictObject({ path: z.literal(join(dir, 'home/winnow.db')), problem: z.null() }),
      memory: z.strictObject({ total: count, free: count }),
      node: z.literal(process.version),
    });
    const { devices, ...found } = await document(schema, 'doctor');
    expect(devices.map(({ type }) => type)).toContain('cpu');
    // each backend that is installed has a device, or a reason why not
    const explained = new Set([
      ...devices.map(({ backend }) => backend.toLowerCase()),
      ...found.gpu_problems.map(({ backend }) => backend),
    ]);
    expect(found.gpu_backends.filter((kind) => !explained.has(kind))).toEqual([]);
    const { stdout } = await winnow.call('doctor');
    expect(stdout).toMatch(/^database +.+winnow\.db: sound$/m);
  });
});

describe('help', () => {
  const WITH_EXAMPLE = ['score', 'select', 'prune', 'eval'];
  const help: Record<string, Finished> = {};

  beforeAll(async () => {
    for (const command of WITH_EXAMPLE) help[command] = await winnow.call(command, '--help');
    help['winnow'] = await winnow.call('--help');
  });

  test('gives examples that are good usage', async () => {
    const examples = ['winnow', ...WITH_EXAMPLE].flatMap((command) => {
      const lines = (help[command]?.stdout ?? '').match(/^ {2}winnow (?:inspect|score|select|prune|eval) .+$/gm) ?? [];
      expect(lines.length, command).toBeGreaterThan(0);
      return lines.map((line) => line.trim().replace(/ {2,}.*$/, ''));
    });
    for (const example of new Set(examples)) {
      const answer = await winnow.json(...example.split(/\s+/).slice(1));
      // there is no such file: everything else in it must be right
      expect({ example, ...answer }).toMatchObject({ code: 1, document: { error: { code: 'FILE_NOT_FOUND' } } });
    }
  });
});

test('"-" is the name of a file, as any other', async () => {
  for (const [command, flag] of [
    ['score', '--demos'],
    ['eval', '--text'],
    ['eval', '--choice'],
  ] as const) {
    const rest = flag === '--choice' ? ['--text', demos('python')] : [];
    const { code, document } = await winnow.json(command, SAMPLE, flag, '-', ...rest);
    expect({ code, document }).toMatchObject({ code: 1, document: { error: { code: 'FILE_NOT_FOUND' } } });
  }
});

describe('what is there already', () => {
  const few = [...['score', SAMPLE, '--demos', demos('python'), '--limit', '1', '--max-tokens', '64'], ...ON_CPU];
  const results: Record<string, (path: string) => string[]> = {
    scores: (path) => [...few, '--out', path],
    'an importance matrix': (path) => [...few, '--imatrix', path],
    'a run’s importance matrix': (path) => ['runs', String(matrixRun), '-o', path],
    'a choice': (path) => ['select', '--scores', file('french.json'), '--keep', '8', '-o', path],
    'a report': (path) => ['report', '--selection', String(selection), '-o', path],
  };
  let matrixRun = 0;
  let selection = 0;

  beforeAll(async () => {
    const written = z.looseObject({ imatrix: z.looseObject({ run: count }) });
    matrixRun = (await document(written, ...few, '--imatrix', file('first.imatrix.gguf'))).imatrix.run;
    await winnow.call('select', '--scores', file('french.json'), '--keep', '8');
    const listed = await document(z.array(z.looseObject({ id: count })), 'select');
    selection = Math.max(...listed.map(({ id }) => id));
  });

  test.each(Object.keys(results))('%s takes its own place, and no other file’s unless forced', async (what) => {
    const command = results[what]!;
    const path = file(`there-${Object.keys(results).indexOf(what)}`);
    for (let time = 0; time < 2; time++) expect(await winnow.call(...command(path))).toMatchObject({ code: 0 });
    const own = readFileSync(path);
    writeFileSync(path, readFileSync(SAMPLE));
    const refused = await winnow.call(...command(path));
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(`${path} already exists`);
    expect(readFileSync(path).equals(readFileSync(SAMPLE))).toBe(true);
    expect(await winnow.call(...command(path), '--force')).toMatchObject({ code: 0 });
    expect(readFileSync(path).subarray(0, 32)).toEqual(own.subarray(0, 32));
  });

  test.each([
    ['prune', ['prune', SAMPLE, '--choice', file('there-3'), '-o']],
    ['quantize', ['quantize', SAMPLE, '--type', 'Q4_0', '--allow-requantize', '-o']],
    ['respond', ['respond', SAMPLE, '--demos', demos('python'), '--out']],
  ])('nor is it one for %s', async (_, command) => {
    const { code, stderr } = await winnow.call(...command, join(dir, 'home', 'winnow.db'), '--force');
    expect(code, stderr).toBe(1);
    expect(stderr).toContain('what Winnow keeps for itself');
  });
});

describe('exit codes', () => {
  const bad: Record<string, readonly string[]> = {
    'no command': [],
    'an unknown command': ['prun'],
    'an unknown option': ['runs', '--all'],
    'a missing argument': ['inspect'],
    'a missing required option': ['score', SAMPLE],
    'too many arguments': ['runs', 'all'],
    'a word for a number': ['score', SAMPLE, '--demos', demos('math'), '--limit', 'few'],
    'a number out of range': ['score', SAMPLE, '--demos', demos('math'), '--limit', '0'],
    'an unknown choice': ['eval', SAMPLE, '--text', heldOut('math'), '--gpu', 'amiga'],
    'options that exclude each other': ['select', '--scores', file('python.json'), '--keep', '8', '--fit', '1GiB'],
    'neither of two options': ['select', '--scores', file('python.json')],
    'a bad share': ['select', '--scores', file('python.json'), '--keep', '1.5'],
    'a bad size': ['select', '--scores', file('python.json'), '--fit', 'large'],
    'a bad expert': ['select', '--scores', file('python.json'), '--keep', '8', '--pin', '3'],
    'an expert beyond all models': words`select --scores ${file('python.json')} --keep 8 --pin ${'9'.repeat(20)}:1`,
    'a bad mix': ['select', '--scores', file('python.json'), '--keep', '8', '--mix', 'stirred'],
    'more weights than domains': ['select', '--scores', file('python.json'), '--keep', '8', '--mix', '1,2'],
    'an odd context': ['eval', SAMPLE, '--text', heldOut('math'), '--ctx', '127'],
  };

  test.each(Object.entries(bad))('2 for %s', async (_, args) => {
    const { code, document, stderr } = await winnow.json(...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    const { error } = z
      .strictObject({
        error: z.strictObject({ code: z.literal('USAGE'), message: z.string().min(10), details: z.looseObject({}) }),
      })
      .parse(document);
    expect(error.message).not.toMatch(/^error|parameters that it does not take/);
  });

  test('2 with the message on stderr and nothing on stdout', async () => {
    const { code, stdout, stderr } = await outside.call('runs', '--all');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe("error: unknown option '--all'\nSee: winnow runs --help\n");
  });

  test('names the option that was mistyped, not the one that is missing for it', async () => {
    const { code, stderr } = await winnow.call('score', '--dmos', demos('math'));
    expect(code).toBe(2);
    expect(stderr).toBe("error: unknown option '--dmos'\n(Did you mean --demos?)\nSee: winnow score --help\n");
    const forged = await winnow.call('score', '--dmos\nerror: forged\u001B[2J');
    expect(forged.stderr).toBe(
      "error: unknown option '--dmos\uFFFDerror: forged\uFFFD[2J'\nSee: winnow score --help\n",
    );
    const missing = await winnow.call('score', SAMPLE);
    expect(missing.stderr).toContain("required option '--demos <files...>' not specified");
  });

  test('1 for a failure', async () => {
    const missing = file('missing.gguf');
    const { code, document, stderr } = await winnow.json('inspect', missing);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(document).toMatchObject({ error: { code: 'FILE_NOT_FOUND', details: { path: missing } } });
    const text = await outside.call('inspect', missing);
    expect(text).toEqual({ code: 1, stdout: '', stderr: `error: There is no file ${missing}. Check the path.\n` });
  });

  test('0 for the version', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(await outside.call('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});
