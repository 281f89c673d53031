// How a model is pruned: which experts stay, block by block, and what happens to prediction blocks. GGUF files and checkpoints share this.
import type { ModelFacts } from '../../../contract/model-info.ts';
import type { PruneRequest } from '../../../contract/requests.ts';
import type { GgufEdit } from '../../../../native/index.ts';
import type { KeptOptions } from '../../experts/selection/check-kept.ts';
import type { Narrowed } from './narrowed.ts';
import { msg, type Sentence } from '../../../contract/sentences.ts';
import { blocksOfChoice } from '../../models/prediction-blocks.ts';

/** What stays of a model. */
export type Cut = KeptOptions & {
  /** What happens to prediction blocks, as in requests. Default: `reuse`. */
  readonly nextn?: PruneRequest['nextn'];
  /** The kept experts' neurons, if they keep fewer than all. */
  readonly narrowed?: Narrowed | undefined;
};

/** Options of a pruned file. */
export type PruneOptions = Cut & {
  readonly output: string;
  /** The `winnow.*` keys that say where the file comes from. */
  readonly provenance?: readonly GgufEdit[];
};

export type KeptBlocks = {
  /** The kept experts of every block that has any; prediction blocks without a choice of their own follow the last MoE layer. */
  readonly experts: ReadonlyMap<number, readonly number[]>;
  /** How many blocks are written. */
  readonly count: number;
  /** Whether prediction blocks, if there are any, are written. */
  readonly keepsPrediction: boolean;
  /** The warning about prediction blocks; null: the model has none. */
  readonly said: Sentence | null;
};

/** The kept experts of each block. */
export function keptBlocks(info: ModelFacts, { kept, nextn = 'reuse' }: Cut): KeptBlocks {
  const { moeLayers, nextnLayers, blockCount } = info;
  const chosen = blocksOfChoice(info, kept);
  const isChosen = nextnLayers.every((block) => chosen.includes(block));
  const keepsPrediction = nextn === 'reuse' || (nextn === 'scored' && isChosen);
  const last = kept[moeLayers.length - 1] ?? [];
  const blocks = nextnLayers.length;
  const saidOfChosen = keepsPrediction ? msg('predictionKept', { blocks }) : msg('predictionDropped', { blocks });
  const leftOut = info.predictionLayers ? msg('predictionNotChosen', { blocks }) : msg('predictionNotRun', { blocks });
  const saidOfOthers = keepsPrediction ? msg('predictionReused', { blocks }) : leftOut;
  return {
    experts: new Map([
      ...nextnLayers.map((block) => [block, last] as const),
      ...chosen.map((block, row) => [block, kept[row] ?? []] as const),
    ]),
    count: blockCount - (keepsPrediction ? 0 : blocks),
    keepsPrediction,
    said: blocks === 0 ? null : isChosen ? saidOfChosen : saidOfOthers,
  };
}
