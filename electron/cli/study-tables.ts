// A study as tables of text, for the terminal and for documents.
import type { Criterion } from '../contract/criteria.ts';
import { displayBytes } from '../contract/display-bytes.ts';
import type { Interval } from '../contract/interval.ts';
import type { Method } from '../engine/measure/study/methods.ts';
import type { Study } from '../engine/measure/study/run-compare.ts';
import { rowsOf, summarise, variantGroups, type Summary } from '../engine/measure/study/summary.ts';
import { formatInterval } from './output.ts';

export type StudyTable = {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

/** @param leading the criterion that fewer demos and other tokens use */
function methodName(method: Method, leading: Criterion): string {
  switch (method) {
    case 'whole':
      return 'all experts';
    default:
      if (method.startsWith('super-experts-'))
        return `${leading}, super experts ${method === 'super-experts-rank' ? 'ranked' : 'pinned'}`;
      if (method.startsWith('tokens-')) return `${leading} by tokens: ${method.slice('tokens-'.length)}`;
      if (method.startsWith('demos-')) return `${leading} by ${demosText(Number(method.slice('demos-'.length)))}`;
      return method;
  }
}

function demosText(count: number): string {
  return count === 1 ? '1 demo' : `${count} demos`;
}

/** Returns the methods of a study in the order in which they were measured. */
export function methodsOf({ rows }: Study): Method[] {
  return [...new Set(rows.map(({ method }) => method))];
}

/** Returns a table of each method in its domains and outside them, at one count. */
export function methodTable(study: Study, keep: number, methods: readonly Method[] = methodsOf(study)): StudyTable {
  const rows = methods.map((method) => [
    methodName(method, study.criterion),
    ...(['in', 'out'] as const).flatMap((place) => summaryCells(summarise(rowsOf(study.rows, method, keep, place)))),
  ]);
  const measures = (place: string): string[] => [`${place}: ppl / full`, 'KL', 'top-1'];
  return {
    header: [`${keep} of ${study.info.nExpert} kept`, ...measures('in domain'), ...measures('out of domain')],
    rows,
  };
}

function summaryCells(summary: Summary | null): string[] {
  if (summary === null) return ['', '', ''];
  const { ratio, klMean, top1 } = summary;
  return [withInterval(ratio), klMean.toFixed(3), percent(top1)];
}

/** Returns a table of each method on the text of each single domain, at one count. */
export function domainTable(study: Study, keep: number, methods: readonly Method[] = methodsOf(study)): StudyTable {
  const domains = study.domains.map(({ domain }) => domain);
  const rows = methods.map((method) => {
    const inDomain = rowsOf(study.rows, method, keep, 'in');
    const cells = domains.map((domain) => summarise(inDomain.filter(({ text }) => text === domain)));
    return [methodName(method, study.criterion), ...cells.map((cell) => summaryCells(cell)[0] ?? '')];
  });
  return { header: [`${keep} of ${study.info.nExpert} kept`, ...domains], rows };
}

/**
 * Returns a table of variants by size: what each costs in the domains and outside them, compared with a file of its
 * size with all experts.
 */
export function variantTable(study: Study): StudyTable {
  const rows = variantGroups(study.variants).map(({ inside, outside, overWhole, ...variant }) => [
    methodName(variant.method, study.criterion),
    String(variant.keep),
    variant.type ?? `${study.info.fileType}, as it is`,
    String(variant.activeExperts ?? study.info.nExpertUsed),
    displayBytes(variant.bytes),
    ...summaryCells(inside),
    summaryCells(outside)[0] ?? '',
    overWhole === null ? '' : withInterval(overWhole),
  ]);
  const header = ['chosen by', 'kept', 'type', 'active', 'file', 'in domain: ppl / full', 'KL', 'top-1'];
  return { header: [...header, 'out of domain: ppl / full', 'in domain: ppl / whole file'], rows };
}

/** Returns a table of what few demos find, at one count. */
export function localisationTable(study: Study, keep: number): StudyTable {
  const ofCount = study.localisation.filter((one) => one.keep === keep);
  const counts = [...new Set(ofCount.flatMap(({ found }) => found.map(({ demos }) => demos)))].sort((a, b) => a - b);
  const rows = ofCount.map(({ domain, demos, found }) => [
    `${domain} (${demos})`,
    ...counts.map((count) => {
      const point = found.find((at) => at.demos === count);
      return point ? `${percent(point.mean)} (${percent(point.low)}–${percent(point.high)})` : '';
    }),
  ]);
  return {
    header: [`${keep} of ${study.info.nExpert} kept`, ...counts.map(demosText)],
    rows,
  };
}

/** Returns a table of the domains' overlap at one count; null for a single domain. */
export function overlapTable(study: Study, keep: number): StudyTable | null {
  const found = study.overlap.find((one) => one.keep === keep);
  if (!found) return null;
  const rows = found.domains.map((domain, a) => [domain, ...(found.overlap[a] ?? []).map((share) => share.toFixed(2))]);
  return { header: [`${keep} of ${study.info.nExpert} kept`, ...found.domains], rows };
}

/** Returns a table of the experts that two ways to choose have in common, at one count. */
export function methodOverlapTable(study: Study, keep: number): StudyTable {
  const { methods = [], common = [] } = study.methodOverlap.find((one) => one.keep === keep) ?? {};
  const names = methods.map((method) => methodName(method, study.criterion));
  const rows = names.map((name, a) => [name, ...(common[a] ?? []).map(percent)]);
  return { header: [`${keep} of ${study.info.nExpert} kept`, ...names], rows };
}

/** Returns the overlap as common experts divided by kept ones, and its range over the layers; null for a single domain. */
export function commonTable(study: Study, keep: number): StudyTable | null {
  const found = study.overlap.find((one) => one.keep === keep);
  if (!found) return null;
  const rows = found.domains.map((domain, a) => [domain, ...(found.common[a] ?? []).map(percent)]);
  return { header: [`${keep} of ${study.info.nExpert} kept`, ...found.domains], rows };
}

/** Returns a table of the experts that two domains have in common in each layer, at every count; null for a single domain. */
export function layerOverlapTable(study: Study): StudyTable | null {
  if (study.overlap.length === 0) return null;
  const rows = study.info.moeLayers.map((block, layer) => [
    String(block),
    ...study.overlap.map(({ commonByLayer }) => percent(commonByLayer[layer] ?? 0)),
  ]);
  return { header: ['layer', ...study.overlap.map(({ keep }) => `${keep} of ${study.info.nExpert} kept`)], rows };
}

/** Formats a ratio with its interval: "1.25 (1.20–1.31)"; the ratio alone if it has none. */
export function withInterval(interval: Interval): string {
  return formatInterval(interval, ratioText);
}

function ratioText(ratio: number): string {
  return ratio.toFixed(ratio < 10 ? 3 : 1);
}

/** Formats a share in percent. @param share 0 to 1 */
function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
