// Safetensors, the format of original checkpoints: eight bytes with the header's length, the header as JSON, then the tensors' bytes.
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { WinnowError } from '../../../contract/errors.ts';
import { msg, type Sentence } from '../../../contract/sentences.ts';
import { jsonExcess, parsedJson } from '../../base/files/json-guard.ts';
import { readError } from '../../base/files/user-files.ts';

/** Bytes per value of each type. */
const VALUE_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
};

/** The bits of a value, and those that are all set in numbers that are not finite. */
const NOT_FINITE: Readonly<Record<string, { readonly bytes: 1 | 2 | 4; readonly mask: number }>> = {
  F8_E4M3: { bytes: 1, mask: 0x7f },
  F8_E5M2: { bytes: 1, mask: 0x7c },
  F8_E8M0: { bytes: 1, mask: 0xff },
  F16: { bytes: 2, mask: 0x7c00 },
  BF16: { bytes: 2, mask: 0x7f80 },
  F32: { bytes: 4, mask: 0x7f800000 },
};

/** Whether values of a type are floating-point numbers. */
export function isFloat(dtype: string): boolean {
  return Object.hasOwn(NOT_FINITE, dtype);
}

/** Whether all values are finite; true for other types than floating-point numbers. @param bytes whole values */
export function areFinite(dtype: string, bytes: Uint8Array): boolean {
  const type = NOT_FINITE[dtype];
  if (type === undefined) return true;
  const { buffer } = Uint8Array.from(bytes); // a view must begin at a multiple of its values
  const values = { 1: Uint8Array, 2: Uint16Array, 4: Int32Array };
  const { mask } = type;
  for (const value of new values[type.bytes](buffer)) if ((value & mask) === mask) return false;
  return true;
}

/** The limit that the format's own library sets. */
const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;
const METADATA = '__metadata__';

/** A tensor as the header states it. */
type StatedTensor = {
  readonly name: string;
  readonly dtype: string;
  /** Slowest dimension first. */
  readonly shape: readonly number[];
  readonly bytes: number;
};

/** A tensor as it lies in a file; `offset` in bytes. */
export type StoredTensor = StatedTensor & { readonly path: string; readonly offset: number };

export type SafetensorsFile = {
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Ordered by where their bytes lie. */
  readonly tensors: readonly StoredTensor[];
};

const count = z.int().nonnegative();
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(count),
  data_offsets: z.tuple([count, count]),
});
const headerSchema = z.object({ [METADATA]: z.record(z.string(), z.string()).optional() }).catchall(entrySchema);

/** Reads the header of a file. @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE, CHECKPOINT_INVALID naming the file and the tensor */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  const { text, size } = await readHeader(path);
  const excess = jsonExcess(text);
  const { data } = headerSchema.safeParse(excess === null ? parsedJson(text.toString('utf8')) : null);
  if (data === undefined) throw damaged(path, msg('checkpointHeader'));
  const { [METADATA]: metadata = {}, ...entries } = data;
  const begin = LENGTH_BYTES + text.byteLength;
  const tensors = Object.entries(entries).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [from, to],
      },
    ]) => {
      const bytes = shape.reduce((product, n) => product * n, VALUE_BYTES[dtype] ?? NaN);
      if (bytes !== to - from) throw damaged(path, msg('checkpointTensorBytes', { tensor: name, dtype }));
      return { name, dtype, shape, bytes, path, offset: begin + from };
    },
  );
  tensors.sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  const end = tensors.reduce((at, { name, offset, bytes }) => {
    if (offset !== at) throw damaged(path, msg('checkpointTensorPlace', { tensor: name }));
    return at + bytes;
  }, begin);
  if (end !== size) throw damaged(path, msg('checkpointLength', { bytes: size, expected: end }));
  return { path, metadata, tensors };
}

/** The header, as the format's own library writes it, of a file that holds these tensors one after the other. */
export function safetensorsHeader(tensors: readonly StatedTensor[], metadata: SafetensorsFile['metadata']): Buffer {
  let at = 0;
  const entries = tensors.map(({ name, dtype, shape, bytes }) => {
    const entry = { dtype, shape, data_offsets: [at, at + bytes] };
    at += bytes;
    return [name, entry] as const;
  });
  const text = JSON.stringify({
    ...(Object.keys(metadata).length > 0 && { [METADATA]: metadata }),
    ...Object.fromEntries(entries),
  });
  const padded = Buffer.from(text + ' '.repeat(-Buffer.byteLength(text) & 7));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(padded.byteLength));
  return Buffer.concat([length, padded]);
}

/** Bytes per value of a type. */
export function valueBytes(dtype: string): number {
  return VALUE_BYTES[dtype] ?? 1;
}

async function readHeader(path: string): Promise<{ readonly text: Buffer; readonly size: number }> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    const length = Buffer.alloc(LENGTH_BYTES);
    const { bytesRead } = await file.read(length, 0, LENGTH_BYTES, 0);
    const bytes = Number(length.readBigUInt64LE());
    if (bytesRead < LENGTH_BYTES || bytes > Math.min(size - LENGTH_BYTES, MAX_HEADER_BYTES)) {
      throw damaged(path, msg('checkpointHeader'));
    }
    const text = Buffer.alloc(bytes);
    await file.read(text, 0, bytes, LENGTH_BYTES);
    return { text, size };
  } catch (error) {
    throw error instanceof WinnowError ? error : readError(path, error);
  }
}

function damaged(path: string, reason: Sentence): WinnowError {
  return new WinnowError('CHECKPOINT_INVALID', msg('checkpointDamaged', { path, reason }), { path });
}
