// What a file that Winnow wrote says of its making.
import { z } from 'zod';
import { parsedJson } from '../../base/files/json-guard.ts';
import type { GgufKeys } from '../../../contract/model-info.ts';
import { publishedRepair, repairFactsSchema, type PublishedRepair } from '../../../contract/repair.ts';
import { keyInteger, keyString, REPAIR_KEY, SOURCE_WIDTH_KEY, WIDTH_KEY } from '../gguf-keys.ts';

const selection = z.object({ demos: z.array(z.object({ domain: z.string() })) });

/**
 * By key: winnow.source.name, winnow.source.fingerprint, winnow.source.expert_count, winnow.criterion, and the neurons of experts that
 * have fewer than the source's, winnow.source.expert_width and winnow.expert_width, as the file has them; winnow.domains, names
 * separated by commas; winnow.kept, experts a layer. null: Winnow did not write the file.
 */
export function provenanceOf(kv: GgufKeys, nExpert: number): Record<string, string> | null {
  const source = keyString(kv, 'winnow.source.name');
  if (source === null) return null;
  const facts: Record<string, string | number | null> = {
    'winnow.source.name': source,
    'winnow.source.fingerprint': keyString(kv, 'winnow.source.fingerprint'),
    'winnow.source.expert_count': keyInteger(kv, 'winnow.source.expert_count'),
    [SOURCE_WIDTH_KEY]: keyInteger(kv, SOURCE_WIDTH_KEY),
    [WIDTH_KEY]: keyInteger(kv, WIDTH_KEY),
    'winnow.criterion': keyString(kv, 'winnow.criterion'),
    'winnow.domains': domainsOf(keyString(kv, 'winnow.selection')),
    'winnow.kept': nExpert,
  };
  return Object.fromEntries(
    Object.entries(facts).flatMap(([key, value]) => (value === null || value === '' ? [] : [[key, String(value)]])),
  );
}

/** null: its experts' down matrices were not repaired, or another program changed what the file says of that. */
export function repairOf(kv: GgufKeys): PublishedRepair | null {
  const { data } = repairFactsSchema.safeParse(parsedJson(keyString(kv, REPAIR_KEY) ?? ''));
  return data ? publishedRepair(data) : null;
}

/** @param json null: the file has no such key; of another form where another program changed it */
function domainsOf(json: string | null): string | null {
  const { data } = selection.safeParse(parsedJson(json ?? ''));
  const domains = data?.demos.map(({ domain }) => domain).filter((domain) => domain !== '');
  return domains?.join(', ') ?? null;
}
