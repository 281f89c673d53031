// Writes a pruned model for measuring speed alone: for that it does not matter which experts stay.
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { planPrune } from '../../write/pruning/plan.ts';
import { writeGgufFiles, type WriteOptions } from '../../write/pruning/write-gguf.ts';

/** Chooses `keep` experts of each layer at equal distances; experts that share weights stay together. */
export function evenlySpread(
  { nExpert, expertsPerBlock, moeLayers }: Pick<ModelInfo, 'nExpert' | 'expertsPerBlock' | 'moeLayers'>,
  keep: number,
): KeptExperts {
  const blocks = nExpert / expertsPerBlock;
  const kept = Math.max(1, Math.round(keep / expertsPerBlock));
  const first = Array.from({ length: kept }, (_, i) => Math.floor((i * blocks) / kept) * expertsPerBlock);
  const ofLayer = first.flatMap((expert) => Array.from({ length: expertsPerBlock }, (_, i) => expert + i));
  return moeLayers.map(() => ofLayer);
}

/** Writes the model. @throws WinnowError from planning and writing; nothing is left behind then */
export async function writeEvenlyPruned(
  model: InspectedModel,
  keep: number,
  output: string,
  options: WriteOptions,
): Promise<void> {
  const plan = planPrune(model, { kept: evenlySpread(model.info, keep), output });
  await writeGgufFiles(plan.files, options);
}
