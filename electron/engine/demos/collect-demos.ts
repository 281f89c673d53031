// Collects the demos of a scoring run: from files, which become part of a domain on the way, from a domain, or stored ones.
import { basename } from 'node:path';
import type { Domain } from '../../contract/api/demos.ts';
import type { DemoContent } from '../../contract/demo.ts';
import { WinnowError } from '../../contract/errors.ts';
import type { DemoSource, StoredDemos } from '../../contract/requests.ts';
import { say } from '../../contract/sentences.ts';
import type { TakenDemos } from '../../contract/taken-demos.ts';
import type { EngineContext } from '../store/engine-context.ts';
import type { Store } from '../store/database.ts';
import { addDemos, findDemoContent, getDemo, listDemoSizes } from '../store/demos.ts';
import { ensureDomain, getDomain } from '../store/domains.ts';
import { inSlices } from '../store/slices.ts';
import { openSource, takenByBytes, takenDemos, type OpenedSource } from './gather.ts';

export type SourceDemo = {
  /** The name that people read: "tickets.jsonl:3". */
  readonly id: string;
  /** SHA-256 of the content. */
  readonly hash: string;
  readonly content: DemoContent;
};

export type DemoSet = {
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
  taken: TakenDemos,
  context: Pick<EngineContext, 'store' | 'host'>,
  signal: AbortSignal,
): Promise<DemoSet> {
  switch (source.kind) {
    case 'domain':
      return demosOfDomain(source.domainId, taken, context.store, signal);
    case 'files':
      return collectDemos(await openSource(source, context.host), taken, context, signal);
    case 'read':
      return demosOfFiles(source, taken, context.store);
    case 'stored':
      return storedDemos(source, taken, context.store, signal);
  }
}

/** The stored demos that were asked for, without those that were deleted meanwhile. */
async function storedDemos(
  { domain, demos: asked }: StoredDemos,
  taken: TakenDemos,
  store: Store,
  signal: AbortSignal,
): Promise<DemoSet> {
  const found: SourceDemo[] = [];
  const add = ({ id, hash }: (typeof asked)[number]): void => {
    const content = findDemoContent(store, hash);
    if (content) found.push({ id, hash, content });
  };
  await inSlices(asked, add, signal);
  return { domain, demos: takenByBytes(found, taken), warnings: [] };
}

/** The demos taken from files, which also become demos of the domain. */
function demosOfFiles(
  { domain, demos: read, reports, warnings }: Extract<OpenedSource, { kind: 'read' }>,
  taken: TakenDemos,
  store: Store,
): DemoSet {
  const demos = takenByBytes(read, taken);
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

async function demosOfDomain(domainId: number, taken: TakenDemos, store: Store, signal: AbortSignal): Promise<DemoSet> {
  const { name } = requireDemos(store, domainId);
  const demos: SourceDemo[] = [];
  const add = ({ id }: { readonly id: number }): void => {
    const { hash, content, sourcePath, sourceLine } = getDemo(store, id);
    demos.push({ id: `${basename(sourcePath)}:${sourceLine}`, hash, content });
  };
  await inSlices(
    takenDemos(listDemoSizes(store, domainId), ({ bytes }) => bytes, taken),
    add,
    signal,
  );
  return { domain: name, demos, warnings: [] };
}

/** @throws WinnowError USAGE: the domain was deleted; DEMOS_EMPTY */
export function requireDemos(store: Store, domainId: number): Domain {
  const domain = getDomain(store, domainId);
  if (domain.demos > 0) return domain;
  throw new WinnowError('DEMOS_EMPTY', say('domainEmpty', { name: domain.name }), {
    domainId,
  });
}
