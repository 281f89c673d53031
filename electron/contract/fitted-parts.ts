// What is fitted of a model whose experts were cut, or whose weights were quantised.
import { z } from 'zod';

/** The routers' rows, and the experts' down matrices. */
export const FITTED_PARTS = ['routers', 'down'] as const;

export const fittedPartsSchema = z.array(z.enum(FITTED_PARTS)).min(1);
export type FittedParts = Readonly<z.infer<typeof fittedPartsSchema>>;
