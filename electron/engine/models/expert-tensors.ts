// Which tensors hold experts, and along which axis. All other tensors are copied whole.
//
// The table follows every tensor that the pinned llama.cpp creates with an n_expert dimension; a test reads its
// source and fails if one is missing here.
import type { TensorInfo } from '../../contract/model-info.ts';
import { msg, type Sentence } from '../../contract/sentences.ts';

/** How pruning cuts a tensor. In every case the expert axis is the last, slowest one. */
type ExpertAxis =
  /** One slice for each expert. */
  | 'expert'
  /** One slice for each block of experts that share weights (grovemoe's chunk experts). */
  | 'expert-block';

const EXPERT_TENSORS: readonly { readonly name: RegExp; readonly axis: ExpertAxis }[] = [
  { name: /^ffn_(gate|up|down|gate_up)_exps\.(weight|bias|scale|input_scale)$/, axis: 'expert' },
  { name: /^ffn_gate_inp\.(weight|bias)$/, axis: 'expert' },
  { name: /^exp_probs_b(_vl)?(\.bias)?$/, axis: 'expert' },
  { name: /^ffn_(gate|up|down)_chexps\.weight$/, axis: 'expert-block' },
];

/** Names of tensors that hold experts in files of older converters, or expert ids: such files cannot be pruned. */
const UNCUTTABLE: readonly { readonly name: RegExp; readonly reason: 'oldExperts' | 'tokenRouted' }[] = [
  {
    name: /^ffn_(gate|up|down)\.\d+\.weight$/,
    reason: 'oldExperts',
  },
  {
    name: /^ffn_gate_tid2eid/,
    reason: 'tokenRouted',
  },
];

/** Tensors that llama.cpp knows and that have nothing to do with routed experts, whatever their size. */
const NO_EXPERTS =
  /^(attn|self_attn|cross_attn|ssm|shortconv|time_mix|channel_mix|rope|indexer|hc|ple|per_layer|laurel|altup|nextn|inp_gate|proj|layer_out|post|res|vis|ffn_conv|ffn_res|ffn\.act)|norm|_shexp|\.lora_[ab]$|^ffn_(gate|up|down|latent_down|latent_up|routed_down|routed_up|sub_norm|act)\.(weight|bias|scale|input_scale)$|^ffn_gate_inp\.(scale|input_scale)$/;

/** Name within a block: the router's rows. */
export const ROUTER = 'ffn_gate_inp.weight';
/** Name within a block: the experts' down matrices. */
export const DOWN = 'ffn_down_exps.weight';

type BlockTensor = { readonly block: number; readonly name: string };

/** Splits `blk.12.ffn_up_exps.weight` into block 12 and the rest; null for tensors outside the blocks. */
export function blockTensor(tensorName: string): BlockTensor | null {
  const match = /^blk\.(\d+)\.(.+)$/.exec(tensorName);
  return match?.[1] !== undefined && match[2] !== undefined ? { block: Number(match[1]), name: match[2] } : null;
}

/** The axis rule of a tensor; null: it holds no experts. */
export function expertAxis(tensorName: string): ExpertAxis | null {
  const inBlock = blockTensor(tensorName);
  return (inBlock && EXPERT_TENSORS.find(({ name }) => name.test(inBlock.name))?.axis) ?? null;
}

/** Why this tensor prevents pruning of the file; null: it does not. */
export function uncuttableReason(tensor: Pick<TensorInfo, 'name' | 'ne'>, nExpert: number): Sentence | null {
  const inBlock = blockTensor(tensor.name);
  if (!inBlock || expertAxis(tensor.name)) return null;
  const rule = UNCUTTABLE.find(({ name }) => name.test(inBlock.name));
  if (rule) return msg(rule.reason, { tensor: tensor.name });
  if (tensor.ne.includes(nExpert) && !NO_EXPERTS.test(inBlock.name)) {
    return msg('unknownAxis', { tensor: tensor.name, count: nExpert });
  }
  return null;
}
