// What a stored selection records about how its experts were chosen.
import type { z } from 'zod';
import { selectionRequestSchema } from '../../../contract/api/selections.ts';
import { chosenBySchema } from '../../../contract/choice-file.ts';

export const selectionSettingsSchema = chosenBySchema.extend({
  /** The request; null: from a file of a choice, or chosen from files whose runs are not stored. */
  selection: selectionRequestSchema.nullable().default(null),
});
export type SelectionSettings = Readonly<z.infer<typeof selectionSettingsSchema>>;
