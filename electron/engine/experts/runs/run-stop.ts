// The rule that lets a run end before all its demos are scored.
import { z } from 'zod';
import { stopRuleSchema, type StopRule } from '../../../contract/stop-rule.ts';

const settingsSchema = z.looseObject({ stop: stopRuleSchema.optional() });

/** The stop rule in a run's settings; null: all its demos are scored. */
export function stopOfRun(settings: unknown): StopRule | null {
  return settingsSchema.safeParse(settings).data?.stop ?? null;
}
