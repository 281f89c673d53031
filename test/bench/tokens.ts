// `npm run bench:tokens [-- MODEL...]`: what it gains to leave position 0 out of the ranking, in pairs. With --write the table goes to docs/measured/tokens.md.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withInterval } from '../../electron/cli/study-tables.ts';
import type { Interval } from '../../electron/contract/interval.ts';
import type { TokenChoice } from '../../electron/contract/token-classes.ts';
import { Engine } from '../engine.ts';
import { sampleFiles } from '../../electron/engine/base/files/sample-files.ts';
import type { Method } from '../../electron/engine/measure/study/methods.ts';
import type { Study } from '../../electron/engine/measure/study/run-compare.ts';
import { rowsOf, summarise } from '../../electron/engine/measure/study/summary.ts';
import { COMPARISON_NOTE, comparisonTable, observationsOf, overLeading } from './comparisons.ts';
import { madeBy, publish, table } from './measured-documents.ts';
import { chunksOr, DOMAINS, MODELS, ranAs, sections } from './measured-models.ts';
import { reportText } from './report-texts.ts';

const WORK = fileURLToPath(new URL('../../native/build/bench/tokens/', import.meta.url));
const PLACEMENT = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 2 } as const;
/** As the paper calibrates. */
const DEMOS = 25;
const CHUNKS = chunksOr(16);
const CTX = 512;
const KEEP = ['0.5', '0.25'];
/** What leads, then the paper's two. */
const LEADING = 'without-first' satisfies TokenChoice;
const OTHERS = ['all', 'answers'] as const satisfies TokenChoice[];

const engine = new Engine({ home: join(WORK, 'home') });

/** Each domain's choices on its own text. */
async function studyOf(model: string, domain: string): Promise<Study> {
  process.stderr.write(`tokens: ${model}, ${domain}\n`);
  return engine.compare({
    ...{ model, limit: DEMOS, maxTokens: 0, nUbatch: 2048, criteria: ['easy-ep'], ablations: false },
    ...{ seeds: 1, rounds: 1, mix: false, keep: KEEP, grouping: 'ungrouped', ctx: CTX, chunks: CHUNKS },
    ...{ tokens: [LEADING, ...OTHERS], placement: PLACEMENT },
    demos: [{ domain, files: [sampleFiles(domain).demos] }],
    texts: [{ name: domain, file: reportText(domain) }],
  });
}

const studies: { readonly model: string; readonly study: Study }[] = [];
for (const model of MODELS) for (const domain of DOMAINS) studies.push({ model, study: await studyOf(model, domain) });
await engine.close();

function tableOf(model: string, share: number): string {
  const own = studies.flatMap((one) => (one.model === model ? [one.study] : []));
  const { nExpert } = own[0]!.info;
  const keep = own[0]!.counts[share]!;
  const rows = own.flatMap((study) => study.rows);
  const cell = (ratio: Interval | undefined): string => (ratio ? withInterval(ratio) : '');
  const line = (name: string, method: Method): string[] => {
    const ofTokens = rowsOf(rows, method, keep, 'in');
    return [name, cell(summarise(ofTokens)?.ratio), cell(summarise(overLeading(ofTokens))?.ratio)];
  };
  const domains = DOMAINS.map((domain) => {
    const all = rowsOf(rows, 'tokens-all', keep, 'in').find((row) => row.domain === domain);
    return `${domain} ${cell(all?.overLeading ?? undefined)}`;
  });
  const head = [`${keep} of ${nExpert} kept`, 'perplexity over the full model’s', `over ${LEADING}, paired`];
  const lines = [line(LEADING, 'easy-ep'), ...OTHERS.map((tokens) => line(tokens, `tokens-${tokens}`))];
  return `${table(head, lines)}\n\nAll tokens over ${LEADING} in each domain: ${domains.join('; ')}.`;
}

const comparisons = [...KEEP.keys()].flatMap((share) =>
  OTHERS.map((tokens) => ({
    name: `${tokens}, ${Number(KEEP[share]) * 100} % kept`,
    observations: studies.flatMap(({ model, study }) =>
      observationsOf(model, rowsOf(study.rows, `tokens-${tokens}`, study.counts[share]!, 'in')),
    ),
  })),
);

const body = `${await madeBy(ranAs('bench:tokens'))}

Experts are chosen by ${DEMOS} demos of one domain and measured on its report text, ${CHUNKS} chunks of ${CTX} tokens or as many as it has.

## Beside ${LEADING}

${COMPARISON_NOTE}

${comparisonTable(`over ${LEADING}`, comparisons)}

${await sections(
  (
    model,
  ) => `Geometric means over the ${DOMAINS.length} domains; the 95 % intervals are of the text. The last column and the domains are in pairs: what makes a text hard for both choices does not widen the interval.

${[...KEEP.keys()].map((share) => tableOf(model, share)).join('\n\n')}`,
)}`;
publish({ name: 'tokens', title: 'Which tokens count', reports: DOMAINS.map(reportText), body });
