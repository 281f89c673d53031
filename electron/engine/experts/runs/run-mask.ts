// The mask that a run was scored under, in the form in which the run's settings store it.
import { z } from 'zod';
import { keptFromMask, maskFromKept } from '../selection/mask-file.ts';
import type { Mask } from '../selection/selection.ts';

export const maskSettingSchema = z.object({
  /** One text per MoE layer, with a 0 or 1 for each expert. */
  rows: z.array(z.string().regex(/^[01]+$/)).min(1),
  ungrouped: z.boolean(),
});
export type MaskSetting = z.infer<typeof maskSettingSchema>;

const settingsSchema = z.object({ mask: maskSettingSchema.optional() });

/** The mask as a run's settings store it: one text of 0 and 1 for each MoE layer. */
export function maskSetting({ kept, ungrouped }: Mask, nExpert: number): MaskSetting {
  return { rows: maskFromKept(kept, nExpert).map((row) => row.join('')), ungrouped };
}

/**
 * @param settings settings of a stored run
 * @returns null: all experts took part
 */
export function maskOfRun(settings: unknown): Mask | null {
  const mask = settingsSchema.safeParse(settings).data?.mask;
  return mask
    ? { kept: keptFromMask(mask.rows.map((row) => Array.from(row, Number))), ungrouped: mask.ungrouped }
    : null;
}
