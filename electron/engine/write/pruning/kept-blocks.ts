// A choice of experts block by block, and what happens to prediction blocks. GGUF files and checkpoints share this.
import type { ModelInfo } from '../../../contract/model-info.ts';
import { say, type Sentence } from '../../../contract/sentences.ts';
import { blocksOfChoice } from '../../models/prediction-blocks.ts';
import type { PruneOptions } from './prune-options.ts';

type Blocks = Pick<ModelInfo, 'moeLayers' | 'nextnLayers' | 'predictionLayers' | 'blockCount'>;

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

/** The kept experts of each block. @param choice its `nextn` is `reuse` by default */
export function keptBlocks(info: Blocks, { kept, nextn = 'reuse' }: Pick<PruneOptions, 'kept' | 'nextn'>): KeptBlocks {
  const { moeLayers, nextnLayers, blockCount } = info;
  const chosen = blocksOfChoice(info, kept);
  const isChosen = nextnLayers.every((block) => chosen.includes(block));
  const keepsPrediction = nextn === 'reuse' || (nextn === 'scored' && isChosen);
  const last = kept[moeLayers.length - 1] ?? [];
  const blocks = nextnLayers.length;
  const saidOfChosen = keepsPrediction ? say('predictionKept', { blocks }) : say('predictionDropped', { blocks });
  const leftOut = info.predictionLayers ? say('predictionNotChosen', { blocks }) : say('predictionNotRun', { blocks });
  const saidOfOthers = keepsPrediction ? say('predictionReused', { blocks }) : leftOut;
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
