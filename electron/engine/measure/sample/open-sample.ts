// Adds the bundled sample's domains to the database, with their demos and held-out texts.
import { z } from 'zod';
import type { Domain } from '../../../contract/api/demos.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { importIntoDomain, importDemoFile } from '../../demos/import.ts';
import { importHeldOutText } from '../evaluation/read-documents.ts';
import { sampleDomains, sampleFiles } from '../../base/files/sample-files.ts';
import { listDemos } from '../../store/demos.ts';
import { createDomain, ensureDomain, listDomains } from '../../store/domains.ts';
import { getSetting, setSetting } from '../../store/settings.ts';

/** The domain to begin with: the only one whose questions the model answers properly; see its data card. */
const FIRST_DOMAIN = 'math';

/** Setting with the ids of the sample's domains, indexed by the sample's names, since users may rename domains. */
const SETTING = 'sample';
const opened = z.object({ domains: z.record(z.string(), z.int()) });

/**
 * Adds the domains that were never added, or were deleted; the others stay as they are.
 * @returns the id of the domain to begin with
 * @throws WinnowError as the importers; the signal's reason
 */
export async function openSampleDomains(context: EngineContext, signal: AbortSignal): Promise<number> {
  const { store } = context;
  const ids = getSetting(store, SETTING, opened)?.domains ?? {};
  const here = new Set(listDomains(store).map(({ id }) => id));
  const domains: Record<string, number> = {};
  for (const name of sampleDomains()) {
    const id = ids[name];
    domains[name] = id !== undefined && here.has(id) ? id : await addDomain(context, name, signal);
  }
  setSetting(store, SETTING, { domains });
  const first = domains[FIRST_DOMAIN];
  if (first === undefined) throw new WinnowError('INTERNAL', `the sample has no domain ${FIRST_DOMAIN}`);
  return first;
}

async function addDomain(context: EngineContext, name: string, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const { demos, text } = sampleFiles(name);
  const { id } = await freeDomain(context, name, demos);
  await importIntoDomain(context, id, demos, signal);
  await importHeldOutText(context, id, text);
  return id;
}

/** A domain of this name that holds nothing but the sample's demos, so that the user's own demos stay separate. */
async function freeDomain(context: EngineContext, name: string, demoFile: string): Promise<Domain> {
  const { store } = context;
  const domains = listDomains(store);
  const sameName = domains.find((domain) => domain.name === name);
  if (!sameName || (await holdsOnly(context, sameName, demoFile))) return ensureDomain(store, name);
  const names = new Set(domains.map((domain) => domain.name));
  let free = `${name} (sample)`;
  for (let n = 2; names.has(free); n++) free = `${name} (sample ${n})`;
  return createDomain(store, free);
}

/** Whether all of the domain's demos are in the file, as after a run on the sample from the command line. */
async function holdsOnly({ store, host }: EngineContext, domain: Domain, demoFile: string): Promise<boolean> {
  const bundled = new Set((await importDemoFile(demoFile, host)).demos.map(({ hash }) => hash));
  return domain.demos <= bundled.size && listDemos(store, domain.id).every(({ hash }) => bundled.has(hash));
}
