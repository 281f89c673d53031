// A study as tables of text, for the terminal and for documents.
import type { Criterion } from '../contract/criteria.ts';
import type { Interval } from '../contract/interval.ts';
import type { Method } from '../engine/measure/study/methods.ts';
import type { Study } from '../engine/measure/study/run-compare.ts';
import { rowsOf, summarise, type Summary } from '../engine/measure/study/summary.ts';
import { formatInterval } from './output.ts';

export type StudyTable = {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

/** @param leading the criterion that fewer demos and other tokens use */
function methodName(method: Method, leading: Criterion): string {
  if (method.startsWith('tokens-')) return `${leading} by tokens: ${method.slice('tokens-'.length)}`;
  if (method.startsWith('demos-')) return `${leading} by ${demosText(Number(method.slice('demos-'.length)))}`;
  return method;
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

/** Returns a table of the share of the kept experts that two domains have in common, at one count; null for a single domain. */
export function overlapTable(study: Study, keep: number): StudyTable | null {
  const found = study.overlap.find((one) => one.keep === keep);
  if (!found) return null;
  const rows = found.domains.map((domain, a) => [domain, ...(found.common[a] ?? []).map(percent)]);
  return { header: [`${keep} of ${study.info.nExpert} kept`, ...found.domains], rows };
}

/** Formats a ratio with its interval: "1.25 (1.20–1.31)"; the ratio alone if it has none. */
function withInterval(interval: Interval): string {
  return formatInterval(interval, ratioText);
}

function ratioText(ratio: number): string {
  return ratio.toFixed(ratio < 10 ? 3 : 1);
}

/** Formats a share in percent. @param share 0 to 1 */
function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
