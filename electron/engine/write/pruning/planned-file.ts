// A GGUF file that is to be written: its keys, and the byte ranges that its tensors are made of.
import type { GgufEdit } from '../../../../native/index.ts';

/** Bytes `[offset, offset + length)` of a source part. */
type ByteRange = { readonly offset: number; readonly length: number };

export type PlannedTensor = {
  readonly name: string;
  readonly type: string;
  readonly ne: readonly number[];
  readonly bytes: number;
  readonly sourcePath: string;
  /** In output order; adjacent ones are merged. */
  readonly ranges: readonly ByteRange[];
};

/** Where a file is written until it is complete. */
export const partialPath = (path: string): string => `${path}.part`;

export type PlannedFile = {
  readonly path: string;
  /** Header whose keys are taken over; null: only the edits. */
  readonly keysFrom: string | null;
  readonly remove: readonly string[];
  readonly set: readonly GgufEdit[];
  readonly alignment: number;
  readonly tensors: readonly PlannedTensor[];
};
