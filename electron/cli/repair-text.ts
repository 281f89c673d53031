// What commands that write a model print about its repair.
import { InvalidArgumentError, Option } from 'commander';
import { displayBytes } from '../contract/display-bytes.ts';
import { FITTED_PARTS, type FittedParts } from '../contract/fitted-parts.ts';
import type { RepairCost, RepairReport } from '../contract/repair.ts';
import { inEnglish } from '../contract/sentences.ts';
import { formatSecondsRange } from './output.ts';

/** Description of --repair. */
export const REPAIR_OPTION =
  'then fit the experts’ down matrices to what the full model computes on these demos; kept only if clearly better';

/**
 * Returns `--parts`, for a command that fits.
 * @param usual the parts that it fits by default
 */
export function partsOption(fitted: string, usual: FittedParts): Option {
  return new Option('--parts <list>', `what ${fitted} fits: routers, down (the experts’ down matrices) or routers,down`)
    .default(usual, usual.join(','))
    .argParser(fittedParts);
}

function fittedParts(text: string): FittedParts {
  const names = text.split(',').map((name) => name.trim());
  const parts = FITTED_PARTS.filter((part) => names.includes(part));
  if (parts.length > 0 && parts.length === names.length) return parts;
  throw new InvalidArgumentError(`Give ${FITTED_PARTS.join(' or ')}, or both, separated by a comma.`);
}

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
  const gain = `KL ${before.value.toFixed(4)} → ${after.value.toFixed(4)} on ${facts.gate.demos} demos that nothing was fitted to`;
  return leftOut === null ? `\nRepaired: ${gain}.` : `\nNot repaired: ${leftOut} (${gain})`;
}

function costText({ demos, tokens, seconds, scratchBytes, moreBytes }: RepairCost): string {
  return `\nThe repair would take some ${formatSecondsRange(seconds)}: it is fitted to ${tokens} tokens of ${demos.fitted + demos.aside} demos, and ${demos.judging} demos judge; meanwhile it needs ${displayBytes(scratchBytes)} of disk space and ${displayBytes(moreBytes)} more memory than scoring.`;
}

function costDocument({ demos, tokens, candidates, seconds, scratchBytes, moreBytes }: RepairCost): object {
  return { repair_cost: { demos, tokens, candidates, seconds, scratch_bytes: scratchBytes, more_bytes: moreBytes } };
}
