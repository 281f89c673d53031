// Records earlier choices in a file that is pruned again: the demos that its experts were chosen by and its down matrices fitted to before.
import type { GgufKeys } from '../../../contract/model-info.ts';
import { WINNOW_KEYS } from '../../../contract/winnow-keys.ts';
import { z } from 'zod';
import type { GgufEdit } from '../../../../native/index.ts';
import { parsedJson } from '../../base/files/json-guard.ts';
import { keyString } from '../../models/gguf-keys.ts';

const earlierSchema = z.array(
  z.object({
    source: z.object({ name: z.string(), fingerprint: z.string() }),
    criterion: z.string().nullable(),
    /** From the file's own keys; null: they did not say. */
    selection: z.unknown(),
    repair: z.unknown(),
  }),
);

/** One of the choices behind a file. */
type MadeBy = z.infer<typeof earlierSchema>[number];

/** All choices that a file was made by, in order; empty: Winnow did not write it. */
export function choicesBehind(kv: GgufKeys): readonly MadeBy[] {
  const [name, selection] = [keyString(kv, WINNOW_KEYS.sourceName), keyString(kv, WINNOW_KEYS.selection)];
  const repair = jsonOf(kv, WINNOW_KEYS.repair);
  if (name === null && selection === null && repair === null) return [];
  // another program may have changed the keys
  const earlier = earlierSchema.safeParse(jsonOf(kv, WINNOW_KEYS.earlier)).data ?? [];
  const last: MadeBy = {
    source: { name: name ?? '', fingerprint: keyString(kv, WINNOW_KEYS.sourceFingerprint) ?? '' },
    criterion: keyString(kv, WINNOW_KEYS.criterion),
    selection: jsonOf(kv, WINNOW_KEYS.selection),
    repair,
  };
  return [...earlier, last];
}

/** The key that records the source's choices in a file pruned from it. @param kv keys of the source file */
export function earlierKeys(kv: GgufKeys): readonly GgufEdit[] {
  const choices = choicesBehind(kv);
  return choices.length === 0 ? [] : [{ key: WINNOW_KEYS.earlier, type: 'string', value: JSON.stringify(choices) }];
}

function jsonOf(kv: GgufKeys, key: string): unknown {
  return parsedJson(keyString(kv, key) ?? '') ?? null;
}
