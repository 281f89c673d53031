// Repository of domains.
import { z } from 'zod';
import { domainSchema, type Domain } from '../../contract/api/demos.ts';
import { WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';
import type { Store } from './database.ts';

const idRow = z.object({ id: z.int() });

const DOMAINS = `SELECT id, name,
  (SELECT count(*) FROM demos WHERE domain_id = domains.id) AS demos,
  (SELECT count(*) FROM demos WHERE domain_id = domains.id AND prompt_only = 1) AS promptOnly,
  (SELECT count(*) FROM held_out_texts WHERE domain_id = domains.id) AS texts
  FROM domains`;

/** The domain with this name, created if it does not exist. */
export function ensureDomain(store: Store, name: string): Domain {
  return store.transaction(() => {
    store.run('INSERT INTO domains (name) VALUES (?) ON CONFLICT (name) DO NOTHING', name);
    return store.get(domainSchema, `${DOMAINS} WHERE name = ?`, name)!;
  });
}

/** @throws WinnowError USAGE when a domain with this name exists */
export function createDomain(store: Store, name: string): Domain {
  return store.transaction(() => {
    requireFreeName(store, name);
    return ensureDomain(store, name);
  });
}

/** @throws WinnowError USAGE when the domain was deleted */
export function getDomain(store: Store, id: number): Domain {
  const domain = store.get(domainSchema, `${DOMAINS} WHERE id = ?`, id);
  if (domain) return domain;
  throw new WinnowError('USAGE', say('domainDeleted'), { domainId: id });
}

/** All domains, by name. */
export function listDomains(store: Store): Domain[] {
  return store.all(domainSchema, `${DOMAINS} ORDER BY name`);
}

/** @throws WinnowError USAGE when another domain has this name */
export function renameDomain(store: Store, id: number, name: string): void {
  store.transaction(() => {
    requireFreeName(store, name, id);
    store.run('UPDATE domains SET name = ? WHERE id = ?', name, id);
  });
}

/** Deletes the domain, its demos and texts. Score runs keep the domain's name and the demos' hashes. */
export function deleteDomain(store: Store, id: number): void {
  store.run('DELETE FROM domains WHERE id = ?', id);
}

/**
 * Creates a deleted domain again, still empty.
 * @throws WinnowError USAGE when another domain now has its name
 */
export function restoreDomain(store: Store, { id, name }: Domain): void {
  store.transaction(() => {
    requireFreeName(store, name);
    store.run('INSERT INTO domains (id, name) VALUES (?, ?)', id, name);
  });
}

/** @param except the domain that may have the name */
function requireFreeName(store: Store, name: string, except: number | null = null): void {
  if (!store.get(idRow, 'SELECT id FROM domains WHERE name = ? AND id IS NOT ?', name, except)) return;
  throw new WinnowError('USAGE', say('domainNameTaken', { name }), {
    name,
  });
}
