// How runs were scored, as their stored settings say.
import { z } from 'zod';
import { placedModelSchema } from '../../models/placement/place-model.ts';

const storedSettingsSchema = z.looseObject({
  nUbatch: z.int().positive(),
  nSlice: z.int().nonnegative(),
  kvType: z.enum(['f16', 'q8_0']),
  threads: z.int().positive(),
  placement: placedModelSchema,
  window: z.int().positive().exactOptional(),
});
type StoredSettings = z.infer<typeof storedSettingsSchema>;

/** @returns null: they came with a run from elsewhere, and are not complete */
export function readStoredSettings(settings: unknown): StoredSettings | null {
  return storedSettingsSchema.safeParse(settings).data ?? null;
}
