// `npm run bench:criteria [-- CHUNKS] [MODEL...]`: every criterion that a comparison knows, at half and at a quarter, beside EASY-EP in pairs. With --write the tables go to
// docs/measured/criteria.md.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withInterval } from '../../electron/cli/study-tables.ts';
import { COMPARED_CRITERIA } from '../../electron/contract/criteria.ts';
import { Engine } from '../engine.ts';
import { sampleFiles } from '../../electron/engine/base/files/sample-files.ts';
import type { Study } from '../../electron/engine/measure/study/run-compare.ts';
import { rowsOf, summarise } from '../../electron/engine/measure/study/summary.ts';
import { COMPARISON_NOTE, comparisonTable, observationsOf, overLeading } from './comparisons.ts';
import { madeBy, publish, table } from './measured-documents.ts';
import { chunksOr, DOMAINS, MODELS, ranAs, sections } from './measured-models.ts';
import { reportText } from './report-texts.ts';

const WORK = fileURLToPath(new URL('../../native/build/bench/criteria/', import.meta.url));
const PLACEMENT = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 2 } as const;
/** As the paper calibrates. */
const DEMOS = 25;
const CHUNKS = chunksOr(16);
const CTX = 512;
const KEEP = ['0.5', '0.25'];

const engine = new Engine({ home: join(WORK, 'home') });

/** Each domain's choices on its own text. */
async function studyOf(model: string, domain: string): Promise<Study> {
  process.stderr.write(`criteria: ${model}, ${domain}\n`);
  return engine.compare({
    ...{ model, limit: DEMOS, maxTokens: 0, nUbatch: 2048, criteria: [...COMPARED_CRITERIA] },
    ...{ ablations: false, seeds: 3, rounds: 1, mix: false, keep: KEEP, grouping: 'ungrouped', ctx: CTX },
    ...{ chunks: CHUNKS, placement: PLACEMENT },
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
  const lines = COMPARED_CRITERIA.map((criterion) => {
    const ofCriterion = rowsOf(rows, criterion, keep, 'in');
    const ratio = summarise(ofCriterion)?.ratio;
    const paired = summarise(overLeading(ofCriterion))?.ratio;
    return { ratio, cells: [criterion, ratio ? withInterval(ratio) : '', paired ? withInterval(paired) : ''] };
  }).toSorted((a, b) => (a.ratio?.value ?? 0) - (b.ratio?.value ?? 0));
  const head = [`${keep} of ${nExpert} kept`, 'perplexity over the full model’s', 'over easy-ep, paired'];
  return table(
    head,
    lines.map(({ cells }) => cells),
  );
}

function compared(share: number): string {
  const comparisons = COMPARED_CRITERIA.slice(1).map((criterion) => ({
    name: criterion,
    observations: studies.flatMap(({ model, study }) =>
      observationsOf(model, rowsOf(study.rows, criterion, study.counts[share]!, 'in')),
    ),
  }));
  return comparisonTable(`over easy-ep, ${Number(KEEP[share]) * 100} % kept`, comparisons);
}

const shares = [...KEEP.keys()];
const body = `${await madeBy(ranAs('bench:criteria'))}

Experts are chosen by ${DEMOS} demos of one domain and measured on its report text, ${CHUNKS} chunks of ${CTX} tokens or as many as it has. What each criterion is: [METHOD.md](../METHOD.md#criteria);
those that end in \`-lowest\` keep the experts with the lowest values.

## All criteria beside easy-ep

${COMPARISON_NOTE}

${shares.map(compared).join('\n\n')}

${await sections(
  (
    model,
  ) => `Geometric means over the ${DOMAINS.length} domains, the best first. The 95 % intervals are of the text: how far the mean would scatter on other texts of the same domains. The last column is in pairs: what makes a text hard for both choices does not widen it.

${shares.map((share) => tableOf(model, share)).join('\n\n')}`,
)}`;
publish({ name: 'criteria', title: 'All criteria', reports: DOMAINS.map(reportText), body });
