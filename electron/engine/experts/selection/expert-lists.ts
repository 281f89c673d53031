// A choice in the formats in which other programs take lists of experts. They number layers by block, as the model's own files do,
// and prediction blocks, which follow the model's layers, in their own ways: these are left out.
import type { ChoiceForm } from '../../../contract/choice-file.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { modelName } from '../../models/model-name.ts';
import { blocksOfChoice } from '../../models/prediction-blocks.ts';

type Layer = { readonly block: number; readonly kept: readonly number[]; readonly others: readonly number[] };

/** The text of a list of experts in this format. */
export function expertList(info: ModelInfo, kept: KeptExperts, form: Exclude<ChoiceForm, 'choice'>): string {
  const { nExpert, blockCount, nextnLayers } = info;
  const own = blockCount - nextnLayers.length;
  const layers = blocksOfChoice(info, kept)
    .map((block, layer): Layer => {
      const experts = kept[layer] ?? [];
      const others = Array.from({ length: nExpert }, (_, expert) => expert).filter((one) => !experts.includes(one));
      return { block, kept: experts, others };
    })
    .filter(({ block }) => block < own);
  switch (form) {
    case 'vllm': {
      // the profile of `--riy-expert-profile` (vllm-project/vllm pull request 37824): the experts that are left out
      const pruned = layers.flatMap(({ block, others }) => others.map((expert) => [block, expert]));
      return `${JSON.stringify({ version: 1, model: modelName(info), pruned_experts: pruned })}\n`;
    }
    case 'vllm-ascend':
      // the `expert_list_file` of vllm-project/vllm-ascend pull request 12525: `expert_prune_ratio` keeps the first part of each line
      return layers.map((at) => `${JSON.stringify({ [at.block]: [...at.kept, ...at.others] })}\n`).join('');
    case 'ktransformers': {
      // counts as SGLang's expert distribution recorder writes them, `[1][layer][expert]`: the highest go to the GPU
      const counts = Array.from({ length: own }, () => new Array<number>(nExpert).fill(0));
      for (const { block, kept: experts } of layers) for (const expert of experts) counts[block]![expert] = 1;
      return `${JSON.stringify({ logical_count: [counts] })}\n`;
    }
  }
}
