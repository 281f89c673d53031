// Names of `general.file_type` numbers, as in llama.cpp's llama_ftype.
import type { GgufKeys } from '../../contract/model-info.ts';
import { QUANT_TYPES } from '../../contract/quantise.ts';
import { keyInteger } from './gguf-keys.ts';

/** File types that llama-quantize makes under another name, and one that it does not make. */
const OTHER_NAMES: readonly (readonly [number, string])[] = [
  [38, 'MXFP4'],
  [39, 'NVFP4'],
];
const FILE_TYPES = new Map<number, string>([
  ...QUANT_TYPES.map(({ fileType, name }) => [fileType, name] as const),
  ...OTHER_NAMES,
]);

/** llama.cpp's name of the quantisation, such as "Q8_0"; "unknown" if the header has none. */
export function fileTypeName(kv: GgufKeys): string {
  const number = keyInteger(kv, 'general.file_type');
  return (number !== null && FILE_TYPES.get(number)) || 'unknown';
}
