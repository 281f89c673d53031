// How planned files are quantised. The room that does it lies higher, and is handed here.
import type { QuantiseOptions } from '../../../contract/quantise.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { PlannedFile } from './planned-file.ts';
import type { WriteOptions, WrittenFile } from './write-gguf.ts';

export type QuantisedBy = {
  readonly options: QuantiseOptions;
  /** Importance matrix of the planned file's experts alone, as `planImatrix` gives it. The written file names the one that it was cut from. */
  readonly imatrix: PlannedFile | null;
  /** Blocks of the model. */
  readonly blockCount: number;
};

type QuantisedTensor = {
  readonly name: string;
  readonly sourceType: string;
  /** As ggml writes it: "q4_K". */
  readonly type: string;
  readonly bytes: number;
};

type QuantisedFile = {
  readonly path: string;
  /** Exactly. */
  readonly bytes: number;
  readonly headerBytes: number;
  readonly tensors: readonly QuantisedTensor[];
};

export type QuantisedPlan = {
  readonly files: readonly QuantisedFile[];
  readonly bytes: number;
  /** Keys of the header that the quantiser sets. */
  readonly keys: readonly { readonly key: string; readonly value: string | number }[];
  /** Tensors that this type needs an importance matrix for, and has none. */
  readonly lacksImatrix: readonly string[];
};

export type Quantiser = {
  /**
   * Sizes and types to the byte; nothing is written but headers in a scratch folder.
   * @param files of one model, as they would be written without quantising
   * @throws WinnowError USAGE of rules; GGUF_CORRUPT: llama.cpp does not read such a model
   */
  readonly plan: (files: readonly PlannedFile[], by: QuantisedBy, backend: Backend) => Promise<QuantisedPlan>;
  /** @throws WinnowError ALREADY_QUANTISED, IMATRIX_MISSING */
  readonly require: (plan: QuantisedPlan, by: QuantisedBy) => void;
  /**
   * @param files as of `plan`
   * @throws WinnowError as `writeGgufFiles` and `require`; GGUF_CORRUPT: data that cannot be quantised
   */
  readonly write: (files: readonly PlannedFile[], by: QuantisedBy, options: WriteOptions) => Promise<WrittenFile[]>;
};

/** Bytes of the tensors of each type, most first. */
export function bytesOfTypes({ files }: QuantisedPlan): { readonly type: string; readonly bytes: number }[] {
  const sums = new Map<string, number>();
  for (const { type, bytes } of files.flatMap(({ tensors }) => tensors)) {
    sums.set(type, (sums.get(type) ?? 0) + bytes);
  }
  return [...sums].map(([type, bytes]) => ({ type, bytes })).sort((a, b) => b.bytes - a.bytes);
}
