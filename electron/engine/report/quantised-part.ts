// What reports and recipes say of how a file was quantised.
import type { z } from 'zod';
import type { publishedQuantisedSchema } from '../../contract/quantise.ts';
import type { ExportedPlan } from '../store/exports.ts';

/** By what the file was made with. */
export function quantisedPart({
  type,
  rules,
  imatrix,
  allowRequantize,
}: NonNullable<ExportedPlan['quantised']>): z.infer<typeof publishedQuantisedSchema> {
  return { type, rules, imatrix, requantised: allowRequantize };
}
