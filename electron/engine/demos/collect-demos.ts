// Collects demos: of files, which become part of a domain on the way, of a domain, or stored ones. Which of them are taken: the first
// ones, the longest or a random sample, without those that are held back.
import { basename, resolve } from 'node:path';
import type { Domain } from '../../contract/api/demos.ts';
import type { DemoContent, ImportedDemo, ImportReport } from '../../contract/demo.ts';
import { WinnowError } from '../../contract/errors.ts';
import { heldBack } from '../../contract/held-back.ts';
import { printableName } from '../../contract/printable.ts';
import type { DemoSource, StoredDemos } from '../../contract/requests.ts';
import { inEnglish, msg, type Sentence } from '../../contract/sentences.ts';
import type { TakenDemos } from '../../contract/taken-demos.ts';
import type { WorkerHost } from '../base/backend/worker-host.ts';
import { uniform } from '../base/statistics/numbers.ts';
import type { EngineContext } from '../store/engine-context.ts';
import type { Store } from '../store/database.ts';
import { addDemos, findDemoContent, getDemo, listDemoSizes } from '../store/demos.ts';
import { ensureDomain, getDomain } from '../store/domains.ts';
import { inSlices } from '../store/slices.ts';
import { importDemoFile } from './import.ts';

/** The most rejected lines that are listed one by one; the rest is counted. */
const NAMED_REJECTIONS = 5;

export type SourceDemo = {
  /** The name that people read: "tickets.jsonl:3". */
  readonly id: string;
  /** SHA-256 of the content. */
  readonly hash: string;
  readonly content: DemoContent;
};

type DemoSet = {
  /** Name of the domain. */
  readonly domain: string;
  /** Each demo once, in the order of the files, or in which they were added to the domain. */
  readonly demos: readonly SourceDemo[];
  readonly warnings: readonly string[];
};

/**
 * @throws WinnowError DEMOS_EMPTY, USAGE: the domain was deleted, what importing throws, and the signal's reason
 */
export async function collectDemos(
  source: DemoSource | OpenedSource | StoredDemos,
  which: TakenDemos,
  context: EngineContext,
  signal: AbortSignal,
): Promise<DemoSet> {
  switch (source.kind) {
    case 'domain':
      return demosOfDomain(source.domainId, which, context.store, signal);
    case 'files':
      return collectDemos(await openSource(source, context.host), which, context, signal);
    case 'read':
      return demosOfFiles(source, which, context.store);
    case 'stored':
      return storedDemos(source, which, context.store, signal);
  }
}

/** The stored demos that were asked for, without those that were deleted meanwhile. */
async function storedDemos(
  { domain, demos: refs }: StoredDemos,
  which: TakenDemos,
  store: Store,
  signal: AbortSignal,
): Promise<DemoSet> {
  const demos: SourceDemo[] = [];
  const add = ({ id, hash }: (typeof refs)[number]): void => {
    const content = findDemoContent(store, hash);
    if (content) demos.push({ id, hash, content });
  };
  await inSlices(refs, add, signal);
  return { domain, demos: takenByBytes(demos, which), warnings: [] };
}

/** The demos taken from files, which also become demos of the domain. */
function demosOfFiles(
  { domain, demos: read, reports, warnings }: Extract<OpenedSource, { kind: 'read' }>,
  which: TakenDemos,
  store: Store,
): DemoSet {
  const demos = takenByBytes(read, which);
  const domainId = ensureDomain(store, domain).id;
  const used = new Set(demos.map(({ hash }) => hash));
  for (const report of reports) {
    addDemos(
      store,
      domainId,
      report.path,
      report.demos.filter(({ hash }) => used.has(hash)),
    );
  }
  return { domain, demos, warnings };
}

async function demosOfDomain(domainId: number, which: TakenDemos, store: Store, signal: AbortSignal): Promise<DemoSet> {
  const { name } = requireDemos(store, domainId);
  const demos: SourceDemo[] = [];
  const add = ({ id }: { readonly id: number }): void => {
    const { hash, content, sourcePath, sourceLine } = getDemo(store, id);
    demos.push({ id: `${basename(sourcePath)}:${sourceLine}`, hash, content });
  };
  await inSlices(
    takenDemos(listDemoSizes(store, domainId), ({ bytes }) => bytes, which),
    add,
    signal,
  );
  return { domain: name, demos, warnings: [] };
}

/** @throws WinnowError USAGE: the domain was deleted; DEMOS_EMPTY */
export function requireDemos(store: Store, domainId: number): Domain {
  const domain = getDomain(store, domainId);
  if (domain.demos > 0) return domain;
  throw new WinnowError('DEMOS_EMPTY', msg('domainEmpty', { name: domain.name }), {
    domainId,
  });
}

type GatheredDemo = ImportedDemo & {
  /** The name that people read: "tickets.jsonl:3". */
  readonly id: string;
};

type GatheredDemos = {
  readonly demos: readonly GatheredDemo[];
  readonly reports: readonly ImportReport[];
  readonly warnings: readonly string[];
};

/**
 * Imports the files in order; a demo that occurs twice counts once.
 * @param host starts the processes that decode
 * @throws WinnowError DEMOS_EMPTY when no file holds a usable demo, and what importing throws
 */
export async function gatherDemos(paths: readonly string[], host: WorkerHost): Promise<GatheredDemos> {
  const reports: ImportReport[] = [];
  for (const path of paths) reports.push(await importDemoFile(resolve(path), host));

  const warnings = reports.flatMap(reportWarnings);
  const byHash = new Map<string, GatheredDemo>();
  for (const report of reports) {
    for (const demo of report.demos) {
      if (!byHash.has(demo.hash)) byHash.set(demo.hash, { ...demo, id: `${basename(report.path)}:${demo.line}` });
    }
  }
  const demos = [...byHash.values()];
  if (demos.length === 0) {
    const reasons = warnings.length > 0 ? warnings : [msg('noDemosInFiles')];
    throw new WinnowError('DEMOS_EMPTY', msg('noUsableDemo', { paths: paths.join(', '), reasons }), { paths });
  }
  return { demos, reports, warnings: warnings.map(inEnglish) };
}

/** Files that were read, and the domain name for all of their demos. */
type ReadFiles = GatheredDemos & { readonly kind: 'read'; readonly domain: string };

/** A source of demos whose files have been read, so that the next step need not read them again. */
export type OpenedSource = Extract<DemoSource, { kind: 'domain' }> | ReadFiles;

/** @throws WinnowError as `gatherDemos` */
export async function openSource(source: DemoSource, host: WorkerHost): Promise<OpenedSource> {
  if (source.kind === 'domain') return source;
  const { files, domain = nameOfFiles(files) } = source;
  return { kind: 'read', domain, ...(await gatherDemos(files, host)) };
}

/** The domain name for several files: the name of the first. */
function nameOfFiles(files: readonly string[]): string {
  return printableName(basename(files[0] ?? 'demos').replace(/\.[^.]+$/, ''));
}

function reportWarnings({ path, rejected, duplicates, ownAnswers, left }: ImportReport): Sentence[] {
  const warnings = rejected
    .slice(0, NAMED_REJECTIONS)
    .map(({ line, reason }) => msg('lineLeftOut', { path, line, reason }));
  if (rejected.length > NAMED_REJECTIONS) {
    const lines = rejected.slice(NAMED_REJECTIONS, NAMED_REJECTIONS + 20).map(({ line }) => line);
    const more = rejected.length - NAMED_REJECTIONS;
    const named = `${lines.join(', ')}${more > lines.length ? ', …' : ''}`;
    warnings.push(msg('linesLeftOut', { path, count: more, lines: named }));
  }
  warnings.push(...left.map((reason) => msg('inFile', { path, reason })));
  if (ownAnswers > 0) {
    warnings.push(msg('ownAnswersTaken', { path, count: ownAnswers }));
  }
  if (duplicates.length > 0) warnings.push(msg('occurTwice', { path, count: duplicates.length }));
  return warnings;
}

/** Any fixed number: the same demos give the same sample. */
const SAMPLE_SEED = 1;

/**
 * The demos of a set that are taken, in its order. Of demos with the same length, earlier ones are taken first.
 * @param measure in any unit
 */
export function takenDemos<Demo>(demos: readonly Demo[], measure: (demo: Demo) => number, which: TakenDemos): Demo[] {
  const lengths = demos.map(measure);
  return takenPlaces(lengths, which).map((place) => demos[place]!);
}

/** `takenDemos` without tokens: the length of a demo is the number of its stored bytes. */
export function takenByBytes<Demo extends { readonly content: DemoContent }>(
  demos: readonly Demo[],
  which: TakenDemos,
): Demo[] {
  return takenDemos(demos, ({ content }) => Buffer.byteLength(JSON.stringify(content)), which);
}

function takenPlaces(lengths: readonly number[], which: TakenDemos): number[] {
  const { limit = Infinity, limitBy = 'first', holdBack = 0 } = which;
  const places = lengths.slice(0, lengths.length - heldBack(lengths.length, holdBack)).map((_, place) => place);
  if (limit >= places.length) return places;
  const ranks = {
    first: () => places,
    random: () => shuffled(places),
    longest: () => byLength(lengths, places),
  };
  return ranks[limitBy]()
    .slice(0, limit)
    .sort((a, b) => a - b);
}

function byLength(lengths: readonly number[], places: readonly number[]): number[] {
  return [...places].sort((a, b) => lengths[b]! - lengths[a]! || a - b);
}

/** The places in random order, by Fisher and Yates. */
function shuffled(places: readonly number[]): number[] {
  const random = uniform(SAMPLE_SEED);
  const left = [...places];
  for (let i = left.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [left[i], left[other]] = [left[other]!, left[i]!];
  }
  return left;
}
