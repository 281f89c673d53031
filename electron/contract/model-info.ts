// What Winnow knows of a GGUF model from its header alone.

export type TensorInfo = {
  readonly name: string;
  /** ggml type name as llama.cpp prints it: "q8_0", "f32", "mxfp4", … */
  readonly type: string;
  /** Dimensions in ggml order, fastest first, trailing ones cut. */
  readonly ne: readonly number[];
  readonly bytes: number;
  /** Which part of a split model holds it, and where in that file. */
  readonly part: number;
  readonly fileOffset: number;
};

export type GgufValueType =
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'float32'
  | 'bool'
  | 'string'
  | 'uint64'
  | 'int64'
  | 'float64';

export type GgufValue = {
  readonly type: GgufValueType;
  readonly array: boolean;
  /** Scalars and short arrays. 64-bit integers are bigint. Long arrays (see ARRAY_LIMIT in native/) stay in the file. */
  readonly value: number | bigint | boolean | string | readonly (number | bigint | boolean | string)[] | null;
  /** Elements of an array; 1 for a scalar. */
  readonly length: number;
};

export type GgufHeader = {
  readonly version: number;
  readonly alignment: number;
  /** Size of header and padding: where tensor data begin. */
  readonly dataOffset: number;
  readonly fileBytes: number;
  readonly kv: Readonly<Record<string, GgufValue>>;
  readonly tensors: readonly Omit<TensorInfo, 'part'>[];
};

export type Prunable =
  { readonly ok: true; readonly reason?: string } | { readonly ok: false; readonly reason: string };

export type ModelInfo = {
  /** First part of a split model. */
  readonly path: string;
  readonly parts: readonly string[];
  readonly bytes: number;
  readonly arch: string;
  readonly name: string;
  /** The dominant quantisation as llama.cpp names file types, e.g. "Q8_0"; "unknown" where the header does not say. */
  readonly fileType: string;
  readonly blockCount: number;
  /** Block indices of MoE layers that the normal graph runs, ascending. */
  readonly moeLayers: readonly number[];
  /** Block indices of the next-token-prediction blocks, which the normal graph does not run; most carry experts. */
  readonly nextnLayers: readonly number[];
  readonly nExpert: number;
  readonly nExpertUsed: number;
  /** 0 or 1: no grouped routing. */
  readonly nExpertGroups: number;
  readonly nExpertGroupsUsed: number;
  /** > 1: consecutive experts that share weights (grovemoe's chunk experts). */
  readonly expertsPerBlock: number;
  /** Bytes of everything that shrinks with the expert count. */
  readonly expertBytes: number;
  readonly contextLength: number;
  readonly prunable: Prunable;
  /** Identifies the files: SHA-256 over sizes, heads and samples of the data. */
  readonly fingerprint: string;
};
