// What a file that is pruned again says of the choices before: by which demos its experts were chosen, and its routers fitted, already.
import type { GgufKeys } from '../../../contract/model-info.ts';
import { z } from 'zod';
import type { GgufEdit } from '../../../../native/index.ts';
import { parsedJson } from '../../base/files/json-guard.ts';
import { keyString, REPAIR_KEY } from '../../models/gguf-keys.ts';

const EARLIER_KEY = 'winnow.earlier';
const CRITERION_KEY = 'winnow.criterion';
const SELECTION_KEY = 'winnow.selection';
const CALIBRATION_KEY = 'winnow.calibration';

const earlierSchema = z.array(
  z.object({
    source: z.object({ name: z.string(), fingerprint: z.string() }),
    criterion: z.string().nullable(),
    /** As the file's own keys said it; null: they did not. */
    selection: z.unknown(),
    calibration: z.unknown(),
    /** Older files have none. */
    repair: z.unknown(),
  }),
);

/** One choice that a file was made by. */
type MadeBy = z.infer<typeof earlierSchema>[number];

/** All choices that a file was made by, the first one first; none: Winnow did not write it. */
export function choicesBehind(kv: GgufKeys): readonly MadeBy[] {
  const [name, selection] = [keyString(kv, 'winnow.source.name'), keyString(kv, SELECTION_KEY)];
  const repair = jsonOf(kv, REPAIR_KEY);
  if (name === null && selection === null && repair === null) return [];
  // another program may have changed the keys
  const earlier = earlierSchema.safeParse(jsonOf(kv, EARLIER_KEY)).data ?? [];
  const last: MadeBy = {
    source: { name: name ?? '', fingerprint: keyString(kv, 'winnow.source.fingerprint') ?? '' },
    criterion: keyString(kv, CRITERION_KEY),
    selection: jsonOf(kv, SELECTION_KEY),
    calibration: jsonOf(kv, CALIBRATION_KEY),
    repair,
  };
  return [...earlier, last];
}

/**
 * What is said of them by a file that is pruned from such a one.
 * @param kv of the file that it is pruned from
 * @param own keys that say of the new choice what they said of the last one
 */
export function earlierKeys(
  kv: GgufKeys,
  own: readonly GgufEdit[],
): { readonly set: readonly GgufEdit[]; readonly remove: readonly string[] } {
  const choices = choicesBehind(kv);
  if (choices.length === 0) return { set: [], remove: [] };
  return {
    set: [{ key: EARLIER_KEY, type: 'string', value: JSON.stringify(choices) }],
    remove: [CRITERION_KEY, SELECTION_KEY, CALIBRATION_KEY, REPAIR_KEY].filter(
      (name) => !own.some(({ key }) => key === name),
    ),
  };
}

function jsonOf(kv: GgufKeys, key: string): unknown {
  return parsedJson(keyString(kv, key) ?? '') ?? null;
}
