// The parts of a model that can be fitted after its experts were cut or its weights quantised.
import { z } from 'zod';

/** The rows of the routers, and the experts' down matrices. */
export const FITTED_PARTS = ['routers', 'down'] as const;

export const fittedPartsSchema = z.array(z.enum(FITTED_PARTS)).min(1);
export type FittedParts = Readonly<z.infer<typeof fittedPartsSchema>>;
