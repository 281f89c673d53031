// Next-token-prediction blocks: which of them llama.cpp runs, and their place among a model's MoE layers once they are
// scored. Scores, choices and masks of such a model have a row for each MoE layer, then one for each block that was run.
import type { GgufKeys, ModelFacts } from '../../contract/model-info.ts';
import { runsPrediction } from './architecture-rules.ts';
import { DOWN, blockTensor } from './expert-tensors.ts';
import type { KeptExperts } from '../../contract/kept-experts.ts';

type Facts = {
  readonly arch: string;
  readonly kv: GgufKeys;
  readonly tensors: readonly { readonly name: string }[];
  readonly moeLayers: readonly number[];
  readonly nextnLayers: readonly number[];
};

/** Indices of the prediction blocks with experts, ascending; none if llama.cpp does not run this model's. */
export function runnablePrediction({ arch, kv, tensors, moeLayers, nextnLayers }: Facts): number[] {
  const names = new Map<number, Set<string>>();
  for (const { name } of tensors) {
    const inBlock = blockTensor(name);
    if (!inBlock) continue;
    const ofBlock = names.get(inBlock.block) ?? new Set();
    names.set(inBlock.block, ofBlock.add(inBlock.name));
  }
  const getNames = (block: number | undefined): ReadonlySet<string> => names.get(block ?? -1) ?? new Set();
  const last = getNames(moeLayers.at(-1));
  const isRun = runsPrediction({
    arch,
    kv,
    blocks: nextnLayers.map((block) => ({ block, names: getNames(block) })),
    last,
  });
  return isRun ? nextnLayers.filter((block) => getNames(block).has(DOWN)) : [];
}

/** A model as it is scored with these prediction blocks: they follow its MoE layers. */
export function withPrediction<Info extends ModelFacts>(info: Info, blocks: readonly number[]): Info {
  return blocks.length === 0 ? info : { ...info, moeLayers: [...info.moeLayers, ...blocks] };
}

type Layers = { readonly moeLayers: readonly number[]; readonly predictionLayers?: readonly number[] };

/** The block of each row of a choice, which has rows for prediction blocks or not. */
export function blocksOfChoice(
  { moeLayers, predictionLayers = [] }: Layers,
  { length }: { readonly length: number },
): number[] {
  return [...moeLayers, ...predictionLayers.filter((block) => !moeLayers.includes(block))].slice(0, length);
}

/** How many rows a choice for the model may have. @param info its layers may include prediction blocks */
export function choiceLengths({ moeLayers, predictionLayers = [] }: Layers): number[] {
  const layers = moeLayers.filter((block) => !predictionLayers.includes(block)).length;
  return [...new Set([layers, layers + predictionLayers.length])];
}

/** The mask for the worker, `[block][expert]`, from the kept experts of each MoE layer and of the prediction blocks that have a choice. */
export function blockMask(kept: KeptExperts, info: ModelFacts, nLayers: number): Uint8Array {
  const mask = new Uint8Array(nLayers * info.nExpert).fill(1);
  blocksOfChoice(info, kept).forEach((block, layer) => {
    mask.fill(0, block * info.nExpert, (block + 1) * info.nExpert);
    for (const expert of kept[layer] ?? []) mask[block * info.nExpert + expert] = 1;
  });
  return mask;
}
