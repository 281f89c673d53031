// What commands that write a model say of its repair.
import { displayBytes } from '../contract/display-bytes.ts';
import type { RepairCost, RepairReport } from '../contract/repair.ts';
import { formatSecondsRange } from './output.ts';

/** What --repair is for. */
export const REPAIR_OPTION =
  'then fit the experts’ down matrices to what the full model computes on these demos, where that is clearly better';

/** One line, behind others; none was asked for: nothing. */
export function repairText(repair: RepairReport | undefined): string {
  if (!repair) return '';
  const { facts, leftOut } = repair;
  if (!facts) return `\nNot repaired: ${leftOut}`;
  const { before, after } = facts.gate.kl;
  const gain = `KL ${before.value.toFixed(4)} → ${after.value.toFixed(4)} on ${facts.gate.demos} demos nothing was fitted to`;
  return leftOut === null ? `\nRepaired: ${gain}.` : `\nNot repaired: ${leftOut} (${gain})`;
}

/** What a dry run says of a repair, behind others; none was asked for: nothing. */
export function repairCostText(cost: RepairCost | undefined): string {
  if (!cost) return '';
  const { demos, tokens, seconds, scratchBytes, moreBytes } = cost;
  return `\nThe repair would take some ${formatSecondsRange(seconds)}: ${tokens} tokens of ${demos.fitted} demos are fitted to, ${demos.judging} demos judge; ${displayBytes(scratchBytes)} on the disk and ${displayBytes(moreBytes)} of memory more than scoring, meanwhile.`;
}

/** The same in a document. */
export function repairCostDocument(cost: RepairCost | undefined): object {
  if (!cost) return {};
  const { demos, tokens, seconds, scratchBytes, moreBytes } = cost;
  return { repair_cost: { demos, tokens, seconds, scratch_bytes: scratchBytes, more_bytes: moreBytes } };
}
