// The interface that planned files are quantised through. `quantising`, which depends on this folder, implements it.
import type { QuantiseOptions } from '../../../contract/quantise.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { PlannedFile } from './planned-file.ts';
import type { WriteOptions, WrittenFile } from './write-gguf.ts';

export type QuantisedBy = {
  readonly options: QuantiseOptions;
  /** Importance matrix of the planned file's experts alone, from `planImatrix`. The written file names the matrix it was cut from. */
  readonly imatrix: PlannedFile | null;
  /** Number of blocks in the model. */
  readonly blockCount: number;
};

type QuantisedTensor = {
  readonly name: string;
  readonly sourceType: string;
  /** Name of the type in ggml: "q4_K". */
  readonly type: string;
  readonly bytes: number;
};

type QuantisedFile = {
  readonly path: string;
  /** Exact size. */
  readonly bytes: number;
  readonly headerBytes: number;
  readonly tensors: readonly QuantisedTensor[];
};

export type QuantisedPlan = {
  readonly files: readonly QuantisedFile[];
  readonly bytes: number;
  /** Header keys that the quantiser sets. */
  readonly keys: readonly { readonly key: string; readonly value: string | number }[];
  /** Names of tensors whose type needs an importance matrix, but which have none. */
  readonly lacksImatrix: readonly string[];
};

export type Quantiser = {
  /**
   * Plans exact sizes and types; writes nothing but headers in a scratch folder.
   * @param files the files of one model, as they would be written without quantising
   * @throws WinnowError USAGE: invalid rules; GGUF_CORRUPT: llama.cpp does not read such a model
   */
  readonly plan: (files: readonly PlannedFile[], by: QuantisedBy, backend: Backend) => Promise<QuantisedPlan>;
  /** Requires that the plan can be carried out. @throws WinnowError ALREADY_QUANTISED, IMATRIX_MISSING */
  readonly require: (plan: QuantisedPlan, by: QuantisedBy) => void;
  /**
   * Writes the quantised files.
   * @param files as for `plan`
   * @throws WinnowError as `writeGgufFiles` and `require`; GGUF_CORRUPT: data that cannot be quantised
   */
  readonly write: (files: readonly PlannedFile[], by: QuantisedBy, options: WriteOptions) => Promise<WrittenFile[]>;
};

/** Total bytes of the tensors of each type, largest first. */
export function bytesOfTypes({ files }: QuantisedPlan): { readonly type: string; readonly bytes: number }[] {
  const sums = new Map<string, number>();
  for (const { type, bytes } of files.flatMap(({ tensors }) => tensors)) {
    sums.set(type, (sums.get(type) ?? 0) + bytes);
  }
  return [...sums].map(([type, bytes]) => ({ type, bytes })).sort((a, b) => b.bytes - a.bytes);
}
