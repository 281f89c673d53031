// GGUF files that lie among models but are not models.
import type { GgufHeader } from '../../contract/model-info.ts';
import { say, type Sentence } from '../../contract/sentences.ts';
import { keyString } from './gguf-keys.ts';

const KINDS: Readonly<Record<string, Sentence>> = {
  mmproj: say('isMmproj'),
  imatrix: say('isImatrix'),
  adapter: say('isAdapter'),
  controlvector: say('isControlVector'),
};

/** The kind by `general.architecture`, for files that do not name their type. */
const KIND_OF_ARCHITECTURE: Readonly<Record<string, string>> = { clip: 'mmproj', controlvector: 'controlvector' };

/**
 * What the file is, if it is not a model; null: it is one.
 * @param headers of all its parts
 */
export function otherKind(headers: readonly Pick<GgufHeader, 'kv' | 'tensors'>[]): Sentence | null {
  const kv = headers[0]?.kv ?? {};
  const type = keyString(kv, 'general.type') ?? '';
  const arch = keyString(kv, 'general.architecture') ?? '';
  const kind = KINDS[type] ?? KINDS[KIND_OF_ARCHITECTURE[arch] ?? ''];
  if (kind !== undefined) return kind;
  return headers.every(({ tensors }) => tensors.length === 0) ? say('isVocabulary') : null;
}
