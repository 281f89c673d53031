// A planned GGUF file: its keys, and the byte ranges that its tensors are made of.
import type { GgufEdit } from '../../../../native/index.ts';

/** Bytes `[offset, offset + length)` of a source part. */
type ByteRange = { readonly offset: number; readonly length: number };

export type PlannedTensor = {
  readonly name: string;
  readonly type: string;
  readonly ne: readonly number[];
  readonly bytes: number;
  readonly sourcePath: string;
  /** In output order; adjacent ranges are merged. */
  readonly ranges: readonly ByteRange[];
};

export type PlannedFile = {
  readonly path: string;
  /** File whose header's keys are copied; null: only the edits are written. */
  readonly keysFrom: string | null;
  readonly remove: readonly string[];
  readonly set: readonly GgufEdit[];
  readonly alignment: number;
  readonly tensors: readonly PlannedTensor[];
};
