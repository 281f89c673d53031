// The types that files can be quantised to, and the options of quantising.
import { z } from 'zod';

/**
 * llama.cpp's file types under the names that llama-quantize takes, each with its number in `general.file_type` and the
 * bits per weight of the experts' ffn_up in the middle of a model. Most types give some tensors more bits; the plan
 * states the size of the file.
 */
export const QUANT_TYPES = [
  { name: 'F32', fileType: 0, bits: 32 },
  { name: 'F16', fileType: 1, bits: 16 },
  { name: 'BF16', fileType: 32, bits: 16 },
  { name: 'Q8_0', fileType: 7, bits: 8.5 },
  { name: 'Q6_K', fileType: 18, bits: 6.5625 },
  { name: 'Q5_1', fileType: 9, bits: 6 },
  { name: 'Q5_K_M', fileType: 17, bits: 5.5 },
  { name: 'Q5_K_S', fileType: 16, bits: 5.5 },
  { name: 'Q5_0', fileType: 8, bits: 5.5 },
  { name: 'Q4_1', fileType: 3, bits: 5 },
  { name: 'Q4_K_M', fileType: 15, bits: 4.5 },
  { name: 'Q4_K_S', fileType: 14, bits: 4.5 },
  { name: 'Q4_0', fileType: 2, bits: 4.5 },
  { name: 'IQ4_NL', fileType: 25, bits: 4.5 },
  { name: 'IQ4_XS', fileType: 30, bits: 4.25 },
  { name: 'MXFP4_MOE', fileType: 38, bits: 4.25 },
  { name: 'Q3_K_L', fileType: 13, bits: 3.4375 },
  { name: 'Q3_K_M', fileType: 12, bits: 3.4375 },
  { name: 'Q3_K_S', fileType: 11, bits: 3.4375 },
  { name: 'IQ3_M', fileType: 27, bits: 3.4375 },
  { name: 'IQ3_S', fileType: 26, bits: 3.4375 },
  { name: 'IQ3_XS', fileType: 22, bits: 3.0625 },
  { name: 'IQ3_XXS', fileType: 23, bits: 3.0625 },
  { name: 'Q2_K', fileType: 10, bits: 2.625 },
  { name: 'Q2_K_S', fileType: 21, bits: 2.625 },
  { name: 'IQ2_M', fileType: 29, bits: 2.5625 },
  { name: 'IQ2_S', fileType: 28, bits: 2.3125 },
  { name: 'IQ2_XS', fileType: 20, bits: 2.3125 },
  { name: 'Q2_0', fileType: 41, bits: 2.25 },
  { name: 'IQ2_XXS', fileType: 19, bits: 2.0625 },
  { name: 'TQ2_0', fileType: 37, bits: 2.0625 },
  { name: 'IQ1_M', fileType: 31, bits: 1.75 },
  { name: 'TQ1_0', fileType: 36, bits: 1.6875 },
  { name: 'IQ1_S', fileType: 24, bits: 1.5625 },
  { name: 'Q1_0', fileType: 40, bits: 1.125 },
] as const;

export const QUANT_TYPE_NAMES = QUANT_TYPES.map(({ name }) => name);
export const quantTypeSchema = z.enum(QUANT_TYPE_NAMES);
export type QuantType = z.infer<typeof quantTypeSchema>;

const USUAL_TYPES: readonly QuantType[] = [
  ...(['Q8_0', 'Q6_K', 'Q5_K_M', 'Q4_K_M', 'IQ4_XS', 'Q3_K_M'] as const),
  ...(['IQ3_XXS', 'Q2_K', 'IQ2_XS'] as const),
];

/** Types for models that were trained in them. */
const TRAINED_IN: readonly QuantType[] = ['Q2_0', 'TQ2_0', 'TQ1_0', 'Q1_0'];

/** Returns the types for any model with fewer bits than the file's own type, as named in its header; all of them if that is unknown. */
export function typesBelow(fileType: string): QuantType[] {
  const bits = QUANT_TYPES.find(({ name }) => name === fileType)?.bits ?? 16;
  return QUANT_TYPES.filter((type) => !TRAINED_IN.includes(type.name) && type.bits < bits).map(({ name }) => name);
}

/** Returns some of those types: a ladder of steps large enough to matter. */
export function usualTypesBelow(fileType: string): QuantType[] {
  return typesBelow(fileType).filter((type) => USUAL_TYPES.includes(type));
}

const UNQUANTISED: readonly string[] = ['f32', 'f16', 'bf16'];

/** Whether the type is not quantised. @param type of a tensor or a file, in upper or lower case */
export function isUnquantised(type: string): boolean {
  return UNQUANTISED.includes(type.toLowerCase());
}

/** Types of a single tensor, by ggml's names. */
export const TENSOR_TYPES = [
  'f32',
  'f16',
  'bf16',
  'q8_0',
  'q6_K',
  'q5_K',
  'q5_1',
  'q5_0',
  'q4_K',
  'q4_1',
  'q4_0',
  'iq4_nl',
  'iq4_xs',
  'mxfp4',
  'q3_K',
  'iq3_s',
  'iq3_xxs',
  'q2_K',
  'q2_0',
  'iq2_s',
  'iq2_xs',
  'iq2_xxs',
  'tq2_0',
  'tq1_0',
  'iq1_m',
  'iq1_s',
  'q1_0',
] as const;
export const tensorTypeSchema = z.enum(TENSOR_TYPES);
export type TensorType = z.infer<typeof tensorTypeSchema>;

/** Tensor names have a few dozen characters; an endless pattern would only keep a worker busy. */
const MAX_PATTERN_CHARS = 1000;

const layersRuleSchema = z.object({ count: z.int().positive(), type: tensorTypeSchema });

/** Parts of the model with types of their own. If several rules match a tensor, the first in this order applies. */
const quantRulesSchema = z.object({
  /** By name: a regular expression, in the form of llama-quantize's --tensor-type. */
  tensors: z.array(z.object({ pattern: z.string().min(1).max(MAX_PATTERN_CHARS), type: tensorTypeSchema })).optional(),
  /** All tensors of this many layers at the beginning, and at the end. */
  firstLayers: layersRuleSchema.optional(),
  lastLayers: layersRuleSchema.optional(),
  attention: tensorTypeSchema.optional(),
  sharedExperts: tensorTypeSchema.optional(),
  /** The table of token embeddings, which is also the output matrix if the model has none of its own. */
  embeddings: tensorTypeSchema.optional(),
  output: tensorTypeSchema.optional(),
});
export type QuantRules = z.infer<typeof quantRulesSchema>;

/** The type to quantise to, and how; each request holds the importance matrix beside these options. */
export const quantiseOptionsSchema = z.object({
  type: quantTypeSchema,
  rules: quantRulesSchema,
  /** Tensors that are quantised already may be quantised again. */
  allowRequantize: z.boolean(),
});
export type QuantiseOptions = Readonly<z.infer<typeof quantiseOptionsSchema>>;

/** How a file was quantised, as reports and recipes show it. */
export const publishedQuantisedSchema = z.object({
  /** The name of the type in llama-quantize. */
  type: quantTypeSchema,
  /** Parts of the model with types of their own. */
  rules: quantRulesSchema,
  /** Name of the importance matrix; null: none. */
  imatrix: z.string().nullable(),
  /** The model was quantised already. */
  requantised: z.boolean(),
});
