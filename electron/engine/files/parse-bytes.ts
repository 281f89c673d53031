// Sizes as people write them.
import { WinnowError } from '../../contract/errors.ts';

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * Bytes of a size such as "12GiB", "12.5 GB", "800M" or "123456". KB, MB, GB, TB are powers of 1000; KiB … TiB
 * and the single letters K, M, G, T are powers of 1024. Case does not matter. Fractions of a byte are cut.
 * @throws WinnowError USAGE when the text is no such size
 */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*([a-z]*)$/i.exec(text.trim());
  const unitBytes = match === null ? undefined : UNIT_BYTES[match[2]!.toLowerCase()];
  const sizeBytes = match === null || unitBytes === undefined ? NaN : Math.floor(Number(match[1]) * unitBytes);
  if (!Number.isSafeInteger(sizeBytes)) {
    throw new WinnowError('USAGE', `"${text}" is not a size. Write for example 12GiB, 12.5GB or 800MiB.`, { text });
  }
  return sizeBytes;
}
