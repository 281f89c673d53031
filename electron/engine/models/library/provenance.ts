// What a file that Winnow wrote states about its origin.
import { z } from 'zod';
import { parsedJson } from '../../base/files/json-guard.ts';
import type { GgufKeys } from '../../../contract/model-info.ts';
import { publishedRepair, repairFactsSchema, type PublishedRepair } from '../../../contract/repair.ts';
import { WINNOW_KEYS } from '../../../contract/winnow-keys.ts';
import { keyInteger, keyString } from '../gguf-keys.ts';

const selection = z.object({ demos: z.array(z.object({ domain: z.string() })) });

/**
 * The origin of a file, by key: winnow.source.name, winnow.source.fingerprint, winnow.source.expert_count and winnow.criterion; for
 * experts with fewer neurons than the source's, winnow.source.expert_width and winnow.expert_width, as stated in the file;
 * winnow.domains, names separated by commas; winnow.kept, experts per layer. null: Winnow did not write the file.
 */
export function provenanceOf(kv: GgufKeys, nExpert: number): Record<string, string> | null {
  const source = keyString(kv, WINNOW_KEYS.sourceName);
  if (source === null) return null;
  const facts: Record<string, string | number | null> = {
    [WINNOW_KEYS.sourceName]: source,
    [WINNOW_KEYS.sourceFingerprint]: keyString(kv, WINNOW_KEYS.sourceFingerprint),
    [WINNOW_KEYS.sourceExpertCount]: keyInteger(kv, WINNOW_KEYS.sourceExpertCount),
    [WINNOW_KEYS.sourceExpertWidth]: keyInteger(kv, WINNOW_KEYS.sourceExpertWidth),
    [WINNOW_KEYS.expertWidth]: keyInteger(kv, WINNOW_KEYS.expertWidth),
    [WINNOW_KEYS.criterion]: keyString(kv, WINNOW_KEYS.criterion),
    'winnow.domains': domainsOf(keyString(kv, WINNOW_KEYS.selection)),
    'winnow.kept': nExpert,
  };
  return Object.fromEntries(
    Object.entries(facts).flatMap(([key, value]) => (value === null || value === '' ? [] : [[key, String(value)]])),
  );
}

/** The repair of the experts' down matrices; null: there was none, or another program changed what the file states. */
export function repairOf(kv: GgufKeys): PublishedRepair | null {
  const { data } = repairFactsSchema.safeParse(parsedJson(keyString(kv, WINNOW_KEYS.repair) ?? ''));
  return data ? publishedRepair(data) : null;
}

/** @param json null: the file has no such key; another program may have changed its form */
function domainsOf(json: string | null): string | null {
  const { data } = selection.safeParse(parsedJson(json ?? ''));
  const domains = data?.demos.map(({ domain }) => domain).filter((domain) => domain !== '');
  return domains?.join(', ') ?? null;
}
