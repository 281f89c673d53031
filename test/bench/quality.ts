// The first half of `npm run bench:quality`: what pruning costs the bundled sample, by every way to choose experts, over
// all its domains. With --write the tables go to docs/measured/quality.md; --quick takes a few minutes and writes nothing.
// What an earlier run has measured is not measured again: remove native/build/bench/quality to begin anew.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  domainTable,
  localisationTable,
  methodTable,
  overlapTable,
  withInterval,
} from '../../electron/cli/study-tables.ts';
import type { GenerationRate } from '../../electron/contract/api/generations.ts';
import { CRITERIA, type Criterion } from '../../electron/contract/criteria.ts';
import type { CompareRequest } from '../../electron/contract/requests.ts';
import { Engine, type Hooks } from '../engine.ts';
import { engineHere } from '../../electron/engine/app/session/engine-here.ts';
import { sampleDomains, sampleFiles, SAMPLE_MODEL } from '../../electron/engine/base/files/sample-files.ts';
import type { StoredGeneration } from '../../electron/engine/measure/generation/stored-generation.ts';
import type { Method } from '../../electron/engine/measure/study/methods.ts';
import type { Study } from '../../electron/engine/measure/study/run-compare.ts';
import { rowsOf, summarise } from '../../electron/engine/measure/study/summary.ts';
import { madeBy, publish, table } from './measured-documents.ts';
import { duels } from './duels.ts';

const QUICK = process.argv.includes('--quick');
const WORK = fileURLToPath(new URL(`../../native/build/bench/quality${QUICK ? '-quick' : ''}/`, import.meta.url));
const PLACEMENT = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 2 } as const;
/** As the paper calibrates. */
const DEMOS = 25;
const CHUNKS = QUICK ? 3 : 4;
const CTX = 512;
const KEEP = QUICK ? ['0.5'] : ['0.75', '0.5', '0.25'];
const HALF = 16;
const ROUNDS = 2;
const SEEDS = 3;
const ANSWER = { maxTokens: 200, temperature: 0.6, seed: 1 };
const GENERATION = { limit: QUICK ? 20 : 120, maxTokens: 160 };
const RIVALS: readonly Criterion[] = ['reap', 'ean', 'gate', 'frequency', 'random'];

const engine = new Engine({ home: join(WORK, 'home') });
const here = engineHere(engine.context);

function hooks(step: string): Hooks {
  return {
    onProgress: ({ done, total, etaMs }) => {
      const left = etaMs === undefined ? '' : `, ${Math.ceil(etaMs / 60_000)} min left`;
      process.stderr.write(`\r\u001b[K${step} ${Math.floor((100 * done) / total)} %${left}`);
    },
  };
}

const COMPARE: Omit<CompareRequest, 'demos' | 'texts'> = {
  model: SAMPLE_MODEL,
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

async function criteriaPart(): Promise<string> {
  const domains = sampleDomains();
  const study = await engine.compare(
    {
      ...COMPARE,
      demos: domains.map((domain) => ({ domain, files: [sampleFiles(domain).demos] })),
      texts: domains.map((name) => ({ name, file: sampleFiles(name).text })),
    },
    hooks('comparing criteria'),
  );
  const methodTables = study.counts.map((keep) => tableOf(methodTable(study, keep)));
  return `## Criteria, ablations, mixtures, rounds

Experts are chosen by ${DEMOS} demos of one domain, and the others masked. Each cell is the geometric mean over the ${domains.length} domains of perplexity over
the full model's, with a 95 % interval (bootstrap over chunks of ${CTX} tokens, ${CHUNKS} a text). KL divergence (nats) and agreement of the
likeliest token are means. "In domain" is the text of the domain whose demos chose; "out of domain" is all other texts. Random choices
(seeds 1 to ${SEEDS}) and mixtures of all domains are the same for every text. Rounds score again under the mask of the round before.

${methodTables.join('\n\n')}

Each domain by itself, half of the experts kept, perplexity over the full model's:

${tableOf(domainTable(study, HALF))}

${verdicts(study)}

## Few-shot localisation

Share of the experts kept with ${DEMOS} demos that fewer of them find (easy-ep): mean over 8 random orders of the demos, and in the worst and best
of them.

${study.counts.map((keep) => tableOf(localisationTable(study, keep))).join('\n\n')}

Overlap of the experts that two domains keep: Jaccard index, mean over the layers.

${study.counts.map((keep) => tableOf(overlapTable(study, keep))).join('\n\n')}`;
}

/** In words, so that nobody has to look for where easy-ep loses. */
function verdicts(study: Study): string {
  const lines = study.counts.flatMap((keep) =>
    duels(study.rows, 'easy-ep', [...RIVALS, 'gateNorm', 'gateTurn'], keep).map(({ against, won, lost }) => {
      const worse = lost.length === 0 ? '' : `; not in ${lost.join(', ')}`;
      return `| ${keep} | ${nameOf(against)} | ${won.length} of ${won.length + lost.length}${worse} | ${meanOf(study, 'easy-ep', keep)} | ${meanOf(study, against, keep)} |`;
    }),
  );
  return `In how many domains easy-ep costs less than another way, in domain (geometric means beside it):

| kept | against | easy-ep is better in | easy-ep | the other |
|---|---|---|---|---|
${lines.join('\n')}`;
}

function nameOf(method: Method): string {
  return method === 'gateNorm' ? 'without the token term' : method === 'gateTurn' ? 'without the norm' : method;
}

function meanOf(study: Study, method: Method, keep: number): string {
  return summarise(rowsOf(study.rows, method, keep, 'in'))?.ratio.value.toFixed(3) ?? '';
}

/** The paper's strongest setting: the prompt and the model's own answer. */
async function answersPart(): Promise<string> {
  const { demos, text } = sampleFiles('math');
  const prompts = join(WORK, 'prompts.jsonl');
  const lines = readFileSync(demos, 'utf8').trim().split('\n');
  writeFileSync(
    prompts,
    lines.map((line) => JSON.stringify({ prompt: (JSON.parse(line) as { question: string }).question })).join('\n'),
  );
  const own = join(WORK, 'own-answers.jsonl');
  const outcome = await engine.run(
    'respond',
    {
      model: SAMPLE_MODEL,
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
        criteria: ['easy-ep'],
        ablations: false,
        seeds: 1,
        rounds: 1,
        mix: false,
        demos: [{ domain: 'math', files: [file] }],
        texts: [{ name: 'math', file: text }],
      },
      hooks(name),
    );
    const cells = study.counts.map((keep) => {
      const row = rowsOf(study.rows, 'easy-ep', keep, 'in')[0];
      return row ? withInterval(row.ratio) : '';
    });
    rows.push([name, String(study.domains[0]?.tokens ?? ''), ...cells]);
  }
  return `## The model's own answers

The math demos (${DEMOS}; the other domains' demos are texts without question and answer) scored in three ways; perplexity of the math text over the
full model's, easy-ep. ${outcome.answered + outcome.resumed} of ${outcome.demos} demos have an own answer (temperature ${ANSWER.temperature}, seed ${ANSWER.seed}, at most ${ANSWER.maxTokens} tokens).

${table(['scored', 'tokens', ...KEEP.map((share) => `${Number(share) * 100} % kept`)], rows)}`;
}

async function generationPart(): Promise<string> {
  const { demos, text } = sampleFiles('math');
  const prompts = join(WORK, 'held-out-problems.jsonl');
  // "question\nanswer", blank line
  const problems = readFileSync(text, 'utf8')
    .trim()
    .split('\n\n')
    .map((problem) => {
      const end = problem.indexOf('\n');
      return JSON.stringify({ question: problem.slice(0, end), answer: problem.slice(end + 1) });
    });
  writeFileSync(prompts, problems.join('\n'));
  const scored = await engine.score({
    model: SAMPLE_MODEL,
    demos: { kind: 'files', files: [demos], domain: 'math' },
    limit: DEMOS,
    maxTokens: 0,
    nUbatch: COMPARE.nUbatch,
    placement: PLACEMENT,
    fresh: false,
  });
  const scores = join(WORK, 'math.scores.json');
  await engine.writeScores(scored, scores);

  const rows: string[][] = [];
  for (const [criterion, keep] of [...KEEP.map((share) => ['easy-ep', share] as const), ['random', '0.5'] as const]) {
    const mask = join(WORK, `${criterion}-${keep}.mask.json`);
    const selection = await here.client.call('selections.compute', {
      request: {
        ...{ files: [here.grant(scores, 'read')], criterion, keep: { kind: 'typed', text: keep }, mix: 'shares' },
        ...{ pins: [], drops: [], grouping: 'ungrouped', seed: 1, tokens: null, superExperts: 'pin' },
      },
      remember: true,
      mask: here.grant(mask, 'write'),
    });
    const name = `${criterion}, ${selection.keep} of ${selection.nExpert}`;
    const [full, variant] = await engine.checkGenerations(
      {
        model: SAMPLE_MODEL,
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
  return `## What the pruned models write

Greedy answers to ${Math.min(GENERATION.limit, problems.length)} held-out math problems, at most ${GENERATION.maxTokens} tokens each; in brackets 95 % intervals (Wilson). The sample is a toy: the
full model hardly solves a problem itself. What counts is the difference to it.

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

if (QUICK) rmSync(WORK, { recursive: true, force: true });
mkdirSync(WORK, { recursive: true });
try {
  const parts = [await criteriaPart(), await answersPart(), await generationPart()];
  process.stderr.write('\n');
  const body = `${await madeBy('npm run bench:quality')}

The model is the bundled sample (32 experts, 4 used), with its demos and held-out texts.

${parts.join('\n\n')}`;
  publish({ name: 'quality', title: 'Quality on the sample', body }, process.argv.includes('--write') && !QUICK);
} finally {
  await here.close();
  await engine.close();
}
