// Files that llama.cpp loads, but that make it end the process as soon as it computes: it checks a file's types and numbers only where
// it uses them.
import { WinnowError } from '../../contract/errors.ts';
import type { GgufKeys, TensorInfo } from '../../contract/model-info.ts';
import { msg } from '../../contract/sentences.ts';
import { keyNumbers } from './gguf-keys.ts';

/** ggml aborts on memory with another alignment, and llama.cpp maps files as they lie. */
const MAPPED_ALIGNMENT = 32;

/** Types that ggml has, but that no operation takes as weights. */
const NOT_COMPUTED: readonly string[] = ['f64', 'i8', 'i16', 'i32', 'i64', 'q8_1', 'q8_K'];
/** deepseek4's table from tokens to experts, which is looked up, not computed with. */
const LOOKED_UP = /\.ffn_gate_tid2eid\.weight$/;

/** Keys of numbers that are added to a divisor: ggml ends the process if one is below 0. */
const EPSILON = /epsilon$/;

/**
 * Refuses a model that llama.cpp loads but cannot compute with.
 * @param paths of the parts
 * @throws WinnowError GGUF_CORRUPT, which names the tensor or the key
 */
export function requireComputable(
  arch: string,
  kv: GgufKeys,
  tensors: readonly TensorInfo[],
  paths: readonly string[],
): void {
  for (const { name, type, fileOffset, part } of tensors) {
    const path = paths[part] ?? paths[0] ?? '';
    if (fileOffset % MAPPED_ALIGNMENT !== 0) {
      throw new WinnowError(
        'GGUF_CORRUPT',
        msg('tensorMisaligned', { path, tensor: name, offset: fileOffset, alignment: MAPPED_ALIGNMENT }),
        { path, tensor: name, fileOffset },
      );
    }
    if (NOT_COMPUTED.includes(type) && !LOOKED_UP.test(name)) {
      throw new WinnowError(
        'GGUF_CORRUPT',
        msg('tensorNotComputed', { path, tensor: name, type: type.toUpperCase() }),
        {
          path,
          tensor: name,
          type,
        },
      );
    }
  }
  for (const key of Object.keys(kv)) {
    if (!key.startsWith(`${arch}.`)) continue;
    const wrong = keyNumbers(kv, key).find((value) =>
      EPSILON.test(key) ? !(value >= 0 && value < Infinity) : Number.isNaN(value),
    );
    if (wrong === undefined) continue;
    const [path = ''] = paths;
    throw new WinnowError('GGUF_CORRUPT', msg('keyNotComputed', { path, key, value: String(wrong) }), { path, key });
  }
}
