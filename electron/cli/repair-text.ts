// What commands that write a model print about its repair.
import { displayBytes } from '../contract/display-bytes.ts';
import type { RepairCost, RepairReport } from '../contract/repair.ts';
import { inEnglish } from '../contract/sentences.ts';
import { formatSeconds } from './output.ts';

export const REPAIR_OPTION =
  'then fit the experts’ down matrices to what the full model computes on these demos; kept only if clearly better';

/** The outcome of a repair, or what it would take if nothing was written; neither: none was asked for. */
type RepairTold = { readonly repair?: RepairReport; readonly repairCost?: RepairCost };

/** Returns what is printed about it as JSON. */
export function repairDocument({ repair, repairCost }: RepairTold): object {
  return {
    ...(repair && { repair: { ...repair, leftOut: repair.leftOut && inEnglish(repair.leftOut) } }),
    ...(repairCost && costDocument(repairCost)),
  };
}

/** Returns a line to append to others; empty if no repair was asked for. */
export function repairText({ repair, repairCost }: RepairTold): string {
  return `${repair ? reportText(repair) : ''}${repairCost ? costText(repairCost) : ''}`;
}

function reportText(repair: RepairReport): string {
  const { facts } = repair;
  const leftOut = repair.leftOut && inEnglish(repair.leftOut);
  if (!facts) return `\nNot repaired: ${leftOut}`;
  const { before, after } = facts.gate.kl;
  const gain = `KL ${before.value.toFixed(4)} → ${after.value.toFixed(4)} on ${facts.gate.demos} demos that it was not fitted to`;
  return leftOut === null ? `\nRepaired: ${gain}.` : `\nNot repaired: ${leftOut} (${gain})`;
}

function costText({ demos, tokens, seconds, scratchBytes, moreBytes }: RepairCost): string {
  return `\nThe repair would take some ${formatSeconds(seconds)}: it is fitted to ${tokens} tokens of ${demos.fitted} demos, and ${demos.judging} demos judge; meanwhile it needs ${displayBytes(scratchBytes)} of disk space and ${displayBytes(moreBytes)} more memory than scoring.`;
}

function costDocument({ demos, tokens, seconds, scratchBytes, moreBytes }: RepairCost): object {
  return { repair_cost: { demos, tokens, seconds, scratch_bytes: scratchBytes, more_bytes: moreBytes } };
}
