import { createHash } from 'node:crypto';

/** Hash of a list of demos, over their own hashes in order. SHA-256, hex. */
export function demosHash(hashes: readonly string[]): string {
  const hash = createHash('sha256');
  for (const one of hashes) hash.update(`${one}\n`);
  return hash.digest('hex');
}
