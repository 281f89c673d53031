// `npm run bench:tokens`: what it gains to leave position 0 out of the ranking, in pairs. With --write the table goes to docs/measured/tokens.md.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withInterval } from '../../electron/cli/study-tables.ts';
import type { Interval } from '../../electron/contract/interval.ts';
import type { TokenChoice } from '../../electron/contract/token-classes.ts';
import { Engine } from '../engine.ts';
import { sampleDomains, sampleFiles, SAMPLE_MODEL } from '../../electron/engine/base/files/sample-files.ts';
import type { Study } from '../../electron/engine/measure/study/run-compare.ts';
import { rowsOf, summarise, type StudyRow } from '../../electron/engine/measure/study/summary.ts';
import { madeBy, publish, table } from './measured-documents.ts';

const WORK = fileURLToPath(new URL('../../native/build/bench/tokens/', import.meta.url));
const PLACEMENT = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 2 } as const;
/** As the paper calibrates. */
const DEMOS = 25;
const CHUNKS = 16;
const CTX = 512;
const KEEP = ['0.5', '0.25'];
/** The model's own first, then the paper's two. */
const TOKENS: TokenChoice[] = ['without-first', 'all', 'answers'];

const engine = new Engine({ home: join(WORK, 'home') });

/** Each domain's choices on its own text. */
async function studyOf(domain: string): Promise<Study> {
  return engine.compare({
    ...{ model: SAMPLE_MODEL, limit: DEMOS, maxTokens: 0, nUbatch: 2048, criteria: ['easy-ep'], ablations: false },
    ...{ seeds: 1, rounds: 1, mix: false, keep: KEEP, grouping: 'ungrouped', ctx: CTX, chunks: CHUNKS },
    ...{ tokens: TOKENS, placement: PLACEMENT },
    demos: [{ domain, files: [sampleFiles(domain).demos] }],
    texts: [{ name: domain, file: sampleFiles(domain).text }],
  });
}

/** Rows whose perplexity is over the leading choice's instead of the full model's. */
function overLeading(rows: readonly StudyRow[]): StudyRow[] {
  return rows.flatMap((row) => (row.overLeading ? [{ ...row, ratio: row.overLeading }] : []));
}

async function gainPart(): Promise<string> {
  const studies: Study[] = [];
  for (const domain of sampleDomains()) {
    process.stderr.write(`tokens: ${domain}\n`);
    studies.push(await studyOf(domain));
  }
  const rows = studies.flatMap((study) => study.rows);
  const cell = (ratio: Interval | undefined): string => (ratio ? withInterval(ratio) : '');
  const tables = (studies[0]?.counts ?? []).map((keep) => {
    const lines = TOKENS.map((tokens, i) => {
      const own = rowsOf(rows, i === 0 ? 'easy-ep' : `tokens-${tokens}`, keep, 'in');
      return [tokens, cell(summarise(own)?.ratio), i === 0 ? '' : cell(summarise(overLeading(own))?.ratio)];
    });
    const domains = sampleDomains().map((domain) => {
      const all = rowsOf(rows, 'tokens-all', keep, 'in').find((row) => row.domain === domain);
      return `${domain} ${all?.overLeading ? withInterval(all.overLeading) : ''}`;
    });
    const head = [`${keep} of 32 kept`, 'perplexity over the full model’s', 'over without-first, paired'];
    return `${table(head, lines)}\n\nAll tokens over without-first in each domain: ${domains.join('; ')}.`;
  });
  return `Experts are chosen by ${DEMOS} demos of one domain and measured on its held-out text, ${CHUNKS} chunks of ${CTX} tokens or as many as it has: geometric
means over the ${sampleDomains().length} domains with 95 % intervals. The last column compares in pairs: what makes a text hard for both choices does not widen its interval.

${tables.join('\n\n')}`;
}

const body = `${await madeBy('npm run bench:tokens')}

${await gainPart()}`;
publish({ name: 'tokens', title: 'Which tokens count', body });
