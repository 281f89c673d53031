// `npm run bench:fit`: the best files of the bundled sample for a few sizes, in each of its domains, beside the best quantisation of the
// whole model. With --write the table goes to docs/measured/fit.md. What an earlier run has measured is not measured again: remove
// native/build/bench/fit to begin anew.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { displayBytes } from '../../electron/contract/display-bytes.ts';
import type { FitFile, FitResult } from '../../electron/contract/fit.ts';
import type { PublishedInterval } from '../../electron/contract/interval.ts';
import type { FitRequest } from '../../electron/contract/requests.ts';
import { Engine } from '../engine.ts';
import { planFit } from '../../electron/engine/measure/fit/plan-fit.ts';
import { idleTask } from '../../electron/engine/store/task.ts';
import { defaultTokens } from '../../electron/contract/token-classes.ts';
import { inspect } from '../setup/inspect.ts';
import { sampleDomains, sampleFiles, SAMPLE_MODEL } from '../../electron/engine/base/files/sample-files.ts';
import { madeBy, publish, table } from './measured-documents.ts';

const WORK = fileURLToPath(new URL('../../native/build/bench/fit/', import.meta.url));
const PLACEMENT = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 2 } as const;
/** Bytes of a file. */
const SIZES = [9.5e6, 7.5e6, 12e6];
const DEMOS = 25;
const CTX = 512;
/** Any model fits. */
const NO_LIMIT = 1e12;

const TOKENS = defaultTokens((await inspect(SAMPLE_MODEL)).moeLayers);

const engine = new Engine({ home: join(WORK, 'home') });

type Found = { readonly domain: string; readonly size: number; readonly other: string; readonly result: FitResult };

function requestFor(domain: string, other: string, budgetBytes: number): FitRequest {
  return {
    model: SAMPLE_MODEL,
    demos: { kind: 'files', files: [sampleFiles(domain).demos] },
    limit: DEMOS,
    holdBack: 0,
    maxTokens: 0,
    nUbatch: 2048,
    criterion: 'easy-ep',
    tokens: TOKENS,
    grouping: 'ungrouped',
    budgetBytes,
    ctx: CTX,
    texts: [domain, other].map((name) => ({ name, file: sampleFiles(name).text })),
    chunkTokens: CTX,
    requantise: true,
    overwrite: false,
    placement: PLACEMENT,
  };
}

async function findAll(): Promise<Found[]> {
  const domains = sampleDomains();
  const found: Found[] = [];
  for (const size of SIZES) {
    for (const [index, domain] of domains.entries()) {
      const other = domains[(index + 1) % domains.length] ?? domain;
      const whole = (await planFit(requestFor(domain, other, NO_LIMIT), engine.context, idleTask())).plan.files[0];
      if (!whole) throw new RangeError('any model fits without a limit');
      const budget = Math.round(size + whole.memoryBytes - whole.bytes);
      const result = await engine.fit(requestFor(domain, other, budget));
      found.push({ domain, size, other, result });
      process.stderr.write(`${domain}, ${displayBytes(size)}: ${fileName(result, result.files[result.best])}\n`);
    }
  }
  return found;
}

function fileName({ nExpert, sourceType }: FitResult, file: FitFile | undefined): string {
  if (!file) return 'none';
  const types = file.mix === null ? (file.type ?? sourceType) : Object.values(file.mix).join('/');
  return `${file.keep === nExpert ? 'all' : file.keep} ${types}, ${displayBytes(file.bytes)}`;
}

function ratio(figure: PublishedInterval | null | undefined): string {
  if (!figure) return '–';
  const { value, low, high } = figure;
  const ends = low === null || high === null ? '' : ` (${low.toFixed(3)}–${high.toFixed(3)})`;
  return `${value.toFixed(3)}${ends}`;
}

function rowOf({ domain, size, other, result }: Found): string[] {
  const best = result.files[result.best];
  const plain = result.plain === null ? undefined : result.files[result.plain];
  return [
    displayBytes(size),
    domain,
    fileName(result, best),
    ratio(best?.confirmed?.inside),
    `${ratio(best?.confirmed?.outside)} ${other}`,
    fileName(result, plain),
    plain === best ? 'the same file' : ratio(result.over?.inside),
    plain === best ? 'the same file' : ratio(result.over?.outside),
  ];
}

/** The best file is worse where the plain one's whole interval is below it, better where it is above. */
function verdict(found: readonly Found[]): string {
  return SIZES.map((size) => {
    const ofSize = found.filter((one) => one.size === size && one.result.plain !== null);
    if (ofSize.length === 0) return `${displayBytes(size)}: no quantisation of the whole model is that small`;
    const over = ofSize.flatMap(({ result }) => (result.plain === result.best ? [] : (result.over?.inside ?? [])));
    const better = over.filter(({ low }) => low !== null && low > 1).length;
    const worse = over.filter(({ high }) => high !== null && high < 1).length;
    const same = ofSize.filter(({ result }) => result.plain === result.best).length;
    return `${displayBytes(size)}: measurably better than the best plain quantisation in ${better} of ${ofSize.length} domains, that itself in ${same}, measurably worse in ${worse}`;
  }).join('; ');
}

mkdirSync(WORK, { recursive: true });
try {
  const found = await findAll();
  const body = `${await madeBy('npm run bench:fit')}

For each domain of the bundled sample and each size, \`winnow fit\` looks for the best file of at most that size, by ${DEMOS} demos. The sample's Q8_0 weights are quantised again, by an importance matrix of the
demos. Figures are perplexity over the Q8_0 model's with 95 % intervals, on held-out text in chunks of ${CTX} tokens, in the domain and on the text of one other domain. The last two columns are the perplexity of the best
quantisation of the whole model over that of the best file, in pairs: above 1 the best file is better.

${verdict(found)}.

${table(
  [
    'at most',
    'domain',
    'best file',
    'in domain',
    'outside',
    'best with all experts',
    'that / best, in domain',
    'outside',
  ],
  found.map(rowOf),
)}`;
  publish({ name: 'fit', title: 'The best file for a size', body });
} finally {
  await engine.close();
}
