// What the header alone tells about a GGUF model.
import { z } from 'zod';
import { sentenceSchema } from './sentences.ts';

/** llama.cpp's LLAMA_MAX_LAYERS: it refuses models with more layers. A header can claim four billion. */
export const MAX_BLOCKS = 512;

export type TensorInfo = {
  readonly name: string;
  /** Name of the ggml type as llama.cpp prints it: "q8_0", "f32", "mxfp4", … */
  readonly type: string;
  /** Dimensions in ggml order, fastest first, without trailing ones. */
  readonly ne: readonly number[];
  readonly bytes: number;
  /** The part of a split model that holds it, and where in that file. */
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

export type GgufKeys = Readonly<Record<string, GgufValue>>;

export type GgufHeader = {
  readonly version: number;
  readonly alignment: number;
  /** Size of header and padding: the offset of the tensor data. */
  readonly dataOffset: number;
  readonly fileBytes: number;
  readonly kv: GgufKeys;
  readonly tensors: readonly Omit<TensorInfo, 'part'>[];
};

const list = <T>(item: z.ZodType<T>) => z.array(item).readonly();

/** Identifies the files and the model that they belong to. */
export const identitySchema = z.object({
  /** SHA-256 of every byte. */
  fingerprint: z.string(),
  /** Hash of parts of the files, which lists use. Different files may share it. */
  sampled: z.string(),
  /** The same for all files of a model, whatever the types of its large tensors. */
  kindred: z.string(),
});
export type ModelIdentity = Readonly<z.infer<typeof identitySchema>>;

export const modelInfoSchema = z.object({
  /** Path of the first part of a split model. */
  path: z.string(),
  parts: list(z.string()),
  bytes: z.number(),
  arch: z.string(),
  name: z.string(),
  /** The dominant quantisation by llama.cpp's name of the file type, e.g. "Q8_0"; "unknown" if the header does not say. */
  fileType: z.string(),
  blockCount: z.int(),
  /** Width of the residual stream; absent: the header does not say. */
  nEmbd: z.int().positive().exactOptional(),
  /** Block indices, ascending, of the MoE layers that the normal graph runs. */
  moeLayers: list(z.int()),
  /** Block indices of the next-token-prediction blocks, which the normal graph does not run; most of them have experts. */
  nextnLayers: list(z.int()),
  /** The blocks of those that have experts, if llama.cpp can run them; absent: there are none. */
  predictionLayers: list(z.int()).exactOptional(),
  nExpert: z.int(),
  nExpertUsed: z.int(),
  /** 0 or 1: no grouped routing. */
  nExpertGroups: z.int(),
  nExpertGroupsUsed: z.int(),
  /** > 1: the number of consecutive experts that share weights (grovemoe's chunk experts). */
  expertsPerBlock: z.int(),
  /** Bytes of everything that shrinks with the number of experts. */
  expertBytes: z.number(),
  contextLength: z.int(),
  prunable: z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true) }),
    z.object({ ok: z.literal(false), reason: sentenceSchema }),
  ]),
  fingerprint: identitySchema.shape.fingerprint,
  sampled: identitySchema.shape.sampled.exactOptional(),
  kindred: identitySchema.shape.kindred.exactOptional(),
});
export type ModelInfo = Readonly<z.infer<typeof modelInfoSchema>>;
/** What the headers say. */
export type ModelFacts = Omit<ModelInfo, keyof ModelIdentity>;
export type Prunable = Readonly<ModelInfo['prunable']>;
