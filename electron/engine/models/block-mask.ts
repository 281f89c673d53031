// A choice of experts in the form that the worker takes.
import type { KeptExperts } from '../../contract/kept-experts.ts';
import type { ModelFacts } from '../../contract/model-info.ts';
import { blocksOfChoice } from './prediction-blocks.ts';

/** The mask for the worker, `[block][expert]`, from the kept experts of each MoE layer and of the prediction blocks that have a choice. */
export function blockMask(kept: KeptExperts, info: ModelFacts, nLayers: number): Uint8Array {
  const mask = new Uint8Array(nLayers * info.nExpert).fill(1);
  blocksOfChoice(info, kept).forEach((block, layer) => {
    mask.fill(0, block * info.nExpert, (block + 1) * info.nExpert);
    for (const expert of kept[layer] ?? []) mask[block * info.nExpert + expert] = 1;
  });
  return mask;
}
