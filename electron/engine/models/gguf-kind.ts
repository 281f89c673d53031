// GGUF files that lie among models and are none.
import type { GgufHeader } from '../../contract/model-info.ts';
import { keyString } from './gguf-keys.ts';

const KINDS: Readonly<Record<string, string>> = {
  mmproj: 'it is the image or audio encoder that goes with a model',
  imatrix: 'it is an importance matrix, which helps to quantise a model',
  adapter: 'it is an adapter (LoRA), which changes another model',
  controlvector: 'it is a control vector, which steers another model',
};

/** The same by `general.architecture`, for files that do not name their type. */
const KIND_OF_ARCHITECTURE: Readonly<Record<string, string>> = { clip: 'mmproj', controlvector: 'controlvector' };

/**
 * What the file is, where it is not a model; else null.
 * @param headers of all its parts
 */
export function otherKind(headers: readonly Pick<GgufHeader, 'kv' | 'tensors'>[]): string | null {
  const kv = headers[0]?.kv ?? {};
  const type = keyString(kv, 'general.type') ?? '';
  const arch = keyString(kv, 'general.architecture') ?? '';
  const kind = KINDS[type] ?? KINDS[KIND_OF_ARCHITECTURE[arch] ?? ''];
  if (kind !== undefined) return kind;
  return headers.every(({ tensors }) => tensors.length === 0) ? 'it holds a vocabulary only, without weights' : null;
}
