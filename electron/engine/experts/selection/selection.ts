// A choice of experts as it goes from the criteria to the writer, and its hash: what figures, files and reports are known by.
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { Grouping } from '../../../contract/requests.ts';
import { hashJson } from '../../store/json.ts';

/** Which experts are kept, and how a token is routed among them. */
export type Selection = {
  readonly kept: KeptExperts;
  readonly grouping: Grouping;
  /** A token passes so many experts; null: as many as the model says. */
  readonly activeExperts: number | null;
};

/** What of a loaded model takes part: the experts that are not masked, and how the router picks them. */
export type Mask = {
  readonly kept: KeptExperts;
  /** The router picks freely where the full model picks groups first. */
  readonly ungrouped: boolean;
};

/** A model under a mask, or as it is. */
export type Masked = {
  readonly info: Pick<ModelInfo, 'fingerprint'>;
  readonly kept?: Mask['kept'] | undefined;
  readonly ungrouped?: Mask['ungrouped'];
  /** A token passes so many experts; without it as many as the model says. */
  readonly activeExperts?: number | undefined;
};

/** Equal for the same model with the same experts, which then computes the same. SHA-256, hex. */
export function maskedHash({ info, kept, ungrouped, activeExperts }: Masked): string {
  return hashJson({
    model: info.fingerprint,
    kept: kept ?? null,
    ungrouped: ungrouped ?? false,
    // hashes of choices that leave it alone are older
    ...(activeExperts !== undefined && { activeExperts }),
  });
}

/** Whether a mask changes how the model routes: only models that pick groups first are asked. */
export function isUngrouped({ nExpertGroups }: Pick<ModelInfo, 'nExpertGroups'>, grouping: Grouping): boolean {
  return nExpertGroups > 1 && grouping === 'ungrouped';
}

/**
 * A choice's identity, whenever and by whatever it was made.
 * @param info of the full model
 */
export function selectionHash(
  info: Pick<ModelInfo, 'fingerprint' | 'nExpertGroups'>,
  { kept, grouping, activeExperts }: Selection,
): string {
  const ungrouped = isUngrouped(info, grouping);
  return maskedHash({ info, kept, ungrouped, activeExperts: activeExperts ?? undefined });
}

/**
 * A choice's file in another type computes something else than the choice: what is measured of it is its own.
 * @param choice hash of the choice
 * @param how to what and by what it was quantised
 */
export function quantisedHash(choice: string, how: Readonly<Record<string, unknown>>): string {
  return hashJson({ choice, quantised: how });
}

/**
 * A file with other down matrices, too.
 * @param repair what the file says of them
 */
export function repairedHash(choice: string, repair: Readonly<Record<string, unknown>>): string {
  return hashJson({ choice, repair });
}

/**
 * A choice with other routers computes something else, too.
 * @param calibration what the file says of them
 */
export function calibratedHash(choice: string, calibration: Readonly<Record<string, unknown>>): string {
  return hashJson({ choice, calibration });
}

/**
 * A choice whose experts have fewer neurons, too.
 * @param how many, and by which importance matrix they were chosen
 */
export function narrowedHash(choice: string, how: Readonly<Record<string, unknown>>): string {
  return hashJson({ choice, narrowed: how });
}
