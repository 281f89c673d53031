// Which tensors a repair fits.

/** Within a block: the experts' down matrices. */
export const DOWN = 'ffn_down_exps.weight';

export function downTensors<Tensor extends { readonly name: string }>(tensors: readonly Tensor[]): Tensor[] {
  return tensors.filter(({ name }) => name.endsWith(`.${DOWN}`));
}
