// Arrays as BLOBs. Each blob carries its length and checksum, so that a damaged one is not read as numbers.
import { crc32 } from 'node:zlib';
import { WinnowError } from '../../contract/errors.ts';
import { SUMS, makeSums, type ExpertSums } from '../../contract/criteria.ts';
import { msg } from '../../contract/sentences.ts';
import { isFiniteThroughout } from '../base/statistics/numbers.ts';

/** Header of four little-endian uint32: magic, payload bytes, CRC-32 of the payload, 0. */
const HEADER_BYTES = 16;
const MAGIC = 0x626f6c42;

/**
 * Puts length and checksum before the bytes of an array, which stay as they lie in memory (little-endian).
 * @throws RangeError for NaN or an infinite number
 */
export function sealBlob(view: ArrayBufferView): Buffer {
  if (!isFiniteThroughout(view)) throw new RangeError('a figure that is not a finite number is not stored');
  const payload = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  const blob = Buffer.alloc(HEADER_BYTES + payload.length);
  blob.writeUInt32LE(MAGIC, 0);
  blob.writeUInt32LE(payload.length, 4);
  blob.writeUInt32LE(crc32(payload), 8);
  payload.copy(blob, HEADER_BYTES);
  return blob;
}

/** @returns bytes of the whole blob */
function sealedBytes(header: Buffer): number {
  if (header.length < HEADER_BYTES || header.readUInt32LE(0) !== MAGIC) throw damaged('it has no header');
  return HEADER_BYTES + header.readUInt32LE(4);
}

/**
 * @param blob what `sealBlob` made
 * @returns the payload in a buffer of its own, aligned for a typed array of any kind
 * @throws WinnowError STORE when it is damaged
 */
export function openBlob(blob: Uint8Array): Uint8Array<ArrayBuffer> {
  const header = Buffer.from(blob.buffer, blob.byteOffset, Math.min(blob.byteLength, HEADER_BYTES));
  const payload = new Uint8Array(blob.subarray(HEADER_BYTES));
  const expected = sealedBytes(header) - HEADER_BYTES;
  if (payload.length !== expected) throw damaged(`it holds ${payload.length} bytes instead of ${expected}`);
  if (crc32(payload) !== header.readUInt32LE(8)) throw damaged('its checksum is wrong');
  return payload;
}

/** One demo's sums as a blob: the matrices one after another in the order of `SUMS`, as exact float64. */
export function encodeSums(sums: ExpertSums): Buffer {
  const length = sums[SUMS[0]].length;
  const all = new Float64Array(SUMS.length * length);
  SUMS.forEach((name, i) => {
    if (sums[name].length !== length) throw new RangeError(`sums of different lengths: ${name}`);
    all.set(sums[name], i * length);
  });
  return sealBlob(all);
}

/**
 * @param length entries of each matrix: MoE layers × experts
 * @throws WinnowError STORE when the blob is damaged or of another length
 */
export function decodeSums(blob: Uint8Array, length: number): ExpertSums {
  const payload = openBlob(blob);
  const expected = SUMS.length * length * Float64Array.BYTES_PER_ELEMENT;
  if (payload.length !== expected) {
    throw damaged(`it holds ${payload.length} bytes of sums, the model's layers and experts need ${expected}`);
  }
  const all = finite(new Float64Array(payload.buffer));
  return makeSums((_name, i) => all.slice(i * length, (i + 1) * length));
}

/** @throws WinnowError STORE: a number is NaN or infinite */
export function finite<Numbers extends Float32Array | Float64Array>(numbers: Numbers): Numbers {
  if (isFiniteThroughout(numbers)) return numbers;
  throw damaged('it holds values that are not numbers');
}

function damaged(what: string): WinnowError {
  return new WinnowError('STORE', msg('storedMatrixDamaged', { what }));
}
