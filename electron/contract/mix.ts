// A type for each class of tensors, instead of one of llama.cpp's mixtures.
import { z } from 'zod';
import { tensorTypeSchema } from './quantise.ts';

/** In the order in which a mix is written. */
export const TENSOR_CLASSES = ['gateUp', 'down', 'attention', 'sharedExperts', 'dense', 'embedding'] as const;
export type TensorClass = (typeof TENSOR_CLASSES)[number];

/** A type for each class of tensors that a model has. */
export const mixSchema = z.partialRecord(z.enum(TENSOR_CLASSES), tensorTypeSchema);
export type Mix = Readonly<z.infer<typeof mixSchema>>;
