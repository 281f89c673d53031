import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** SHA-256 in hexadecimal digits. */
export const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');

export const fileHash = (path: string): string => sha256(readFileSync(path));
