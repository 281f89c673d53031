// The second half of `npm run bench:quality [-- MODEL...]`: what pruning costs the bundled sample and other models, by every way to choose experts, over
// all its domains. With --write the tables go to docs/measured/quality.md; --quick takes a few minutes and writes nothing.
// What an earlier run has measured is not measured again: remove native/build/bench/quality to begin anew.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  domainTable,
  localisationTable,
  methodTable,
  overlapTable,
  withInterval,
} from '../../electron/cli/study-tables.ts';
import type { GenerationRate } from '../../electron/contract/api/generations.ts';
import { CRITERIA } from '../../electron/contract/criteria.ts';
import type { CompareRequest } from '../../electron/contract/requests.ts';
import { Engine, type Hooks } from '../engine.ts';
import { engineHere, type EngineHere } from '../../electron/engine/app/session/engine-here.ts';
import { sampleFiles } from '../../electron/engine/base/files/sample-files.ts';
import type { StoredGeneration } from '../../electron/engine/measure/generation/stored-generation.ts';
import type { Method } from '../../electron/engine/measure/study/methods.ts';
import type { Study } from '../../electron/engine/measure/study/run-compare.ts';
import { rowsOf } from '../../electron/engine/measure/study/summary.ts';
import { COMPARISON_NOTE, comparisonTable, observationsOf } from './comparisons.ts';
import { madeBy, publish, table } from './measured-documents.ts';
import { DOMAINS, MODELS, ranAs, sections } from './measured-models.ts';
import { reportText } from './report-texts.ts';

const QUICK = process.argv.includes('--quick');
const WORK = fileURLToPath(new URL(`../../native/build/bench/quality${QUICK ? '-quick' : ''}/`, import.meta.url));
const PLACEMENT = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 1 } as const;
/** As the paper calibrates. */
const DEMOS = 25;
const CHUNKS = QUICK ? 3 : 4;
const CTX = 512;
const KEEP = QUICK ? ['0.5'] : ['0.75', '0.5', '0.25'];
const HALF = '0.5';
const ROUNDS = 2;
const SEEDS = 3;
const ANSWER = { maxTokens: 200, temperature: 0.6, seed: 1 };
const GENERATION = { limit: QUICK ? 20 : 120, maxTokens: 160 };
const RIVALS: readonly [Method, string][] = [
  ...(['reap', 'ean', 'gate', 'frequency', 'random'] as const).map((name): [Method, string] => [name, name]),
  ['gateNorm', 'without the token term'],
  ['gateTurn', 'without the norm'],
];

function hooks(step: string): Hooks {
  return {
    onProgress: ({ done, total, etaMs }) => {
      const left = etaMs === undefined ? '' : `, ${Math.ceil(etaMs / 60_000)} min left`;
      process.stderr.write(`\r\u001b[K${step} ${Math.floor((100 * done) / total)} %${left}`);
    },
  };
}

const COMPARE: Omit<CompareRequest, 'model' | 'demos' | 'texts'> = {
  limit: DEMOS,
  maxTokens: 0,
  nUbatch: 2048,
  criteria: [...CRITERIA],
  ablations: true,
  seeds: SEEDS,
  rounds: ROUNDS,
  mix: true,
  keep: KEEP,
  grouping: 'ungrouped',
  ctx: CTX,
  chunks: CHUNKS,
  placement: PLACEMENT,
};

function studyOf(engine: Engine, model: string): Promise<Study> {
  return engine.compare(
    {
      ...COMPARE,
      model,
      demos: DOMAINS.map((domain) => ({ domain, files: [sampleFiles(domain).demos] })),
      texts: DOMAINS.map((name) => ({ name, file: reportText(name) })),
    },
    hooks(`comparing criteria, ${basename(model)}`),
  );
}

function criteriaPart(study: Study): string {
  return `### Criteria, ablations, mixtures, rounds

Experts are chosen by ${DEMOS} demos of one domain, and the others masked. Each cell is the geometric mean over the ${DOMAINS.length} domains of perplexity over
the full model's, with a 95 % interval of the text (bootstrap over chunks of ${CTX} tokens, ${CHUNKS} a text). KL divergence (nats) and agreement of the
likeliest token are means. "In domain" is the text of the domain whose demos chose; "out of domain" is all other texts. Random choices
(seeds 1 to ${SEEDS}) and mixtures of all domains are the same for every text. Rounds score again under the mask of the round before.

${study.counts.map((keep) => tableOf(methodTable(study, keep))).join('\n\n')}

Each domain by itself, half of the experts kept, perplexity over the full model's:

${tableOf(domainTable(study, study.counts[KEEP.indexOf(HALF)]!))}

### Few-shot localisation

Share of the experts kept with ${DEMOS} demos that fewer of them find (easy-ep): mean over 8 random orders of the demos, and in the worst and best
of them.

${study.counts.map((keep) => tableOf(localisationTable(study, keep))).join('\n\n')}

Overlap of the experts that two domains keep: Jaccard index, mean over the layers.

${study.counts.map((keep) => tableOf(overlapTable(study, keep))).join('\n\n')}`;
}

/** So that nobody has to look for where easy-ep loses. */
function rivalsPart(studies: ReadonlyMap<string, Study>): string {
  const tables = KEEP.map((share, at) =>
    comparisonTable(
      `over easy-ep, ${100 * Number(share)} % kept`,
      RIVALS.map(([method, name]) => ({
        name,
        observations: [...studies].flatMap(([model, { rows, counts }]) =>
          observationsOf(model, rowsOf(rows, method, counts[at]!, 'in')),
        ),
      })),
    ),
  );
  return `## Other ways beside easy-ep\n\n${COMPARISON_NOTE}\n\n${tables.join('\n\n')}`;
}

/** The paper's strongest setting: the prompt and the model's own answer. */
async function answersPart(engine: Engine, model: string): Promise<string> {
  const { demos } = sampleFiles('math');
  const prompts = join(WORK, `${basename(model)}-prompts.jsonl`);
  const lines = readFileSync(demos, 'utf8').trim().split('\n');
  writeFileSync(
    prompts,
    lines.map((line) => JSON.stringify({ prompt: (JSON.parse(line) as { question: string }).question })).join('\n'),
  );
  const own = join(WORK, `${basename(model)}-own-answers.jsonl`);
  const outcome = await engine.run(
    'respond',
    {
      model,
      demos: { kind: 'files', files: [demos], output: own, limit: DEMOS, replaceAnswers: true, overwrite: true },
      ...ANSWER,
      placement: PLACEMENT,
    },
    hooks('answering the math demos'),
  );
  const rows: string[][] = [];
  for (const [name, file] of [
    ['prompt only', prompts],
    ['prompt and the demo’s answer', demos],
    ['prompt and the model’s own answer', own],
  ] as const) {
    const study = await engine.compare(
      {
        ...COMPARE,
        model,
        criteria: ['easy-ep'],
        ablations: false,
        seeds: 1,
        rounds: 1,
        mix: false,
        demos: [{ domain: 'math', files: [file] }],
        texts: [{ name: 'math', file: reportText('math') }],
      },
      hooks(name),
    );
    const cells = study.counts.map((keep) => {
      const row = rowsOf(study.rows, 'easy-ep', keep, 'in')[0];
      return row ? withInterval(row.ratio) : '';
    });
    rows.push([name, String(study.domains[0]?.tokens ?? ''), ...cells]);
  }
  return `### The model's own answers

The math demos (${DEMOS}; the other domains' demos are texts without question and answer) scored in three ways; perplexity of the math report text over the
full model's, easy-ep; the intervals are of the text, one set of demos and answers each. ${outcome.answered + outcome.resumed} of ${outcome.demos} demos have an own answer (temperature ${ANSWER.temperature}, seed ${ANSWER.seed}, at most ${ANSWER.maxTokens} tokens).

${table(['scored', 'tokens', ...KEEP.map((share) => `${Number(share) * 100} % kept`)], rows)}`;
}

async function generationPart(engine: Engine, here: EngineHere, model: string): Promise<string> {
  const { demos } = sampleFiles('math');
  const prompts = join(WORK, `${basename(model)}-held-out-problems.jsonl`);
  // "question\nanswer", blank line
  const problems = readFileSync(reportText('math'), 'utf8')
    .trim()
    .split('\n\n')
    .map((problem) => {
      const end = problem.indexOf('\n');
      return JSON.stringify({ question: problem.slice(0, end), answer: problem.slice(end + 1) });
    });
  writeFileSync(prompts, problems.join('\n'));
  const scored = await engine.score({
    model,
    demos: { kind: 'files', files: [demos], domain: 'math' },
    limit: DEMOS,
    maxTokens: 0,
    nUbatch: COMPARE.nUbatch,
    placement: PLACEMENT,
    fresh: false,
  });
  const scores = join(WORK, `${basename(model)}-math.scores.json`);
  await engine.writeScores(scored, scores);

  const rows: string[][] = [];
  for (const [criterion, keep] of [...KEEP.map((share) => ['easy-ep', share] as const), ['random', '0.5'] as const]) {
    const mask = join(WORK, `${basename(model)}-${criterion}-${keep}.mask.json`);
    const selection = await here.client.call('selections.compute', {
      request: {
        files: [here.grant(scores, 'read')],
        criterion,
        keep: { kind: 'typed', text: keep },
        mix: 'shares',
        pins: [],
        drops: [],
        grouping: 'ungrouped',
        seed: 1,
        tokens: null,
        superExperts: 'pin',
      },
      remember: true,
      mask: here.grant(mask, 'write'),
    });
    const name = `${criterion}, ${selection.keep} of ${selection.nExpert}`;
    const [full, variant] = await engine.checkGenerations(
      {
        model,
        mask,
        prompts: [prompts],
        domain: 'math',
        grouping: 'ungrouped',
        ...GENERATION,
        samples: 0,
        temperature: 1,
        placement: PLACEMENT,
      },
      hooks(`generating, ${name}`),
    );
    if (full && rows.length === 0) rows.push(generationRow('full', full));
    if (variant) rows.push(generationRow(name, variant));
  }
  return `### What the pruned models write

Greedy answers to ${Math.min(GENERATION.limit, problems.length)} problems of the math report text, at most ${GENERATION.maxTokens} tokens each; in brackets 95 % intervals of the problems (Wilson). The models are toys: the
full ones hardly solve a problem themselves. What counts is the difference to them.

${table(['model', 'loops', 'cut off at the limit', 'right answers', 'median tokens', 'same completion as full'], rows)}`;
}

function generationRow(name: string, { figures: { rates, medianTokens, againstFull } }: StoredGeneration): string[] {
  const rate = (of: GenerationRate | null | undefined): string => {
    const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
    return of ? `${of.hits} of ${of.judged} (${percent(of.low)}–${percent(of.high)})` : '–';
  };
  return [
    name,
    rate(rates.loop),
    rate(rates.truncated),
    rate(rates.answer),
    String(medianTokens),
    rate(againstFull?.identical),
  ];
}

function tableOf(
  of: { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] } | null,
): string {
  return of === null ? '' : table(of.header, of.rows);
}

type Measured = { readonly study: Study; readonly section: string };

/** Each model has a home of its own: two processes may each measure one (BENCH_MODELS) before a last one writes the tables of both. */
async function measured(model: string): Promise<Measured> {
  const engine = new Engine({ home: join(WORK, basename(model, '.gguf')) });
  const here = engineHere(engine.context);
  try {
    const study = await studyOf(engine, model);
    const parts = [criteriaPart(study), await answersPart(engine, model), await generationPart(engine, here, model)];
    return { study, section: parts.join('\n\n') };
  } finally {
    await here.close();
    await engine.close();
  }
}

if (QUICK) rmSync(WORK, { recursive: true, force: true });
mkdirSync(WORK, { recursive: true });
const all = new Map<string, Measured>();
for (const model of MODELS) all.set(model, await measured(model));
process.stderr.write('\n');
const body = `${await madeBy(ranAs('bench:quality'))}

Demos are the sample's, texts the report texts.

${rivalsPart(new Map([...all].map(([model, { study }]) => [model, study])))}

${await sections((model) => all.get(model)!.section)}`;
publish(
  { name: 'quality', title: 'Every way to choose', reports: DOMAINS.map(reportText), body },
  process.argv.includes('--write') && !QUICK,
);
