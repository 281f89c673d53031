// What had to be stable for a run to end before all its demos are scored.
import { z } from 'zod';
import { stopRuleSchema, type StopRule } from '../../../contract/stop-rule.ts';

const settingsSchema = z.looseObject({ stop: stopRuleSchema.optional() });

/** @returns null: all its demos are scored */
export function stopOfRun(settings: unknown): StopRule | null {
  return settingsSchema.safeParse(settings).data?.stop ?? null;
}
