// Which tensors of a file are the experts' down matrices.
import { DOWN } from '../pruning/calibration-file.ts';

/** In the file's order. */
export function downTensors<Tensor extends { readonly name: string }>(tensors: readonly Tensor[]): Tensor[] {
  return tensors.filter(({ name }) => name.endsWith(`.${DOWN}`));
}
