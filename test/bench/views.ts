// `npm run bench:views [-- CHUNKS]`: the paper's other views of the sample: what fewer demos cost, what merging the dropped experts gains, what is lost with a domain's own
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
import { sampleDomains, sampleFiles, SAMPLE_MODEL } from '../../electron/engine/base/files/sample-files.ts';
import type { Method } from '../../electron/engine/measure/study/methods.ts';
import type { Study } from '../../electron/engine/measure/study/run-compare.ts';
import { meanRatio, rowsOf, summarise, type StudyRow } from '../../electron/engine/measure/study/summary.ts';
import { madeBy, publish, table } from './measured-documents.ts';

const WORK = fileURLToPath(new URL('../../native/build/bench/views/', import.meta.url));
/** One thread: it may run beside other work. */
const PLACEMENT = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 1 } as const;
/** As the paper calibrates. */
const DEMOS = 25;
const FEWER = [1, 5, 10];
const DRAWS = 2;
const CHUNKS = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 8);
/** Chunks of each of the six texts, for what is left without a domain's own experts. */
const FEW_CHUNKS = 4;
const CTX = 512;
const HALF_AND_QUARTER = ['16', '8'];
/** One, four and eight experts a layer are dropped. */
const MOST = ['31', '28', '24'];
const DOMAINS = sampleDomains();

const engine = new Engine({ home: join(WORK, 'home') });

function studyOf(
  domains: readonly string[],
  texts: readonly string[],
  how: Partial<CompareRequest> & Pick<CompareRequest, 'criteria' | 'keep'>,
): Promise<Study> {
  return engine.compare({
    ...{ model: SAMPLE_MODEL, limit: DEMOS, maxTokens: 0, nUbatch: 2048, ablations: false, seeds: DRAWS, rounds: 1 },
    ...{ mix: false, grouping: 'ungrouped', ctx: CTX, chunks: CHUNKS, placement: PLACEMENT },
    demos: domains.map((domain) => ({ domain, files: [sampleFiles(domain).demos] })),
    texts: texts.map((name) => ({ name, file: sampleFiles(name).text })),
    ...how,
  });
}

function progress(what: string): void {
  process.stderr.write(`views: ${what}, ${new Date().toISOString()}\n`);
}

/** Perplexity over the leading choice's; of one that leads itself nothing. */
function overLeading(rows: readonly StudyRow[]): string {
  const paired = rows.flatMap((row) => (row.overLeading ? [{ ...row, ratio: row.overLeading }] : []));
  return paired.length === 0 ? '' : withInterval(meanRatio(paired));
}

function ratioOf(rows: readonly StudyRow[]): string {
  const ratio = summarise(rows)?.ratio;
  return ratio ? withInterval(ratio) : '';
}

async function fewerPart(): Promise<string> {
  const rows: StudyRow[] = [];
  for (const domain of DOMAINS) {
    progress(domain);
    const how = { criteria: ['easy-ep' as const], keep: HALF_AND_QUARTER, demoCounts: FEWER, merged: true };
    rows.push(...(await studyOf([domain], [domain], how)).rows);
  }
  const methods: readonly (readonly [Method, string])[] = [
    ['easy-ep', `${DEMOS} demos`],
    ...FEWER.toReversed().map((n): [Method, string] => [`demos-${n}`, n === 1 ? '1 demo' : `${n} demos`]),
    ['merged', `${DEMOS} demos, the dropped merged into the kept`],
  ];
  const lines = methods.map(([method, name]) => [
    name,
    ...HALF_AND_QUARTER.flatMap((keep) => {
      const own = rowsOf(rows, method, Number(keep), 'in');
      return [ratioOf(own), overLeading(own)];
    }),
  ]);
  const head = HALF_AND_QUARTER.flatMap((keep) => [
    `${keep} of 32 kept: perplexity over the full model’s`,
    `over ${DEMOS} demos, paired`,
  ]);
  return `## Fewer demos, and merged experts

easy-ep, on the domain's own text, ${CHUNKS} chunks of ${CTX} tokens: geometric means over the ${DOMAINS.length} domains with 95 % intervals; fewer demos in ${DRAWS} random draws.

${table(['chosen by', ...head], lines)}`;
}

async function removedPart(): Promise<string> {
  progress('own experts removed');
  const how = { criteria: ['easy-ep' as const], keep: MOST, ownRemoved: true, chunks: FEW_CHUNKS };
  const { rows } = await studyOf(DOMAINS, DOMAINS, how);
  const lines = MOST.map((keep) => [
    String(32 - Number(keep)),
    ...(['own-removed', 'easy-ep'] as const).flatMap((method) =>
      (['in', 'out'] as const).map((place) => ratioOf(rowsOf(rows, method, Number(keep), place))),
    ),
  ]);
  const head = ['the highest dropped: in domain', 'out of domain', 'the lowest dropped: in domain', 'out of domain'];
  return `## A domain's own experts removed

Perplexity over the full model's when so many experts a layer are dropped: those that easy-ep ranks highest on a domain's demos, and those that it ranks lowest. ${FEW_CHUNKS} chunks of each text.

${table(['dropped of 32', ...head], lines)}`;
}

async function overlapPart(): Promise<string> {
  progress('overlap');
  const keep = ['24', ...HALF_AND_QUARTER];
  const study = await studyOf(DOMAINS, [], { criteria: [...FAST_CRITERIA], keep });
  const plain = ({ header, rows }: StudyTable): string => table(header, rows);
  const whole = (made: StudyTable | null): string => (made ? plain(made) : '');
  return `## Overlap

Experts in common over those kept, |A ∩ B| / K, mean over the layers. Two choices by chance share ${keep.map((count) => `${((100 * Number(count)) / 32).toFixed(0)} %`).join(', ')}. The first table compares two domains by
easy-ep at half; the second gives the mean over all pairs of domains, layer by layer; the others compare two criteria, mean over the domains.

${whole(commonTable(study, 16))}

${whole(layerOverlapTable(study))}

${HALF_AND_QUARTER.map((count) => plain(methodOverlapTable(study, Number(count)))).join('\n\n')}`;
}

const parts = [await overlapPart(), await fewerPart(), await removedPart()];
await engine.close();
const body = `${await madeBy(`npm run bench:views -- ${CHUNKS}`)}

Experts are chosen by ${DEMOS} demos of one domain of the sample.

${parts.join('\n\n')}`;
publish({ name: 'views', title: 'The paper’s other views', body });
