// What reports and recipes say about a file's quantisation.
import type { z } from 'zod';
import type { publishedQuantisedSchema } from '../../contract/quantise.ts';
import type { ExportedPlan } from '../store/exports.ts';

/** The facts of a quantisation, from the options that the file was made with. */
export function quantisedPart({
  type,
  rules,
  imatrix,
  allowRequantize,
}: NonNullable<ExportedPlan['quantised']>): z.infer<typeof publishedQuantisedSchema> {
  return { type, rules, imatrix, requantised: allowRequantize };
}
