// A choice of experts as it passes from the criteria to the writer, and its hash, by which figures, files and reports know it.
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { Grouping } from '../../../contract/requests.ts';
import { hashJson } from '../../base/files/canonical-json.ts';
import type { z } from 'zod';
import { selectionRequestSchema } from '../../../contract/api/selections.ts';
import { chosenBySchema } from '../../../contract/choice-file.ts';

/** Which experts are kept, and how a token is routed among them. */
export type Selection = {
  readonly kept: KeptExperts;
  readonly grouping: Grouping;
  /** Experts that a token activates; null: as many as the model says. */
  readonly activeExperts: number | null;
};

/** A model, either under a mask or as it is. */
export type Masked = {
  readonly info: Pick<ModelInfo, 'fingerprint'>;
  readonly kept?: KeptExperts | undefined;
  /** Whether the router picks freely, although the full model picks groups first. */
  readonly ungrouped?: boolean;
  /** Experts that a token activates; absent: as many as the model says. */
  readonly activeExperts?: number | undefined;
};

/** A hash that is equal for the same model with the same experts, which then computes the same. SHA-256, hex. */
export function maskedHash({ info, kept, ungrouped, activeExperts }: Masked): string {
  return hashJson({
    model: info.fingerprint,
    kept: kept ?? null,
    ungrouped: ungrouped ?? false,
    // absent if unchanged: hashes of such choices are older than this setting
    ...(activeExperts !== undefined && { activeExperts }),
  });
}

/** Whether a mask changes how the model routes, which concerns only models that pick groups first. */
export function isUngrouped({ nExpertGroups }: ModelInfo, grouping: Grouping): boolean {
  return nExpertGroups > 1 && grouping === 'ungrouped';
}

/**
 * A choice's identity, regardless of when and how it was made.
 * @param info the full model
 */
export function selectionHash(info: ModelInfo, { kept, grouping, activeExperts }: Selection): string {
  const ungrouped = isUngrouped(info, grouping);
  return maskedHash({ info, kept, ungrouped, activeExperts: activeExperts ?? undefined });
}

/**
 * The hash of a choice with other down matrices.
 * @param repair what the file states about them
 */
export function repairedHash(choice: string, repair: Readonly<Record<string, unknown>>): string {
  return hashJson({ choice, repair });
}

export const selectionSettingsSchema = chosenBySchema.extend({
  /** The request; null: from a file of a choice, or chosen from files whose runs are not stored. */
  selection: selectionRequestSchema.nullable().default(null),
});
export type SelectionSettings = Readonly<z.infer<typeof selectionSettingsSchema>>;
