// Texts to measure on if the user held none out: demos of a domain that no expert was chosen by, and texts of the bundled sample.
import { basename, extname } from 'node:path';
import { z } from 'zod';
import { WinnowError } from '../../../contract/errors.ts';
import { msg, inEnglish } from '../../../contract/sentences.ts';
import { type EvaluationDocument, type NamedText, toDocuments } from '../../base/content/documents.ts';
import { sampleFiles } from '../../base/files/sample-files.ts';
import type { Store } from '../../store/database.ts';
import { findDemoContent, listDemoSources } from '../../store/demos.ts';
import { listDomains, hashText } from '../../store/domains.ts';
import type { DemoCopies } from '../../write/pruning/demo-copies.ts';
import { readEvaluationText } from './read-documents.ts';
import { inSlices } from '../../store/slices.ts';
import type { Task } from '../../store/task.ts';

export const otherTextSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('notScored'), domain: z.string() }),
  z.object({ kind: z.literal('sample'), domain: z.string() }),
]);

/** A text with its domain; `id` null: it was not held out by the user. */
export type TextOfDomain = NamedText & {
  readonly id: number | null;
  readonly domain: string;
  readonly hash: string;
};

/** More demos add little information. */
export const MOST_DEMOS = 64;
/** Fewer demos say too little about others. */
export const FEWEST_DEMOS = 8;

/** The displayed name of a domain's demos that no expert was chosen by. */
export function nameOfDemosLeft(domain: string): string {
  return `demos of ${domain} that were not scored`;
}

/**
 * Reads a text of the sample or of demos that were not scored.
 * @param copies of the demos that experts were chosen by
 * @throws WinnowError DEMOS_EMPTY: no such demos are left; FILE_NOT_FOUND, FILE_UNREADABLE: of the sample
 */
export async function readOtherText(
  store: Store,
  { kind, domain }: z.infer<typeof otherTextSchema>,
  copies: DemoCopies,
): Promise<TextOfDomain> {
  if (kind === 'sample') {
    const path = sampleFiles(domain).text;
    const text = await readEvaluationText(path);
    return { id: null, name: basename(path), domain: sampleDomainName(domain), hash: hashText(text), text };
  }
  const text = demosNotScored(store, domain, copies);
  if (text.length === 0) throw new WinnowError('DEMOS_EMPTY', msg('noDemoLeft', { domain }));
  return { id: null, name: nameOfDemosLeft(domain), domain, hash: hashText(text), text };
}

/** Up to `MOST_DEMOS` demos of a domain that are no copies. @param copies as for `readOtherText` */
export function demosNotScored(store: Store, domain: string, copies: DemoCopies): EvaluationDocument[] {
  const documents: EvaluationDocument[] = [];
  for (const { hash, path, line } of listDemoSources(store, domain)) {
    if (documents.length === MOST_DEMOS) break;
    const content = findDemoContent(store, hash);
    if (content && !copies.has(content)) documents.push({ id: `${basename(path)}:${line}`, content });
  }
  return documents;
}

/** The domain that every one of the files is named like; null: there is none. */
export function domainOfFiles(store: Store, paths: readonly string[]): string | null {
  const stems = new Set(paths.map((path) => basename(path, extname(path))));
  return listDomains(store).find(({ name }) => stems.size === 1 && stems.has(name))?.name ?? null;
}

/** The displayed name of a sample domain, distinct from the user's domains. */
export function sampleDomainName(domain: string): string {
  return `${domain} (sample)`;
}

/** Overlaps that an error lists individually; the rest are counted. */
const NAMED_OVERLAPS = 20;
/** The share of a text that must be comparable for nothing to be said. */
const COMPARABLE_SHARE = 1 / 2;

type Overlapping = NonNullable<ReturnType<DemoCopies['compare']>['copy']> & {
  readonly text: string;
  readonly document: string;
};

/**
 * Refuses texts with documents that are copies of demos, and warns of texts most of which cannot be compared.
 * @param copies of the demos that the measured experts were chosen by
 * @throws WinnowError CALIBRATION_OVERLAP; the signal's reason
 */
export async function requireApart(
  copies: DemoCopies,
  texts: readonly NamedText[],
  { signal, log }: Task,
): Promise<void> {
  const overlaps: Overlapping[] = [];
  for (const text of texts) {
    let [all, compared] = [0, 0];
    const check = ({ id, content }: ReturnType<typeof toDocuments>[number]): void => {
      const { copy, weight, comparable } = copies.compare(content);
      all += weight;
      compared += comparable;
      if (copy) overlaps.push({ text: text.name, document: id, ...copy });
    };
    await inSlices(toDocuments(text), check, signal);
    if (compared >= COMPARABLE_SHARE * all) continue;
    const percent = `${Math.round(100 * (1 - compared / all))}%`;
    log(inEnglish(msg('overlapUnseen', { text: text.name, percent })));
  }
  const [first] = overlaps;
  if (first) throw overlapError(first, overlaps);
}

const OVERLAPS = { holds: 'overlapHolds', within: 'overlapWithin' } as const;

function overlapError(first: Overlapping, overlaps: readonly Overlapping[]): WinnowError {
  const { text, document, demo, share, how } = first;
  const where = document === text ? text : msg('documentOf', { text, document });
  const more = overlaps.length === 1 ? [] : [msg('moreOverlap', { count: overlaps.length - 1 })];
  const said = { where, demo, more };
  const percent = `${Math.round(100 * share)}%`;
  const sentence = how === 'same' ? msg('overlapSame', said) : msg(OVERLAPS[how], { ...said, percent });
  return new WinnowError('CALIBRATION_OVERLAP', sentence, {
    text,
    document,
    demo,
    share,
    count: overlaps.length,
    overlaps: overlaps.slice(0, NAMED_OVERLAPS),
  });
}
