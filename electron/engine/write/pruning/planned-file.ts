// A planned GGUF file: its keys, and the byte ranges that its tensors are made of.
import type { GgufEdit } from '../../../../native/index.ts';

/** Bytes `[offset, offset + length)` of a source part. */
type ByteRange = { readonly offset: number; readonly length: number };

/** What a tensor keeps of its source. */
export type TensorPart = {
  readonly ne: readonly number[];
  readonly bytes: number;
  /** In output order; adjacent ranges are merged. */
  readonly ranges: readonly ByteRange[];
};

export type PlannedTensor = TensorPart & { readonly name: string; readonly type: string; readonly sourcePath: string };

export type PlannedFile = {
  readonly path: string;
  /** File whose header's keys are copied; null: only the edits are written. */
  readonly keysFrom: string | null;
  readonly remove: readonly string[];
  readonly set: readonly GgufEdit[];
  readonly alignment: number;
  readonly tensors: readonly PlannedTensor[];
};
