// What commands that write a model say of its repair.
import type { RepairReport } from '../contract/repair.ts';

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
