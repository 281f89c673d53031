// Plans rounds of scoring and masking (MC-Suite, arXiv 2504.05586): how many experts take part in each, and under which mask the first
// one scores.
import type { Criterion } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { ModelFacts } from '../../../contract/model-info.ts';
import type { Grouping, ScoreRequest } from '../../../contract/requests.ts';
import { inEnglish, say, type Sentence } from '../../../contract/sentences.ts';
import type { TokenChoice } from '../../../contract/token-classes.ts';
import { identifying } from '../../models/identifying.ts';
import { identified, type ReadModel } from '../../models/inspect.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { checkKept } from '../selection/check-kept.ts';
import { selectOptions } from '../selection/choose-experts.ts';
import { resolveKeep } from '../selection/keep-count.ts';
import { layerRules } from '../selection/layer-rules.ts';
import { readModelMask, type ModelMask } from '../selection/mask-file.ts';
import { isUngrouped, type Mask } from '../selection/selection.ts';

export type RoundPlan = {
  /** Mask of the first round; null: all experts take part. */
  readonly mask: Mask | null;
  /** As `roundCounts` returns them. */
  readonly counts: readonly number[];
  /** The criterion that masks each round except the last. */
  readonly criterion: Criterion;
  /** Default: according to the model. */
  readonly tokens?: TokenChoice | undefined;
  readonly grouping: Grouping;
  /** Whether to collect an importance matrix in the last round; default: no. */
  readonly importance?: boolean;
};

/** What a request says about rounds. */
type RoundsRequest = Pick<ScoreRequest, 'rounds' | 'stopWhenStable' | 'importance' | 'grouping' | 'mask'>;

/** The mask that a request names, checked against the model; null: none. @throws WinnowError MASK_INVALID */
export async function readMask(
  { mask, grouping }: Pick<ScoreRequest, 'mask' | 'grouping'>,
  model: ReadModel,
  context: EngineContext,
  task: Task,
): Promise<ModelMask | null> {
  if (mask === undefined) return null;
  const { info } = await identified(model, identifying(context, task));
  return readModelMask(mask, info, { grouping }, task.signal);
}

/**
 * @throws WinnowError USAGE: rounds combined with an early end; MASK_INVALID, SELECTION_IMPOSSIBLE: mask or count do not fit the
 * model
 */
export function planRounds(request: RoundsRequest, info: ModelFacts, chosen: ModelMask | null, task: Task): RoundPlan {
  if (request.rounds && request.stopWhenStable) throw new WinnowError('USAGE', say('roundsStopEarly'));
  const { rounds, importance = false } = request;
  const grouping = chosen?.grouping ?? request.grouping ?? 'ungrouped';
  if (chosen) {
    const warnings: Sentence[] = [...chosen.warnings];
    if (chosen.activeExperts !== null) {
      warnings.push(say('maskScoredWithAll', { path: request.mask ?? '', active: chosen.activeExperts }));
    }
    checkKept(info, { kept: chosen.kept, grouping, allowFewerUsed: false }, warnings);
    warnings.forEach((warning) => task.log(inEnglish(warning)));
  }
  const mask = chosen && { kept: chosen.kept, ungrouped: isUngrouped(info, grouping) };
  const { count = 1, criterion = 'easy-ep', tokens } = rounds ?? {};
  const keep = rounds ? resolveKeep(rounds.keep, info.nExpert) : (mask?.kept[0]?.length ?? info.nExpert);
  return {
    mask,
    counts: countsOfRounds(mask, { rounds: count, keep, grouping }, info),
    criterion,
    tokens,
    grouping,
    importance,
  };
}

type RoundCounts = {
  /** Experts per layer that take part in the first round. */
  readonly start: number;
  /** Experts per layer that will be kept in the end, by the last round's scores. */
  readonly keep: number;
  readonly rounds: number;
  /** Counts are multiples of this: experts of a block, or groups. */
  readonly unit: number;
};

/**
 * Experts per layer that take part in each round. They decrease geometrically, by the same factor from round to round and from
 * the last round to `keep`; rounded to units, halves up.
 */
export function roundCounts({ start, keep, rounds, unit }: RoundCounts): number[] {
  const exact = (round: number): number => start * (keep / start) ** (round / rounds);
  return Array.from({ length: rounds }, (_, round) => {
    const count = unit * Math.round(exact(round) / unit);
    return round === 0 ? start : Math.min(start, Math.max(keep, count));
  });
}

/**
 * As `roundCounts`, within the limits of a model.
 * @param mask the first round's mask
 * @throws WinnowError SELECTION_IMPOSSIBLE: the last round cannot keep this many
 */
function countsOfRounds(
  mask: Mask | null,
  { rounds, keep, grouping }: { readonly rounds: number; readonly keep: number; readonly grouping: Grouping },
  info: ModelFacts,
): number[] {
  const start = mask?.kept[0]?.length ?? info.nExpert;
  if (keep > start) {
    throw new WinnowError('SELECTION_IMPOSSIBLE', say('maskLeaves', { start, keep }), { keep, start });
  }
  const options = selectOptions(info, { keep, grouping, mix: 'shares', pins: [], drops: [] });
  layerRules(options, info.moeLayers.length, info.nExpert);
  const unit = Math.max(1, info.expertsPerBlock) * Math.max(1, options.nGroups ?? 1);
  return roundCounts({ start, keep, rounds, unit });
}
