// Experts chosen by demos of each domain and measured on its report text, of every model that is measured.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CompareRequest } from '../../electron/contract/requests.ts';
import { sampleFiles } from '../../electron/engine/base/files/sample-files.ts';
import type { Study } from '../../electron/engine/measure/study/run-compare.ts';
import type { StudyRow } from '../../electron/engine/measure/study/summary.ts';
import { Engine } from '../engine.ts';
import { chunksOr, DOMAINS, MODELS } from './measured-models.ts';
import { reportText } from './report-texts.ts';

const PLACEMENT = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 2 } as const;
/** As the paper calibrates. */
const DEMOS = 25;
const CHUNKS = chunksOr(16);
const CTX = 512;
/** Shares of the experts. */
export const KEEP = ['0.5', '0.25'];

export const STUDIED = `Experts are chosen by ${DEMOS} demos of one domain and measured on its report text, ${CHUNKS} chunks of ${CTX} tokens or as many as it has.`;

type Compared = Pick<CompareRequest, 'criteria' | 'seeds' | 'tokens'>;

export function studyRequest(model: string, domain: string, compared: Compared): CompareRequest {
  return {
    model,
    limit: DEMOS,
    maxTokens: 0,
    nUbatch: 2048,
    ...compared,
    keep: KEEP,
    grouping: 'ungrouped',
    ctx: CTX,
    chunks: CHUNKS,
    placement: PLACEMENT,
    demos: [{ domain, files: [sampleFiles(domain).demos] }],
    texts: [{ name: domain, file: reportText(domain) }],
  };
}

export type DomainStudy = { readonly model: string; readonly study: Study };

/** @param name of the bench, whose folder keeps what was measured */
export function studyEngine(name: string): Engine {
  return new Engine({ home: join(fileURLToPath(new URL('../../native/build/bench/', import.meta.url)), name, 'home') });
}

/** @param name of the bench */
export async function studyDomains(name: string, compared: Compared): Promise<readonly DomainStudy[]> {
  const engine = studyEngine(name);
  const studies: DomainStudy[] = [];
  for (const model of MODELS) {
    for (const domain of DOMAINS) {
      process.stderr.write(`${name}: ${model}, ${domain}\n`);
      const study = await engine.compare(studyRequest(model, domain, compared));
      studies.push({ model, study });
    }
  }
  await engine.close();
  return studies;
}

/** Of one model, where it keeps that of `KEEP`. @param share index in `KEEP` */
export function studiedAt(
  studies: readonly DomainStudy[],
  model: string,
  share: number,
): { readonly nExpert: number; readonly keep: number; readonly rows: readonly StudyRow[] } {
  const own = studies.flatMap((one) => (one.model === model ? [one.study] : []));
  return { nExpert: own[0]!.info.nExpert, keep: own[0]!.counts[share]!, rows: own.flatMap(({ rows }) => rows) };
}
