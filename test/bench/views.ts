// `npm run bench:views [-- CHUNKS] [MODEL...]`: the paper's other views: what fewer demos cost, what merging the dropped experts gains, what is lost with a domain's own
// experts, and how far criteria and domains keep the same ones. With --write the tables go to docs/measured/views.md.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  commonTable,
  layerOverlapTable,
  methodOverlapTable,
  withInterval,
  type StudyTable,
} from '../../electron/cli/study-tables.ts';
import { FAST_CRITERIA } from '../../electron/contract/criteria.ts';
import type { CompareRequest } from '../../electron/contract/requests.ts';
import { Engine } from '../engine.ts';
import { sampleFiles } from '../../electron/engine/base/files/sample-files.ts';
import type { Method } from '../../electron/engine/measure/study/methods.ts';
import type { Study } from '../../electron/engine/measure/study/run-compare.ts';
import { rowsOf, summarise, type StudyRow } from '../../electron/engine/measure/study/summary.ts';
import { COMPARISON_NOTE, comparisonTable, observationsOf, overLeading, type Comparison } from './comparisons.ts';
import { madeBy, publish, table } from './measured-documents.ts';
import { chunksOr, DOMAINS, MODELS, ranAs, sections } from './measured-models.ts';
import { reportText } from './report-texts.ts';

const WORK = fileURLToPath(new URL('../../native/build/bench/views/', import.meta.url));
/** One thread: it may run beside other work. */
const PLACEMENT = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 1 } as const;
/** As the paper calibrates. */
const DEMOS = 25;
const FEWER = [1, 5, 10];
const DRAWS = 2;
const CHUNKS = chunksOr(8);
/** Chunks of each of the six texts, for what is left without a domain's own experts. */
const FEW_CHUNKS = 4;
const CTX = 512;
const HALF_AND_QUARTER = ['0.5', '0.25'];
const THREE_QUARTERS = '0.75';
/** So many experts a layer are dropped. */
const DROPPED = [1, 4, 8];
const METHODS: readonly (readonly [Method, string])[] = [
  ...FEWER.toReversed().map((n): [Method, string] => [`demos-${n}`, n === 1 ? '1 demo' : `${n} demos`]),
  ['merged', `${DEMOS} demos, the dropped merged into the kept`],
];

const engine = new Engine({ home: join(WORK, 'home') });

function studyOf(
  model: string,
  domains: readonly string[],
  texts: readonly string[],
  how: Partial<CompareRequest> & Pick<CompareRequest, 'criteria' | 'keep'>,
): Promise<Study> {
  return engine.compare({
    model,
    limit: DEMOS,
    maxTokens: 0,
    nUbatch: 2048,
    ablations: false,
    seeds: DRAWS,
    rounds: 1,
    mix: false,
    grouping: 'ungrouped',
    ctx: CTX,
    chunks: CHUNKS,
    placement: PLACEMENT,
    demos: domains.map((domain) => ({ domain, files: [sampleFiles(domain).demos] })),
    texts: texts.map((name) => ({ name, file: reportText(name) })),
    ...how,
  });
}

function progress(model: string, what: string): void {
  process.stderr.write(`views: ${model}, ${what}, ${new Date().toISOString()}\n`);
}

function ratioOf(rows: readonly StudyRow[]): string {
  const ratio = summarise(rows)?.ratio;
  return ratio ? withInterval(ratio) : '';
}

const FEWER_STUDIES: { readonly model: string; readonly study: Study }[] = [];
for (const model of MODELS) {
  for (const domain of DOMAINS) {
    progress(model, domain);
    const how = { criteria: ['easy-ep' as const], keep: HALF_AND_QUARTER, demoCounts: FEWER, merged: true };
    FEWER_STUDIES.push({ model, study: await studyOf(model, [domain], [domain], how) });
  }
}

function fewerPart(model: string): string {
  const studies = FEWER_STUDIES.flatMap((one) => (one.model === model ? [one.study] : []));
  const { info, counts } = studies[0]!;
  const rows = studies.flatMap((study) => study.rows);
  const lines = [['easy-ep', `${DEMOS} demos`] as const, ...METHODS].map(([method, name]) => [
    name,
    ...counts.flatMap((keep) => {
      const own = rowsOf(rows, method, keep, 'in');
      return [ratioOf(own), ratioOf(overLeading(own))];
    }),
  ]);
  const head = counts.flatMap((keep) => [
    `${keep} of ${info.nExpert} kept: perplexity over the full model’s`,
    `over ${DEMOS} demos, paired`,
  ]);
  return `### Fewer demos, and merged experts

easy-ep, on the domain's report text, ${CHUNKS} chunks of ${CTX} tokens: geometric means over the ${DOMAINS.length} domains with 95 % intervals of the text; fewer demos in ${DRAWS} random draws.

${table(['chosen by', ...head], lines)}`;
}

function comparisons(): Comparison[] {
  return HALF_AND_QUARTER.flatMap((share, at) =>
    METHODS.map(([method, name]) => ({
      name: `${name}, ${100 * Number(share)} % kept`,
      observations: FEWER_STUDIES.flatMap(({ model, study }) =>
        observationsOf(model, rowsOf(study.rows, method, study.counts[at]!, 'in')),
      ),
    })),
  );
}

async function removedPart(model: string): Promise<string> {
  progress(model, 'own experts removed');
  const { nExpert } = FEWER_STUDIES.find((one) => one.model === model)!.study.info;
  const keep = DROPPED.map((dropped) => String(nExpert - dropped));
  const how = { criteria: ['easy-ep' as const], keep, ownRemoved: true, chunks: FEW_CHUNKS };
  const { rows } = await studyOf(model, DOMAINS, DOMAINS, how);
  const lines = DROPPED.map((dropped) => [
    String(dropped),
    ...(['own-removed', 'easy-ep'] as const).flatMap((method) =>
      (['in', 'out'] as const).map((place) => ratioOf(rowsOf(rows, method, nExpert - dropped, place))),
    ),
  ]);
  const head = ['the highest dropped: in domain', 'out of domain', 'the lowest dropped: in domain', 'out of domain'];
  return `### A domain's own experts removed

Perplexity over the full model's when so many experts a layer are dropped: those that easy-ep ranks highest on a domain's demos, and those that it ranks lowest. ${FEW_CHUNKS} chunks of each report text; the intervals are of the text.

${table([`dropped of ${nExpert}`, ...head], lines)}`;
}

async function overlapPart(model: string): Promise<string> {
  progress(model, 'overlap');
  const keep = [THREE_QUARTERS, ...HALF_AND_QUARTER];
  const study = await studyOf(model, DOMAINS, [], { criteria: [...FAST_CRITERIA], keep });
  const plain = ({ header, rows }: StudyTable): string => table(header, rows);
  const whole = (made: StudyTable | null): string => (made ? plain(made) : '');
  const [, half, quarter] = study.counts;
  return `### Overlap

Experts in common over those kept, |A ∩ B| / K, mean over the layers. Two choices by chance share ${keep.map((share) => `${100 * Number(share)} %`).join(', ')}. The first table compares two domains by
easy-ep at half; the second gives the mean over all pairs of domains, layer by layer; the others compare two criteria, mean over the domains.

${whole(commonTable(study, half!))}

${whole(layerOverlapTable(study))}

${[half!, quarter!].map((count) => plain(methodOverlapTable(study, count))).join('\n\n')}`;
}

const ofModels = await sections(async (model) =>
  [await overlapPart(model), fewerPart(model), await removedPart(model)].join('\n\n'),
);
await engine.close();
const body = `${await madeBy(ranAs('bench:views'))}

Experts are chosen by ${DEMOS} demos of one domain.

## Fewer demos and merged experts beside ${DEMOS} demos

${COMPARISON_NOTE}

${comparisonTable(`over ${DEMOS} demos`, comparisons())}

${ofModels}`;
publish({ name: 'views', title: 'The paper’s other views', reports: DOMAINS.map(reportText), body });
