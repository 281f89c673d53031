// `npm run bench:criteria [-- CHUNKS]`: every criterion that a comparison knows, at half and at a quarter, beside EASY-EP in pairs. With --write the tables go to
// docs/measured/criteria.md.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withInterval } from '../../electron/cli/study-tables.ts';
import { COMPARED_CRITERIA } from '../../electron/contract/criteria.ts';
import { Engine } from '../engine.ts';
import { sampleDomains, sampleFiles, SAMPLE_MODEL } from '../../electron/engine/base/files/sample-files.ts';
import type { Study } from '../../electron/engine/measure/study/run-compare.ts';
import { rowsOf, summarise, type StudyRow } from '../../electron/engine/measure/study/summary.ts';
import { madeBy, publish, table } from './measured-documents.ts';

const WORK = fileURLToPath(new URL('../../native/build/bench/criteria/', import.meta.url));
const PLACEMENT = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 2 } as const;
/** As the paper calibrates. */
const DEMOS = 25;
const CHUNKS = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 16);
const CTX = 512;
const KEEP = ['0.5', '0.25'];

const engine = new Engine({ home: join(WORK, 'home') });

/** Each domain's choices on its own text. */
async function studyOf(domain: string): Promise<Study> {
  return engine.compare({
    ...{ model: SAMPLE_MODEL, limit: DEMOS, maxTokens: 0, nUbatch: 2048, criteria: [...COMPARED_CRITERIA] },
    ...{ ablations: false, seeds: 3, rounds: 1, mix: false, keep: KEEP, grouping: 'ungrouped', ctx: CTX },
    ...{ chunks: CHUNKS, placement: PLACEMENT },
    demos: [{ domain, files: [sampleFiles(domain).demos] }],
    texts: [{ name: domain, file: sampleFiles(domain).text }],
  });
}

/** Rows whose perplexity is over the leading choice's instead of the full model's. */
function overLeading(rows: readonly StudyRow[]): StudyRow[] {
  return rows.flatMap((row) => (row.overLeading ? [{ ...row, ratio: row.overLeading }] : []));
}

const studies: Study[] = [];
for (const domain of sampleDomains()) {
  process.stderr.write(`criteria: ${domain}\n`);
  studies.push(await studyOf(domain));
}
const rows = studies.flatMap((study) => study.rows);

function tableOf(keep: number): string {
  const lines = COMPARED_CRITERIA.map((criterion) => {
    const own = rowsOf(rows, criterion, keep, 'in');
    const ratio = summarise(own)?.ratio;
    const paired = summarise(overLeading(own))?.ratio;
    return { ratio, cells: [criterion, ratio ? withInterval(ratio) : '', paired ? withInterval(paired) : ''] };
  }).toSorted((a, b) => (a.ratio?.value ?? 0) - (b.ratio?.value ?? 0));
  const head = [`${keep} of 32 kept`, 'perplexity over the full model’s', 'over easy-ep, paired'];
  return table(
    head,
    lines.map(({ cells }) => cells),
  );
}

const body = `${await madeBy(`npm run bench:criteria -- ${CHUNKS}`)}

Experts are chosen by ${DEMOS} demos of one domain and measured on its held-out text, ${CHUNKS} chunks of ${CTX} tokens or as many as it has: geometric
means over the ${sampleDomains().length} domains with 95 % intervals, the best first. The last column compares in pairs: what makes a text hard for both choices does not widen its interval.
What each criterion is: [METHOD.md](../METHOD.md#criteria); those that end in \`-lowest\` keep the experts with the lowest values.

${(studies[0]?.counts ?? []).map((keep) => tableOf(keep)).join('\n\n')}`;
publish({ name: 'criteria', title: 'All criteria', body });
