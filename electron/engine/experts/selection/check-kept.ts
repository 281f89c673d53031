// Whether a choice of experts can become a file: its shape, the experts that the router needs, groups and blocks.
import { WinnowError } from '../../../contract/errors.ts';
import { keptCount, type KeptExperts } from '../../../contract/kept-experts.ts';
import type { ModelFacts } from '../../../contract/model-info.ts';
import type { Grouping } from '../../../contract/requests.ts';
import { msg, type Sentence } from '../../../contract/sentences.ts';
import { choiceLengths } from '../../models/prediction-blocks.ts';

export type KeptOptions = {
  /** Kept experts of each MoE layer, then of each scored prediction block, ascending; all keep the same number. */
  readonly kept: KeptExperts;
  readonly grouping?: Grouping;
  /** Accepts fewer experts than the model uses per token; its used count is then lowered. */
  readonly allowFewerUsed?: boolean;
  /** Experts that a token activates; absent: as many as the model says. `requireActiveExperts` checks whether that is possible. */
  readonly activeExperts?: number | undefined;
};

/**
 * @param warnings receives what is valid but should be reported
 * @returns the number of experts kept in each layer
 * @throws WinnowError CHOICE_INVALID, SELECTION_IMPOSSIBLE
 */
export function checkKept(model: ModelFacts, options: KeptOptions, warnings: Sentence[]): number {
  const { kept, activeExperts = model.nExpertUsed } = options;
  const info = { ...model, nExpertUsed: activeExperts };
  if (!choiceLengths(info).includes(kept.length)) {
    throw new WinnowError(
      'CHOICE_INVALID',
      msg('choiceLayers', { layers: kept.length, path: info.path, moeLayers: info.moeLayers.length }),
    );
  }
  const problem = keptProblem(kept, info.nExpert);
  if (problem) throw new WinnowError('CHOICE_INVALID', problem);
  const keep = keptCount(kept);
  if (!options.allowFewerUsed) requireEnoughExperts(kept, info);
  const used = Math.min(keep, activeExperts);
  if (used < model.nExpertUsed) {
    warnings.push(msg('fewerUsed', { before: model.nExpertUsed, after: used }));
  }
  if (info.nExpertGroups > 1 && options.grouping === 'balanced') checkBalanced(info, kept, keep);
  if (info.expertsPerBlock > 1) checkWholeBlocks(info, kept);
  return keep;
}

/** What is wrong with kept experts of any model with so many in a layer; null: nothing. */
export function keptProblem(kept: KeptExperts, nExpert: number): Sentence | null {
  const keep = keptCount(kept);
  for (const [layer, experts] of kept.entries()) {
    const isOrdered = experts.every(
      (expert, i) => Number.isInteger(expert) && expert < nExpert && expert > (experts[i - 1] ?? -1),
    );
    if (!isOrdered) return msg('choiceOrder', { layer, last: nExpert - 1 });
    if (experts.length !== keep) return msg('choiceUneven', { layer, count: experts.length, keep });
  }
  return keep < 1 ? msg('choiceEmpty') : null;
}

/** @throws WinnowError SELECTION_IMPOSSIBLE when a layer keeps fewer experts than the model uses for a token */
export function requireEnoughExperts(kept: KeptExperts, info: ModelFacts): void {
  const keep = Math.min(...kept.map((experts) => experts.length));
  if (keep >= info.nExpertUsed) return;
  throw new WinnowError('SELECTION_IMPOSSIBLE', msg('choiceTooFew', { keep, path: info.path, used: info.nExpertUsed }));
}

function checkBalanced(info: ModelFacts, kept: KeptOptions['kept'], keep: number): void {
  const perGroup = keep / info.nExpertGroups;
  const groupSize = info.nExpert / info.nExpertGroups;
  const balanced = kept.every((experts) =>
    Array.from(
      { length: info.nExpertGroups },
      (_, g) => experts.filter((e) => Math.floor(e / groupSize) === g).length,
    ).every((n) => n === perGroup),
  );
  if (!balanced || perGroup < 2) {
    throw new WinnowError('CHOICE_INVALID', msg('choiceNotBalanced', { groups: info.nExpertGroups }));
  }
  const reachable = perGroup * info.nExpertGroupsUsed;
  if (reachable < info.nExpertUsed) {
    throw new WinnowError(
      'CHOICE_INVALID',
      msg('choiceUnreachable', { used: info.nExpertUsed, groups: info.nExpertGroupsUsed, reachable }),
    );
  }
}

function checkWholeBlocks(info: ModelFacts, kept: KeptOptions['kept']): void {
  const size = info.expertsPerBlock;
  for (const [layer, experts] of kept.entries()) {
    const whole =
      experts.length % size === 0 &&
      experts.every(
        (e, i) => e === (experts[i - (i % size)] ?? 0) + (i % size) && (experts[i - (i % size)] ?? 0) % size === 0,
      );
    if (!whole) {
      throw new WinnowError('CHOICE_INVALID', msg('choiceSharedWeights', { layer, size, arch: info.arch }));
    }
  }
}
