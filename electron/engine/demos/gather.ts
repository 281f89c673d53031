// Collects the demos of several files into one set, and reports what was left out.
import { basename, resolve } from 'node:path';
import type { DemoContent, ImportedDemo, ImportReport } from '../../contract/demo.ts';
import { WinnowError } from '../../contract/errors.ts';
import { heldBack } from '../../contract/held-back.ts';
import { printableName } from '../../contract/printable.ts';
import type { DemoSource } from '../../contract/requests.ts';
import { inEnglish, say, type Sentence } from '../../contract/sentences.ts';
import type { TakenDemos } from '../../contract/taken-demos.ts';
import { forkWorker, type WorkerHost } from '../base/backend/worker-host.ts';
import { uniform } from '../base/statistics/uniform.ts';
import { importDemoFile } from './import.ts';

/** The most rejected lines that are listed one by one; the rest is counted. */
const NAMED_REJECTIONS = 5;

type GatheredDemo = ImportedDemo & {
  /** The name that people read: "tickets.jsonl:3". */
  readonly id: string;
};

/**
 * The demos of a set that are taken, in its order. Of demos with the same length, earlier ones are taken first.
 * @param lengthOf in any unit
 */
export function takenDemos<Demo>(demos: readonly Demo[], lengthOf: (demo: Demo) => number, taken: TakenDemos): Demo[] {
  const lengths = demos.map(lengthOf);
  return takenPlaces(lengths, taken).map((place) => demos[place]!);
}

function takenPlaces(lengths: readonly number[], taken: TakenDemos): number[] {
  const { limit = Infinity, limitBy = 'first', limitSeed = 1, holdBack = 0 } = taken;
  const places = lengths.slice(0, lengths.length - heldBack(lengths.length, holdBack)).map((_, place) => place);
  if (limit >= places.length) return places;
  const ranks = {
    first: () => places,
    random: () => shuffled(places, limitSeed),
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
function shuffled(places: readonly number[], seed: number): number[] {
  const random = uniform(seed);
  const left = [...places];
  for (let i = left.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [left[i], left[other]] = [left[other]!, left[i]!];
  }
  return left;
}

/** The same if the tokens are not known: the length of a demo is the number of stored bytes. */
export function takenByBytes<Demo extends { readonly content: DemoContent }>(
  demos: readonly Demo[],
  taken: TakenDemos,
): Demo[] {
  return takenDemos(demos, ({ content }) => Buffer.byteLength(JSON.stringify(content)), taken);
}

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
export async function gatherDemos(paths: readonly string[], host: WorkerHost = forkWorker): Promise<GatheredDemos> {
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
    const reasons = warnings.length > 0 ? warnings : [say('noDemosInFiles')];
    throw new WinnowError('DEMOS_EMPTY', say('noUsableDemo', { paths: paths.join(', '), reasons }), { paths });
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
    .map(({ line, reason }) => say('lineLeftOut', { path, line, reason }));
  if (rejected.length > NAMED_REJECTIONS) {
    const lines = rejected.slice(NAMED_REJECTIONS, NAMED_REJECTIONS + 20).map(({ line }) => line);
    const more = rejected.length - NAMED_REJECTIONS;
    const named = `${lines.join(', ')}${more > lines.length ? ', …' : ''}`;
    warnings.push(say('linesLeftOut', { path, count: more, lines: named }));
  }
  warnings.push(...left.map((reason) => say('inFile', { path, reason })));
  if (ownAnswers > 0) {
    warnings.push(say('ownAnswersTaken', { path, count: ownAnswers }));
  }
  if (duplicates.length > 0) warnings.push(say('occurTwice', { path, count: duplicates.length }));
  return warnings;
}
